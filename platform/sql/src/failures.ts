/**
 * What a failed query means to a caller.
 *
 * Errors about the database's state become ours, with a status. Errors about
 * the statement (a constraint, a type) stay as PostgreSQL made them: only the
 * caller knows what a duplicate means. `violatedConstraint` reads those.
 */
import { TenfoldError } from "@tenfold/core";

import { sqlErrors } from "./errors.ts";

/** Socket errors, and those of the pool, when the server is not there. */
const unreachableCodes = new Set([
  "ECONNREFUSED",
  "ECONNRESET",
  "ENOENT",
  "EPIPE",
  "ETIMEDOUT",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "ENOTFOUND",
  "EAI_AGAIN",
]);

/**
 * SQLSTATEs (PostgreSQL manual, appendix A): shut down, crashed, starting up,
 * too many connections, and writing to what has become a replica.
 */
const unavailableStates = new Set(["57P01", "57P02", "57P03", "57P05", "53300", "25006"]);

/** The driver gives these no code. */
const unavailableMessages =
  /Connection terminated|timeout exceeded when trying to connect|Client has encountered a connection error|Query read timeout|Cannot use a pool after calling end|is not queryable|server closed the connection/i;

/** The SQLSTATE or system code of an error, or `""`. */
export function codeOf(error: unknown): string {
  return error instanceof Error && "code" in error && typeof error.code === "string"
    ? error.code
    : "";
}

function isUnavailable(error: unknown): boolean {
  const code = codeOf(error);
  if (unreachableCodes.has(code) || unavailableStates.has(code) || code.startsWith("08"))
    return true;
  return error instanceof Error && code === "" && unavailableMessages.test(error.message);
}

/** Translates an error of the driver; what is not ours to explain passes unchanged. */
export function explain(error: unknown): unknown {
  if (error instanceof TenfoldError) return error;
  const cause = error;
  if (isUnavailable(error)) return sqlErrors.sql_unavailable({ cause, retryAfterSeconds: 1 });
  switch (codeOf(error)) {
    case "40001":
    case "40P01":
      return sqlErrors.sql_conflict({ cause });
    case "57014":
    case "55P03":
    case "25P03":
      return sqlErrors.sql_timeout({ cause });
    case "53100":
      return sqlErrors.sql_full({ cause });
    case "22021":
    case "22P05":
      return sqlErrors.sql_text_invalid({
        detail: "Text may not hold the character U+0000.",
        cause,
      });
    default:
      return error;
  }
}

const violations: Readonly<Record<string, Violation["kind"]>> = {
  "23502": "not-null",
  "23503": "foreign-key",
  "23505": "unique",
  "23514": "check",
  "23P01": "exclusion",
};

export interface Violation {
  kind: "not-null" | "foreign-key" | "unique" | "check" | "exclusion";
  /** The constraint's name; for `not-null` the column's. */
  name: string;
}

/** Which constraint a failed statement broke, if that is why it failed. */
export function violatedConstraint(error: unknown): Violation | undefined {
  const kind = violations[codeOf(error)];
  if (kind === undefined || !(error instanceof Error)) return undefined;
  const key = kind === "not-null" ? "column" : "constraint";
  const name: unknown = Reflect.get(error, key);
  return { kind, name: typeof name === "string" ? name : "" };
}
