/**
 * A mutation takes the good call and spoils one thing. `refused` says that the
 * schema forbids the result, so it must be a 4xx. The others are only odd:
 * they must not be a 5xx.
 */
import type { TSchema } from "typebox";

export interface Mutation {
  name: string;
  /** Replaces the body as sent. */
  body?: string | Uint8Array | undefined;
  /** Added to the headers; replaces those of the same name. */
  headers?: Readonly<Record<string, string>>;
  /** Replaces the raw text of one path parameter. */
  param?: readonly [name: string, raw: string];
  /** Replaces the raw query string. */
  query?: string;
  expected: "refused" | "any";
  /** Of a refusal; any 4xx when absent. */
  status?: number;
  code?: string;
}

export const invalid = { expected: "refused", status: 400, code: "validation_failed" } as const;

/** A limit of the schema, or a large one. */
export function limitOf(schema: TSchema, name: "maxLength" | "maxItems"): number {
  const limit: unknown = Reflect.get(schema, name);
  return typeof limit === "number" ? limit : 300;
}
