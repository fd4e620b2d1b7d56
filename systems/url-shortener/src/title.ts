/** The title of a page from its first bytes: which characters they are, then the first `<title>`. */
import iconv from "iconv-lite";
import { Parser } from "htmlparser2";

/** Longer titles are cut, in characters. */
export const TITLE_LENGTH_MAX = 200;

/** How far into the page a `<meta charset>` may stand (HTML standard, prescan). */
const META_SCAN_BYTES = 1024;

export interface PageHead {
  /** The page's first bytes; it may be cut anywhere. */
  body: Uint8Array;
  contentType: string | undefined;
}

/** The page's title in one line; `undefined` when it is not HTML or has none. */
export function titleOf({ body, contentType }: PageHead): string | undefined {
  const essence = (contentType ?? "").split(";", 1)[0]?.trim().toLowerCase() ?? "";
  if (essence !== "text/html" && essence !== "application/xhtml+xml") return undefined;
  const title = readTitle(decode(body, contentType ?? ""))
    .replaceAll(/[\p{Cc}\p{Cf}\s]+/gu, " ")
    .trim();
  if (title === "") return undefined;
  return title.length <= TITLE_LENGTH_MAX
    ? title
    : `${title
        .slice(0, TITLE_LENGTH_MAX - 1)
        .toWellFormed()
        .replace(/\uFFFD$/, "")}…`;
}

function decode(body: Uint8Array, contentType: string): string {
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength);
  return iconv.decode(bytes, charsetOf(bytes, contentType)).toWellFormed();
}

/** Byte order mark, then header, then `<meta>`, then UTF-8: the order of the HTML standard. */
function charsetOf(bytes: Buffer, contentType: string): string {
  if (bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf) return "utf-8";
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return "utf-16le";
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return "utf-16be";
  const start = bytes.toString("latin1", 0, META_SCAN_BYTES);
  const named = [contentType, ...(start.match(/<meta[^>]*>/gi) ?? [])]
    .map((text) => /charset\s*=\s*["']?\s*([\w:.-]{1,40})/i.exec(text)?.[1])
    .find((name) => name !== undefined && iconv.encodingExists(name));
  // A page that calls itself Latin-1 is read as Windows-1252, as browsers do.
  return named === undefined
    ? "utf-8"
    : /^(iso-?8859-1|latin-?1|us-ascii)$/i.test(named)
      ? "windows-1252"
      : named;
}

function readTitle(html: string): string {
  let title = "";
  let inside = false;
  // A title without its end is the rest of a page that was cut: not a title.
  let found: string | undefined;
  const parser = new Parser({
    onopentagname(name) {
      inside = name === "title" && found === undefined;
      // A picture's <title> (SVG) is not the page's.
      if (name === "svg") found ??= "";
    },
    ontext(text) {
      if (inside) title += text;
    },
    onclosetag(name, isImplied) {
      if (name === "title" && inside && !isImplied) found = title;
      inside = false;
    },
  });
  parser.end(html);
  return found ?? "";
}
