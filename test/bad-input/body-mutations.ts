/** Bad bodies, derived from a route's schema. */
import { Type, type TSchema } from "typebox";
import { Check } from "typebox/value";
import type { RouteSpec } from "@tenfold/http/routes";
import type { GoodCall } from "./entry.ts";
import { invalid, limitOf, type Mutation } from "./mutation.ts";

const malformed = { expected: "refused", status: 400, code: "body_malformed" } as const;

/** JSON texts of every type, with numbers that no 64-bit number holds. */
const jsonValues = [
  "null",
  "true",
  "-1",
  "1.5",
  "1e400",
  "-1e400",
  "9223372036854775808",
  "18446744073709551616",
  '""',
  '"x"',
  "[]",
  "[null]",
  "{}",
  '{"a":1}',
];

/** Texts that a careless reader trips over; whether they are right is the field's own business. */
const oddTexts = [
  "constructor",
  "__proto__",
  "%00",
  "\u{1F600}".repeat(40),
  "\u202Eevil",
  "\uFFFF\u2028",
  "' or 1=1; --",
  "2016-12-31T23:59:60Z",
  "0000-01-01T00:00:00Z",
  "9999-12-31T23:59:59.999999999Z",
  "2026-01-01T00:00:00+23:59",
  "http://[::ffff:127.0.0.1]:99999/",
  "http://xn--/",
  "https://example.com/\uDBFF\uDFFF",
];

const deep = (levels: number): string => "[".repeat(levels) + "]".repeat(levels);

/** Everything that can be wrong with the request's body. */
export function bodyMutations(spec: RouteSpec, good: GoodCall, method: string): Mutation[] {
  if (spec.consumes !== undefined) return textMutations(spec, good.text ?? "");
  if (spec.body !== undefined) return jsonMutations(spec, spec.body, good.body ?? {});
  if (method === "GET" || method === "HEAD") return [];
  const headers = { "content-type": "application/json" };
  return [{ name: "a body where none is taken", body: '{"surprise":1}', headers, ...invalid }];
}

function textMutations(spec: RouteSpec, text: string): Mutation[] {
  return [
    { name: "invalid UTF-8", body: spoilt(text), ...malformed },
    { name: "a NUL", body: `${text}\0`, ...invalid },
    ...contentTypeMutations(text),
    ...tooLarge(spec),
  ];
}

function jsonMutations(spec: RouteSpec, schema: TSchema, good: object): Mutation[] {
  const text = JSON.stringify(good);
  const open = text.slice(0, -1) + (text === "{}" ? "" : ",");
  const broken = [
    text.slice(0, -1),
    `${text}}`,
    `${open}}`,
    `${text},`,
    "{'a':1}",
    "NaN",
    "\u{FEFF}{",
    '{"a":1e}',
  ];
  return [
    ...broken.map((body) => ({
      name: `malformed JSON ${JSON.stringify(body.slice(0, 20))}`,
      body,
      ...malformed,
    })),
    ...["null", "1", '"text"', "[]", "[{}]"].map((body) => ({
      name: `the body ${body}`,
      body,
      ...invalid,
    })),
    { name: "an empty body", body: "", ...invalid },
    { name: "no body at all", body: undefined, ...invalid },
    { name: "invalid UTF-8", body: spoilt(`${open}"surprise":"x"}`), ...malformed },
    { name: "UTF-16", body: Buffer.from(text, "utf16le"), expected: "refused", status: 400 },
    { name: "an unknown field", body: `${open}"surprise":1}`, ...invalid },
    { name: "a field __proto__", body: `${open}"__proto__":{"role":"admin"}}`, ...invalid },
    { name: "a field constructor", body: `${open}"constructor":{"prototype":{}}}`, ...invalid },
    { name: "a field with a NUL in its name", body: `${open}"a\\u0000":1}`, ...invalid },
    { name: "a field with half a surrogate in its name", body: `${open}"\\ud800":1}`, ...invalid },
    { name: "a field nested 5,000 deep", body: `${open}"surprise":${deep(5_000)}}`, ...invalid },
    { name: "a body nested 200,000 deep", body: deep(200_000), expected: "refused", status: 400 },
    ...contentTypeMutations(text),
    ...tooLarge(spec),
    ...fieldsOf(schema, good, []).flatMap((field) => fieldMutations(field, good)),
  ];
}

/** The text with a byte in it that no UTF-8 has. */
function spoilt(text: string): Buffer {
  const bytes = Buffer.from(text);
  return Buffer.concat([bytes.subarray(0, -3), Buffer.from([0xff]), bytes.subarray(-3)]);
}

function contentTypeMutations(body: string): Mutation[] {
  const unsupported = {
    body,
    expected: "refused",
    status: 415,
    code: "content_type_unsupported",
  } as const;
  const types = [
    "text/plain",
    "application/xml",
    "multipart/form-data; boundary=x",
    "json",
    ";",
    "application/json, text/plain",
  ];
  return [
    ...types.map((type) => ({
      name: `content type ${type}`,
      headers: { "content-type": type },
      ...unsupported,
    })),
    { name: "no content type", headers: { "content-type": "" }, ...unsupported },
  ];
}

function tooLarge(spec: RouteSpec): Mutation[] {
  const max = spec.bodyBytesMax ?? 1024 * 1024;
  const refusal = { expected: "refused", status: 413, code: "body_too_large" } as const;
  return [
    {
      name: "a body announced over the limit",
      body: " ",
      headers: { "content-length": String(max + 1) },
      ...refusal,
    },
    ...(max > 2 ** 20
      ? []
      : [{ name: "a body over the limit", body: " ".repeat(max + 1), ...refusal }]),
  ];
}

interface Field {
  path: readonly (string | number)[];
  schema: TSchema;
  required: boolean;
  value: unknown;
}

/** Every field that the good body shows, however deep, with its schema. */
function fieldsOf(schema: TSchema, value: unknown, path: readonly (string | number)[]): Field[] {
  const own = unwrap(schema, value);
  if (Type.IsObject(own) && isRecord(value)) {
    return Object.entries(own.properties).flatMap(([name, each]) => {
      const at = [...path, name];
      const required = own.required?.includes(name) === true;
      const field: Field = { path: at, schema: each, required, value: value[name] };
      return [field, ...(name in value ? fieldsOf(each, value[name], at) : [])];
    });
  }
  if (Type.IsArray(own) && Array.isArray(value) && value.length > 0) {
    const at = [...path, 0];
    const item: Field = { path: at, schema: own.items, required: false, value: value[0] };
    return [item, ...fieldsOf(own.items, value[0], at)];
  }
  return [];
}

/** The top-level fields that the schema knows and the good call does not show. */
export function fieldsNotShown(schema: TSchema | undefined, shown: object | undefined): string[] {
  if (schema === undefined || !Type.IsObject(schema)) return [];
  return Object.keys(schema.properties).filter(
    (name) => name !== "cursor" && !(name in (shown ?? {})),
  );
}

/** Of a union, the part that the good value has. */
function unwrap(schema: TSchema, value: unknown): TSchema {
  if (!Type.IsUnion(schema)) return schema;
  return schema.anyOf.find((part) => Check(part, value)) ?? schema;
}

function fieldMutations(field: Field, good: object): Mutation[] {
  const name = `/${field.path.join("/")}`;
  const own = unwrap(field.schema, field.value);
  const put = (raw: string): string => withRaw(good, field.path, raw);
  const wrong = [...jsonValues, ...tooLong(own, field.value), deep(100)].filter(
    (raw) => !Check(field.schema, JSON.parse(raw)),
  );
  const found: Mutation[] = wrong.map((raw) => ({
    name: `${name} as ${raw.slice(0, 40)}`,
    body: put(raw),
    ...invalid,
  }));
  if (field.required)
    found.push({ name: `${name} missing`, body: withRaw(good, field.path, undefined), ...invalid });
  if (typeof field.value !== "string") return found;
  const text = JSON.stringify(field.value).slice(0, -1);
  return [
    ...found,
    { name: `${name} with a NUL`, body: put(`${text}\\u0000"`), ...invalid },
    { name: `${name} with half a surrogate`, body: put(`${text}\\ud83d"`), ...invalid },
    { name: `${name} with the other half`, body: put(`"\\ude00${text.slice(1)}"`), ...invalid },
    ...oddTexts.map((odd) => ({
      name: `${name} as ${odd.slice(0, 30)}`,
      body: put(JSON.stringify(odd)),
      expected: "any" as const,
    })),
  ];
}

function tooLong(schema: TSchema, value: unknown): string[] {
  if (Type.IsString(schema)) return [JSON.stringify("a".repeat(limitOf(schema, "maxLength") + 1))];
  if (Type.IsArray(schema) && Array.isArray(value)) {
    const length = limitOf(schema, "maxItems") + 1;
    return [JSON.stringify(Array.from({ length }, () => value[0]))];
  }
  return [];
}

const mark = "\u0001mark\u0001";

/** The JSON of `body` with raw text at `path`, or without what is there. */
function withRaw(
  body: object,
  path: readonly (string | number)[],
  raw: string | undefined,
): string {
  const copy: unknown = structuredClone(body);
  let at = copy;
  for (const step of path.slice(0, -1)) at = isRecord(at) ? at[step] : undefined;
  const last = path.at(-1) ?? "";
  if (!isRecord(at)) throw new Error(`the good call has nothing at /${path.join("/")}`);
  if (raw === undefined) delete at[last];
  else at[last] = mark;
  // A function: the raw text may hold `$&`.
  return JSON.stringify(copy).replace(JSON.stringify(mark), () => raw ?? "");
}

function isRecord(value: unknown): value is Record<string | number, unknown> {
  return typeof value === "object" && value !== null;
}
