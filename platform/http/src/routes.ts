/**
 * Routes as data. A system's contract is one table of routes with TypeBox
 * schemas; validation, handler types, OpenAPI and the typed client all come
 * from it. This file is safe to import in a browser.
 *
 * ```ts
 * export const linkRoutes = routes({
 *   "GET /v1/links/{id}": {
 *     summary: "One link",
 *     auth: { scope: "links:read" },
 *     params: Type.Object({ id: Id }),
 *     responses: { 200: Link },
 *     errors: ["link_not_found"],
 *   },
 * });
 * ```
 */
import { Type, type Static, type TObject, type TSchema } from "typebox";

export type Method = "GET" | "POST" | "PUT" | "PATCH" | "DELETE" | "HEAD";

/**
 * Who may call:
 * - `none`: anyone, credentials are not looked at
 * - `optional`: anyone; `principal` is set when valid credentials came along
 * - `session`: a signed-in person; an API key is refused
 * - `admin`: a signed-in administrator
 * - `{ scope }`: a signed-in person, or an API key with that scope
 */
export type Auth = "none" | "optional" | "session" | "admin" | { readonly scope: string };

export interface RouteSpec {
  summary: string;
  description?: string;
  /** Groups routes in the docs; the system's name when absent. */
  tag?: string;
  auth: Auth;
  params?: TObject;
  query?: TSchema;
  body?: TSchema;
  /** Overrides the platform's default (1 MiB). */
  bodyBytesMax?: number;
  /** Accepted content types; `application/json` when absent. Others arrive as text. */
  consumes?: readonly string[];
  /** By status. A schema means JSON; a string is another content type, sent as text or bytes. */
  responses: Readonly<Record<number, TSchema | string>>;
  /** Codes beyond the platform's own (validation, sign-in, limits). */
  errors?: readonly string[];
  /** Accepts `Idempotency-Key`: the same key and body give the first answer again. */
  idempotent?: boolean;
  /** `none` leaves the route out of the rate limits: health and metrics. */
  limits?: "none";
  /** Left out of OpenAPI and `/docs`. */
  hidden?: boolean;
}

export type RouteKey = `${Method} /${string}`;
export type RouteTable = Readonly<Record<RouteKey, RouteSpec>>;

/** Declares a table, keeping its exact types. */
export function routes<const Table extends RouteTable>(table: Table): Table {
  return table;
}

type Of<Spec, Part extends string> =
  Spec extends Record<Part, infer Schema extends TSchema> ? Static<Schema> : undefined;

export type ParamsOf<Spec extends RouteSpec> = Of<Spec, "params">;
export type QueryOf<Spec extends RouteSpec> = Of<Spec, "query">;
export type BodyOf<Spec extends RouteSpec> = Spec extends { consumes: readonly string[] }
  ? string
  : Of<Spec, "body">;

type Payload<Schema> = Schema extends string
  ? string | Uint8Array | undefined
  : Schema extends TSchema
    ? Static<Schema>
    : never;

/** What a handler may answer: one of the declared statuses with its body. */
export type ResponseOf<Spec extends RouteSpec> = {
  [Status in keyof Spec["responses"] & number]: {
    status: Status;
    body?: Payload<Spec["responses"][Status]>;
    headers?: Record<string, string>;
  };
}[keyof Spec["responses"] & number];

/** A list: `{ items, nextCursor }`. `nextCursor` is null on the last page. */
export function pageOf<Item extends TSchema>(item: Item) {
  return Type.Object({
    items: Type.Array(item),
    nextCursor: Type.Union([Type.String(), Type.Null()]),
  });
}

/** `?limit=&cursor=`. */
export const pageQuery = {
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 100, default: 20 })),
  cursor: Type.Optional(Type.String({ maxLength: 512 })),
};

/**
 * A 64-bit ID as decimal text, below 9 × 10^18: what Postgres takes for a
 * bigint without an error. Snowflake IDs get there in the year 2078.
 */
export const Id = Type.String({
  pattern: "^([1-9][0-9]{0,17}|[1-8][0-9]{18})$",
  description: "64-bit ID",
});

/** RFC 3339 in UTC. */
export const Time = Type.String({ format: "date-time", maxLength: 40 });

/** RFC 9457 problem+json, as every error is sent. */
export const Problem = Type.Object({
  type: Type.String(),
  title: Type.String(),
  status: Type.Integer(),
  detail: Type.String(),
  code: Type.String(),
  requestId: Type.String(),
  hint: Type.Optional(Type.String()),
  errors: Type.Optional(Type.Array(Type.Object({ field: Type.String(), detail: Type.String() }))),
});
export type Problem = Static<typeof Problem>;
