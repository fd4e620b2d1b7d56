/**
 * Checking what came in against a route's schemas, compiled once.
 *
 * - Path parameters and the query are text, so they are coerced to their
 *   schema's types, and defaults are filled in. A number is decimal digits.
 * - A JSON body is taken as it is: nothing is coerced, filled in or dropped.
 * - Unknown fields and unknown query parameters are refused by name.
 *
 * Two validators per schema: the first stops at the first wrong thing (a long
 * text fails on `maxLength` before any pattern runs); only when it fails, and
 * the input is small, does the second collect every wrong field for the answer.
 */
import type { FieldError } from "@tenfold/core";
import { Ajv2020, type ErrorObject, type ValidateFunction } from "ajv/dist/2020.js";
import ajvFormats from "ajv-formats";
import { Type, type TSchema } from "typebox";
import { closedSchema } from "./closed-schema.ts";
import { pointerPart } from "./safe-text.ts";

/** Where a value came from. Pointers into the body are bare, `/url`; the others say where. */
export type Part = "params" | "query" | "body";

/** Answers the wrong fields; an empty list when there are none. Coercion changes `value`'s fields. */
export type Check = (value: unknown) => readonly FieldError[];

const PREFIX: Readonly<Record<Part, string>> = { params: "/params", query: "/query", body: "" };

/** Above this, only the first wrong field is looked for. */
const COLLECT_ALL_BYTES_MAX = 64 * 1024;

function createAjv(coerce: boolean, allErrors: boolean): Ajv2020 {
  const ajv = new Ajv2020({
    strict: false,
    strictNumbers: true,
    coerceTypes: coerce ? "array" : false,
    useDefaults: coerce,
    allErrors,
    validateFormats: true,
    ownProperties: true,
  });
  ajvFormats.default(ajv, { mode: "full" });
  return ajv;
}

const ajvs = {
  text: { first: createAjv(true, false), all: createAjv(true, true) },
  json: { first: createAjv(false, false), all: createAjv(false, true) },
};

/** Compiles `schema`; the second validator only when the first ever fails. */
export function compileCheck(schema: TSchema, part: Part): Check {
  const pair = part === "body" ? ajvs.json : ajvs.text;
  const closed = closedSchema(schema);
  const first = pair.first.compile(closed);
  const notDecimal = part === "body" ? none : compileDecimals(schema, PREFIX[part]);
  let all: ValidateFunction | undefined;
  return (value) => {
    const bad = notDecimal(value);
    if (bad.length > 0) return bad;
    if (first(value)) return part === "body" ? NONE : infinities(value, PREFIX[part]);
    if (sizeOf(value) > COLLECT_ALL_BYTES_MAX) return fieldsOf(first.errors, PREFIX[part]);
    all ??= pair.all.compile(closed);
    all(value);
    return fieldsOf(all.errors ?? first.errors, PREFIX[part]);
  };
}

/**
 * Ajv coerces what JavaScript takes for a number, also `0x10`, `1e1` and `+1`.
 * Looked at in a schema's own fields and in lists of numbers.
 */
function compileDecimals(schema: TSchema, prefix: string): Check {
  const properties = Type.IsObject(schema) ? Object.entries(schema.properties) : [];
  const numbers = properties.flatMap(([name, property]) => {
    const type = Type.IsArray(property) ? property.items : property;
    if (Type.IsInteger(type)) return [{ name, decimal: /^-?\d+$/, detail: "must be integer" }];
    if (Type.IsNumber(type)) {
      return [{ name, decimal: /^-?\d+(\.\d+)?$/, detail: "must be number" }];
    }
    return [];
  });
  if (numbers.length === 0) return none;
  return (value) => {
    if (typeof value !== "object" || value === null) return NONE;
    return numbers.flatMap(({ name, decimal, detail }) => {
      const texts: unknown[] = [Reflect.get(value, name)].flat();
      const fits = texts.every((text) => typeof text !== "string" || decimal.test(text));
      return fits ? [] : [{ field: `${prefix}/${pointerPart(name)}`, detail }];
    });
  };
}

/** Ajv coerces `1e999` to Infinity, and then skips `minimum` and `maximum` for it. */
function infinities(value: unknown, prefix: string): readonly FieldError[] {
  if (typeof value !== "object" || value === null) return NONE;
  for (const name in value) {
    const field: unknown = Reflect.get(value, name);
    if (typeof field === "number" && !Number.isFinite(field)) {
      return [{ field: `${prefix}/${pointerPart(name)}`, detail: "is not a finite number" }];
    }
    if (typeof field === "object") {
      const inside = infinities(field, `${prefix}/${pointerPart(name)}`);
      if (inside.length > 0) return inside;
    }
  }
  return NONE;
}

const NONE: readonly FieldError[] = Object.freeze([]);
const none: Check = () => NONE;

/** A plain yes-or-no check without coercion, for values that are ours, like cursors. */
export function compileTest(schema: TSchema): (value: unknown) => boolean {
  const validate = ajvs.json.first.compile(closedSchema(schema));
  return (value) => validate(value);
}

function sizeOf(value: unknown): number {
  return JSON.stringify(value)?.length ?? 0;
}

function fieldsOf(errors: readonly ErrorObject[] | null | undefined, prefix: string): FieldError[] {
  const byField = new Map<string, string>();
  for (const error of errors ?? []) {
    const field = prefix + pointerOf(error);
    // Of several complaints about one field the first is the most basic.
    if (!byField.has(field)) byField.set(field, sentence(error));
  }
  return [...byField].map(([field, detail]) => ({ field, detail }));
}

function pointerOf(error: ErrorObject): string {
  const missing = error.params["missingProperty"];
  const extra = error.params["additionalProperty"] ?? error.params["unevaluatedProperty"];
  const name: unknown = missing ?? extra;
  return typeof name === "string"
    ? `${error.instancePath}/${pointerPart(name)}`
    : error.instancePath;
}

function sentence(error: ErrorObject): string {
  const { keyword, params } = error;
  switch (keyword) {
    case "required":
      return "is required";
    case "additionalProperties":
    case "unevaluatedProperties":
      return "is not a known field";
    case "enum":
      return `must be one of ${JSON.stringify(params["allowedValues"])}`;
    case "const":
      return `must be ${JSON.stringify(params["allowedValue"])}`;
    case "format":
      return `must be a valid ${params["format"]}`;
    default:
      return error.message ?? "is not valid";
  }
}
