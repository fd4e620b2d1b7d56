/**
 * Closing schemas: an object that does not say otherwise takes no further
 * fields, so that a misspelt one is refused instead of ignored. TypeBox leaves
 * objects open; rather than repeat `additionalProperties: false` in each
 * schema, it is added here, once, when the routes are compiled.
 *
 *   object with `properties`        → additionalProperties: false
 *   allOf (an intersection)         → unevaluatedProperties: false around it,
 *                                     its members stay open to each other
 *   additionalProperties is given   → kept as written
 */
import type { TSchema } from "typebox";

type Json = Record<string, unknown>;

/** A copy of `schema` whose objects are closed. `$id`s are dropped: the copy is anonymous. */
export function closedSchema(schema: TSchema): Json {
  return close(schema, false);
}

const LISTS = ["anyOf", "oneOf", "allOf", "prefixItems"];
const SINGLE = ["items", "additionalProperties", "not", "contains"];
const MAPS = ["properties", "patternProperties", "$defs"];

function close(schema: object, open: boolean): Json {
  const copy: Json = { ...schema };
  delete copy["$id"];
  for (const name of LISTS) {
    const list = copy[name];
    if (Array.isArray(list))
      copy[name] = list.map((each) => closeAny(each, name === "allOf" || open));
  }
  for (const name of SINGLE) {
    if (copy[name] !== undefined) copy[name] = closeAny(copy[name], false);
  }
  for (const name of MAPS) {
    const map = copy[name];
    if (isObject(map)) {
      copy[name] = Object.fromEntries(
        Object.entries(map).map(([key, each]) => [key, closeAny(each, false)]),
      );
    }
  }
  if (open) return copy;
  if (Array.isArray(copy["allOf"])) copy["unevaluatedProperties"] ??= false;
  else if (copy["type"] === "object" && !("patternProperties" in copy)) {
    copy["additionalProperties"] ??= false;
  }
  return copy;
}

function closeAny(schema: unknown, open: boolean): unknown {
  if (Array.isArray(schema)) return schema.map((each) => closeAny(each, open));
  return isObject(schema) ? close(schema, open) : schema;
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
