/**
 * Errors as RFC 9457 problem+json. Whatever is thrown becomes a `TenfoldError`
 * here; what is not ours becomes `internal`, and its cause stays in the log.
 */
import { TenfoldError } from "@tenfold/core";
import { httpErrors } from "./errors.ts";
import type { Problem } from "./routes.ts";

/** The media type of every error. */
export const PROBLEM_TYPE = "application/problem+json; charset=utf-8";

/** At most this many bad fields are listed. */
const FIELDS_MAX = 20;

/** Fastify's own refusals, by its codes. */
const byFrameworkCode: Readonly<Record<string, () => TenfoldError>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: () => httpErrors.body_too_large(),
  FST_ERR_CTP_INVALID_MEDIA_TYPE: () => httpErrors.content_type_unsupported(),
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: () =>
    httpErrors.body_malformed({ detail: "The body is not as long as Content-Length says." }),
  FST_ERR_BAD_URL: () =>
    httpErrors.request_malformed({ detail: "The path holds a broken percent-encoding." }),
  FST_ERR_MAX_PARAM_LENGTH: () =>
    httpErrors.request_malformed({ detail: "A part of the path is too long." }),
};

/** Any thrown thing as ours. */
export function toTenfoldError(error: unknown): TenfoldError {
  if (error instanceof TenfoldError) return error;
  const known = byFrameworkCode[textOf(error, "code")];
  if (known !== undefined) return known();
  const status = error instanceof Error && "statusCode" in error ? error.statusCode : 500;
  return typeof status === "number" && status >= 400 && status < 500
    ? httpErrors.request_malformed({ cause: error })
    : httpErrors.internal({ cause: error });
}

/**
 * The problem as sent. A 5xx tells its code and nothing of its inside unless
 * the thrower wrote a detail for callers.
 */
export function problemOf(error: TenfoldError, requestId: string, docsUrl: string): Problem {
  const problem: Problem = {
    type: `${docsUrl}#${error.code}`,
    title: error.title,
    status: error.status,
    detail: error.detail,
    code: error.code,
    requestId,
  };
  if (error.hint !== undefined) problem.hint = error.hint;
  if (error.fields.length > 0) {
    problem.errors = error.fields
      .slice(0, FIELDS_MAX)
      .map(({ field, detail }) => ({ field, detail }));
  }
  return problem;
}

/** Headers that belong to an error: when to come back, how to sign in. */
export function problemHeaders(error: TenfoldError): Record<string, string> {
  const headers: Record<string, string> = {
    "content-type": PROBLEM_TYPE,
    "cache-control": "no-store",
  };
  if (error.retryAfterSeconds !== undefined) {
    headers["retry-after"] = String(Math.max(1, Math.ceil(error.retryAfterSeconds)));
  }
  if (error.status === 401) {
    headers["www-authenticate"] =
      error.code === "credentials_invalid"
        ? 'Bearer realm="tenfold", error="invalid_token"'
        : 'Bearer realm="tenfold"';
  }
  return headers;
}

function textOf(error: unknown, name: string): string {
  if (typeof error !== "object" || error === null) return "";
  const value: unknown = Reflect.get(error, name);
  return typeof value === "string" ? value : "";
}
