/** From the API's problems to what forms and notices show. */
import type { UseFormReturnType } from "@mantine/form";
import { ApiProblem } from "@tenfold/client";

/** The problem that a call threw, or undefined for any other error. */
export function problemOf(error: unknown): ApiProblem | undefined {
  return error instanceof ApiProblem ? error : undefined;
}

export interface ProblemText {
  title: string;
  detail?: string | undefined;
  hint?: string | undefined;
  fields: readonly { field: string; detail: string }[];
}

/** Words for any thrown thing. */
export function describeProblem(error: unknown): ProblemText {
  const problem = problemOf(error);
  if (problem === undefined) {
    return {
      title: "This page went wrong",
      detail: error instanceof Error ? error.message : String(error),
      fields: [],
    };
  }
  const same = problem.detail.replace(/\.$/, "") === problem.title;
  return {
    title: problem.title,
    detail: same ? undefined : problem.detail,
    hint: problem.hint,
    fields: problem.errors.filter(({ detail }) => detail !== problem.detail),
  };
}

/** One line, for a toast. */
export function problemLine(error: unknown): string {
  const { title, detail, hint } = describeProblem(error);
  return [detail ?? title, hint].filter((part) => part !== undefined).join(" ");
}

/** `/rules/0/url` → `rules.0.url`. */
function pathOf(pointer: string): string {
  return pointer
    .split("/")
    .slice(1)
    .map((part) => part.replaceAll("~1", "/").replaceAll("~0", "~"))
    .join(".");
}

export interface Placing {
  /** The form's name of a field of the API; undefined when the form has none. */
  fieldOf: (path: string) => string | undefined;
  /** Problems without `errors[]` that belong to a field all the same. */
  codes?: Readonly<Record<string, string>>;
}

/**
 * Puts what the server found wrong beside the fields of a form. Answers what
 * found no place, to be shown as a notice.
 */
export function placeProblem<Values, Sent>(
  form: UseFormReturnType<Values, Sent>,
  error: unknown,
  placing: Placing,
): unknown {
  const problem = problemOf(error);
  if (problem === undefined) return error;
  const given = problem.errors;
  const errors: Record<string, string> = {};
  for (const { field, detail } of given) {
    const name = placing.fieldOf(pathOf(field));
    if (name !== undefined) errors[name] = sentenceOf(detail, problem);
  }
  const byCode = given.length === 0 ? placing.codes?.[problem.code] : undefined;
  if (byCode !== undefined) {
    errors[byCode] = [problem.detail, problem.hint].filter((part) => part !== undefined).join(" ");
  }
  form.setErrors(errors);
  const placed = byCode !== undefined || (given.length > 0 && Object.keys(errors).length > 0);
  return placed ? undefined : error;
}

/**
 * Some details only go on after the field's name: "must lie in the future". Of
 * a single bad field the problem's own detail says the same in a whole sentence.
 */
function sentenceOf(detail: string, problem: ApiProblem): string {
  if (!/^\p{Ll}/u.test(detail)) return detail;
  if (problem.errors.length === 1 && problem.code !== "validation_failed") return problem.detail;
  return detail.charAt(0).toUpperCase() + detail.slice(1);
}

/** Whether the same call might succeed later: no answer, a failure of the server, or a limit. */
export function mayPass(error: unknown): boolean {
  const status = problemOf(error)?.status ?? 0;
  return status === 0 || status === 429 || status >= 500;
}

/** A placing for forms whose fields are named as in the API. */
export function namedAlike(...names: readonly string[]): Placing["fieldOf"] {
  const known = new Set(names);
  return (path) => {
    const [first = ""] = path.split(".");
    return known.has(first) ? first : undefined;
  };
}
