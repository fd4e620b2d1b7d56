/** What goes wrong with a call, as one error class. */

/** One bad input field: a JSON pointer such as `/url`, and what is wrong with it. */
export interface FieldProblem {
  field: string;
  detail: string;
}

export interface ProblemFacts {
  code: string;
  /** 0 when no answer came. */
  status: number;
  title: string;
  detail: string;
  hint?: string | undefined;
  errors?: readonly FieldProblem[];
  requestId?: string | undefined;
  retryAfterSeconds?: number | undefined;
  cause?: unknown;
}

/**
 * Thrown for every answer that is not a success. Besides the server's codes:
 * `network` (no answer came) and `unexpected_answer` (not in our format; a
 * proxy's error page, for example).
 */
export class ApiProblem extends Error {
  override readonly name = "ApiProblem";
  readonly code: string;
  readonly status: number;
  readonly title: string;
  readonly detail: string;
  readonly hint: string | undefined;
  readonly errors: readonly FieldProblem[];
  readonly requestId: string | undefined;
  readonly retryAfterSeconds: number | undefined;

  constructor(facts: ProblemFacts) {
    super(facts.detail, facts.cause === undefined ? {} : { cause: facts.cause });
    this.code = facts.code;
    this.status = facts.status;
    this.title = facts.title;
    this.detail = facts.detail;
    this.hint = facts.hint;
    this.errors = facts.errors ?? [];
    this.requestId = facts.requestId;
    this.retryAfterSeconds = facts.retryAfterSeconds;
  }
}

/** Reads a failed answer; never throws itself. */
export async function problemOfResponse(response: Response): Promise<ApiProblem> {
  const text = await response.text().catch(() => "");
  const isProblem = response.headers.get("content-type")?.startsWith("application/problem+json");
  const fields = isProblem === true ? parseObject(text) : {};
  const textOf = (name: string) => (typeof fields[name] === "string" ? fields[name] : undefined);
  const title = textOf("title") ?? `The server answered ${response.status}`;
  return new ApiProblem({
    code: textOf("code") ?? "unexpected_answer",
    status: response.status,
    title,
    detail: textOf("detail") ?? title,
    hint: textOf("hint"),
    errors: fieldProblems(fields["errors"]),
    requestId: textOf("requestId") ?? response.headers.get("x-request-id") ?? undefined,
    retryAfterSeconds: secondsOf(response.headers.get("retry-after")),
  });
}

/** For a call that got no answer at all. */
export function networkProblem(cause: unknown): ApiProblem {
  return new ApiProblem({
    code: "network",
    status: 0,
    title: "The server cannot be reached",
    detail: "The server cannot be reached.",
    hint: "Check the connection and try again.",
    cause,
  });
}

/** For a success that is not the JSON it says it is. */
export function brokenAnswer(response: Response, cause: unknown): ApiProblem {
  return new ApiProblem({
    code: "unexpected_answer",
    status: response.status,
    title: "The answer cannot be read",
    detail: "The answer is not valid JSON.",
    requestId: response.headers.get("x-request-id") ?? undefined,
    cause,
  });
}

function parseObject(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? { ...value } : {};
  } catch {
    return {}; // not JSON after all: reported as an unexpected answer
  }
}

function fieldProblems(value: unknown): FieldProblem[] {
  if (!Array.isArray(value)) return [];
  return value.flatMap((each: unknown) =>
    typeof each === "object" &&
    each !== null &&
    "field" in each &&
    "detail" in each &&
    typeof each.field === "string" &&
    typeof each.detail === "string"
      ? [{ field: each.field, detail: each.detail }]
      : [],
  );
}

function secondsOf(header: string | null): number | undefined {
  return header !== null && /^\d{1,9}$/.test(header) ? Number(header) : undefined;
}
