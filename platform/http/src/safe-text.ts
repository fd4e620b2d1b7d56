/**
 * What no field may hold, whatever its schema says: NUL (Postgres refuses it),
 * lone surrogates (no UTF-8 exists for them), a `__proto__` name, and nesting
 * so deep that walking it would exhaust the stack.
 */
import type { FieldError } from "@tenfold/core";

/** Bodies nested deeper than this are refused. */
export const DEPTH_MAX = 64;

/** The first forbidden thing in `value`, by JSON pointer; `undefined` when there is none. O(size). */
export function findUnsafeText(value: unknown, pointer: string): FieldError | undefined {
  return find(value, pointer, 0);
}

function find(value: unknown, pointer: string, depth: number): FieldError | undefined {
  if (typeof value === "string") {
    const detail = wrongWith(value);
    return detail === undefined ? undefined : { field: pointer, detail };
  }
  if (typeof value !== "object" || value === null) return undefined;
  if (depth === DEPTH_MAX) {
    return { field: pointer, detail: `is nested deeper than ${DEPTH_MAX} levels` };
  }
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length; index += 1) {
      const found = find(value[index], `${pointer}/${index}`, depth + 1);
      if (found !== undefined) return found;
    }
    return undefined;
  }
  for (const [name, each] of Object.entries(value)) {
    const detail = name === "__proto__" ? "is not an allowed name" : wrongWith(name);
    if (detail !== undefined) return { field: `${pointer}/${pointerPart(name)}`, detail };
    const found = find(each, `${pointer}/${pointerPart(name)}`, depth + 1);
    if (found !== undefined) return found;
  }
  return undefined;
}

function wrongWith(text: string): string | undefined {
  if (text.includes("\0")) return "holds a NUL character";
  if (!text.isWellFormed()) return "holds a lone surrogate, which is not valid Unicode";
  return undefined;
}

/** One step of a JSON pointer (RFC 6901), made well-formed so that it can be sent. */
export function pointerPart(name: string): string {
  return name.toWellFormed().replaceAll("\0", "\\0").replaceAll("~", "~0").replaceAll("/", "~1");
}
