/**
 * Opaque list cursors: the last row's sort key as base64url JSON, checked
 * against its schema when it comes back. A cursor is not signed and gives no
 * rights: the query it continues filters by owner as the first page did.
 *
 * ```ts
 * const Position = Type.Object({ id: Id });
 * encodeCursor(Position, { id: "42" });          // "eyJpZCI6IjQyIn0"
 * decodeCursor(Position, call.query.cursor);     // { id: "42" } | undefined
 * ```
 */
import type { Static, TSchema } from "typebox";
import { httpErrors } from "./errors.ts";
import { findUnsafeText } from "./safe-text.ts";
import { compileTest } from "./validation.ts";

/** Longer cursors are refused before they are read. */
export const CURSOR_LENGTH_MAX = 512;

const tests = new WeakMap<TSchema, (value: unknown) => boolean>();

/** Throws a plain error when `position` does not fit `schema`: that is our own mistake. */
export function encodeCursor<Schema extends TSchema>(
  schema: Schema,
  position: Static<Schema>,
): string {
  if (!fits(schema, position)) throw new Error("the cursor's position does not fit its schema");
  const cursor = Buffer.from(JSON.stringify(position)).toString("base64url");
  if (cursor.length > CURSOR_LENGTH_MAX) throw new Error("the cursor's position is too long");
  return cursor;
}

/** `undefined` for no cursor; throws `cursor_invalid` for anything that is not one of ours. */
export function decodeCursor<Schema extends TSchema>(
  schema: Schema,
  cursor: string | undefined,
): Static<Schema> | undefined {
  if (cursor === undefined) return undefined;
  const position = read(cursor);
  if (!fits(schema, position) || findUnsafeText(position, "") !== undefined) {
    throw httpErrors.cursor_invalid({
      detail: "The cursor is not one of ours.",
      hint: "Send `nextCursor` of the previous page as it is, with the same filters.",
      fields: [{ field: "/query/cursor", detail: "is not a cursor of this list" }],
    });
  }
  return position;
}

function fits<Schema extends TSchema>(schema: Schema, value: unknown): value is Static<Schema> {
  let test = tests.get(schema);
  if (test === undefined) tests.set(schema, (test = compileTest(schema)));
  return test(value);
}

function read(cursor: string): unknown {
  if (cursor.length > CURSOR_LENGTH_MAX || !/^[A-Za-z0-9_-]+$/.test(cursor)) return undefined;
  try {
    return JSON.parse(Buffer.from(cursor, "base64url").toString("utf8"));
  } catch {
    return undefined; // not JSON: the caller reports it as a bad cursor
  }
}
