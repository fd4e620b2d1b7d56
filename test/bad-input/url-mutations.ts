/** Bad paths and queries, derived from a route's schemas. */
import { Type, type TSchema } from "typebox";
import { Check } from "typebox/value";
import type { RouteSpec } from "@tenfold/http/routes";
import type { GoodCall } from "./entry.ts";
import { limitOf, type Mutation } from "./mutation.ts";

/** What the path's parameters may not be. */
export function paramMutations(spec: RouteSpec): Mutation[] {
  const refused = { expected: "refused" } as const;
  return Object.entries(spec.params?.properties ?? {}).flatMap(([name, schema]): Mutation[] => {
    const put = (raw: string) => ({
      name: `{${name}} as ${raw.slice(0, 30)}`,
      param: [name, raw] as const,
    });
    const decoded = [
      "0",
      "-1",
      "1e3",
      "1.5",
      "007",
      "x",
      "9223372036854775808",
      "18446744073709551616",
      "null",
    ];
    const long = "1".repeat(limitOf(schema, "maxLength") + 1);
    return [
      ...[...decoded, long].map(
        (raw) => ({ ...put(raw), expected: Check(schema, raw) ? "any" : "refused" }) as const,
      ),
      ...["%", "%zz", "%ff", "%ed%a0%80", "1%00", "%00"].map((raw) => ({
        ...put(raw),
        ...refused,
        status: 400,
      })),
      { ...put("1".repeat(10_000)), ...refused },
      ...["..", "%2e%2e%2f", "%2f", "a%2fb", "a%20b", "%F0%9F%98%80", "\u00ff", ""].map((raw) => ({
        ...put(raw),
        expected: "any" as const,
      })),
    ];
  });
}

const encodeCursor = (value: unknown): string =>
  Buffer.from(JSON.stringify(value)).toString("base64url");

const badCursors = [
  "",
  "!",
  "x",
  "null",
  encodeCursor(null),
  encodeCursor({}),
  encodeCursor([]),
  encodeCursor({ before: 1, beforeId: 1, afterHost: 1 }),
  encodeCursor({ before: "x", beforeId: "x", afterHost: "a\0b" }),
  encodeCursor({
    before: "9223372036854775808",
    beforeId: "18446744073709551616",
    afterHost: "\ud800",
  }),
  Buffer.from('{"__proto__":{}}').toString("base64url"),
  encodeCursor({ before: "1", beforeId: "1", afterHost: "a" }).slice(0, -3),
  Buffer.from([0xff, 0xfe]).toString("base64url"),
  "a".repeat(600),
];

/** What the query may not be. */
export function queryMutations(spec: RouteSpec, good: GoodCall): Mutation[] {
  const query = good.query ?? {};
  const without = (name: string): string =>
    new URLSearchParams(Object.entries(query).filter(([each]) => each !== name)).toString();
  const put = (name: string, raw: string): string =>
    `${without(name)}&${name}=${raw}`.replace(/^&/, "");
  const free = spec.query !== undefined && !Type.IsObject(spec.query);
  const expected = free ? ("any" as const) : ("refused" as const);
  const properties =
    spec.query !== undefined && Type.IsObject(spec.query) ? spec.query.properties : {};
  return [
    { name: "an unknown parameter", query: put("surprise", "1"), expected },
    { name: "a parameter __proto__", query: put("__proto__", "1"), expected },
    { name: "a parameter constructor", query: put("constructor", "1"), expected },
    { name: "2,000 parameters", query: "a=1&".repeat(2_000), expected },
    ...["%", "%zz=1", "a=%ff", "=", "&&&", "a[b][c]=1", "?", "%00=1"].map((raw) => ({
      name: `the query ${raw}`,
      query: raw,
      expected: "any" as const,
    })),
    ...Object.entries(properties).flatMap(([name, schema]): Mutation[] => [
      {
        name: `${name} twice`,
        query: `${put(name, "1")}&${name}=2`,
        expected: "refused",
        status: 400,
      },
      { name: `${name} with a NUL`, query: put(name, "%00"), expected: "refused", status: 400 },
      {
        name: `${name} too long`,
        query: put(name, "a".repeat(2_000)),
        expected: "refused",
        status: 400,
      },
      ...(name === "cursor" ? badCursors : queryTexts(schema)).map((raw) => ({
        name: `${name}=${raw.slice(0, 30)}`,
        query: put(name, raw),
        expected: "refused" as const,
        status: 400,
      })),
      ...["%ff", "%zz", "%ed%a0%80"].map((raw) => ({
        name: `${name}=${raw}`,
        query: put(name, raw),
        expected: "any" as const,
      })),
    ]),
  ];
}

/** Wrong texts for a parameter that is coerced to its type. */
function queryTexts(schema: TSchema): string[] {
  const texts = [
    "x",
    "0",
    "-1",
    "1.5",
    "1e400",
    "100000",
    "9223372036854775808",
    "NaN",
    "true",
    "null",
  ];
  const own: unknown = Reflect.get(schema, "type");
  if (own === "integer") return [...texts, "", "+", "1,2", "0x10", "1e1", "%2B5", "%205"];
  return texts.filter((text) => !Check(schema, text));
}
