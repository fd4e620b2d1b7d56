/** What a command is refused with, in Redis's own words. */
import { TenfoldError } from "@tenfold/core";
import { errorReply, type ErrorReply } from "../resp/reply.ts";

/** Ends a handler; its message is the error reply. Never leaves the dispatcher. */
export class Refusal extends Error {
  override readonly name = "Refusal";
  readonly code: string;

  constructor(text: string, code = "ERR") {
    super(text);
    this.code = code;
  }
}

export const SYNTAX = "syntax error";
export const NOT_AN_INTEGER = "value is not an integer or out of range";
export const NOT_A_FLOAT = "value is not a valid float";
const WRONG_TYPE = "Operation against a key holding the wrong kind of value";

/** Redis's texts for refusals of the port. */
const texts: Readonly<Record<string, string>> = {
  not_an_integer: NOT_AN_INTEGER,
  increment_overflow: "increment or decrement would overflow",
  not_a_float: NOT_A_FLOAT,
};

export function refuse(text: string, code?: string): never {
  throw new Refusal(text, code);
}

export function wrongArity(name: string): string {
  return `wrong number of arguments for '${name}' command`;
}

export function wrongExpiry(name: string): string {
  return `invalid expire time in '${name}' command`;
}

/** Runs `work`; where the port refuses with one of the codes of `texts`, refuses with that text. */
export async function inWords<Result>(
  texts: Readonly<Record<string, string>>,
  work: Promise<Result>,
): Promise<Result> {
  try {
    return await work;
  } catch (error) {
    const text = error instanceof TenfoldError ? texts[error.code] : undefined;
    throw text === undefined ? error : new Refusal(text);
  }
}

/**
 * The reply for what a handler threw; `undefined` when it is no refusal of ours
 * but a defect, which the caller logs.
 */
export function refusalReply(error: unknown): ErrorReply | undefined {
  if (error instanceof Refusal) return errorReply(error.message, error.code);
  if (!(error instanceof TenfoldError)) return undefined;
  if (error.code === "wrong_type") return errorReply(WRONG_TYPE, "WRONGTYPE");
  const text = texts[error.code];
  if (text !== undefined) return errorReply(text);
  if (error.code === "node_read_only") return errorReply(error.message, "MISCONF");
  // As Redis Cluster says of slots it cannot serve; clients know it and try again.
  return errorReply(error.message, error.retryable ? "CLUSTERDOWN" : "ERR");
}
