/** Text that is safe to put into a page: everything interpolated is escaped unless it is `Html` already. */

export interface Html {
  readonly text: string;
}

const ESCAPES: Readonly<Record<string, string>> = {
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
  '"': "&quot;",
  "'": "&#39;",
};

function escape(text: string): string {
  return text.replace(/[&<>"']/g, (sign) => ESCAPES[sign] ?? sign);
}

/** A template whose values are escaped. */
export function html(
  parts: TemplateStringsArray,
  ...values: readonly (Html | string | number)[]
): Html {
  let text = parts[0] ?? "";
  values.forEach((value, index) => {
    text += typeof value === "object" ? value.text : escape(String(value));
    text += parts[index + 1] ?? "";
  });
  return { text };
}

/** Several pieces in a row. */
export function joined(pieces: readonly Html[]): Html {
  return { text: pieces.map(({ text }) => text).join("") };
}

/** Escaped text in which only `code` between backquotes is marked up. */
export function markdown(text: string): Html {
  return { text: escape(text).replace(/`([^`]+)`/g, "<code>$1</code>") };
}
