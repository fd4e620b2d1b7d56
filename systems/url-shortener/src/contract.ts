/** The HTTP contract of the URL shortener: schemas of links, rules and statistics, and its routes. */
import { Id, pageOf, pageQuery, routes, Time } from "@tenfold/http/routes";
import { Type, type Static, type TSchema } from "typebox";

const closed = { additionalProperties: false };
const nullable = <Schema extends TSchema>(schema: Schema) => Type.Union([schema, Type.Null()]);

const Url = Type.String({ minLength: 1, maxLength: 2048 });
/** A code one chooses: letters, digits, `-` and `_`; reserved words are refused. */
const Slug = Type.String({ pattern: "^[0-9A-Za-z][0-9A-Za-z_-]{0,63}$" });
const Title = Type.String({ maxLength: 200 });
const Tags = Type.Array(Type.String({ minLength: 1, maxLength: 40 }), {
  maxItems: 20,
  uniqueItems: true,
});
const Status = Type.Union([
  Type.Literal(301),
  Type.Literal(302),
  Type.Literal(307),
  Type.Literal(308),
]);

/** All conditions that are given must hold. */
export const Condition = Type.Object(
  {
    device: Type.Optional(
      Type.Array(
        Type.Union([
          Type.Literal("desktop"),
          Type.Literal("mobile"),
          Type.Literal("tablet"),
          Type.Literal("ios"),
          Type.Literal("android"),
        ]),
        { minItems: 1, maxItems: 5 },
      ),
    ),
    /** Family names as in the click statistics, without regard to case: `chrome`. */
    browser: Type.Optional(
      Type.Array(Type.String({ minLength: 1, maxLength: 40 }), { minItems: 1, maxItems: 20 }),
    ),
    /** BCP 47 ranges, matched against Accept-Language: `de`, `pt-BR`. */
    language: Type.Optional(
      Type.Array(Type.String({ pattern: "^[A-Za-z]{2,3}(-[0-9A-Za-z]{2,8})*$" }), {
        minItems: 1,
        maxItems: 20,
      }),
    ),
    /** A query parameter that must be there, with this value when one is given. */
    query: Type.Optional(
      Type.Object(
        {
          name: Type.String({ minLength: 1, maxLength: 100 }),
          value: Type.Optional(Type.String({ maxLength: 200 })),
        },
        closed,
      ),
    ),
    /** ISO 3166-1 alpha-2. */
    country: Type.Optional(
      Type.Array(Type.String({ pattern: "^[A-Z]{2}$" }), { minItems: 1, maxItems: 250 }),
    ),
    /** CIDR ranges, IPv4 or IPv6. */
    address: Type.Optional(
      Type.Array(Type.String({ maxLength: 50 }), { minItems: 1, maxItems: 50 }),
    ),
    after: Type.Optional(Time),
    before: Type.Optional(Time),
  },
  { ...closed, minProperties: 1 },
);
export type Condition = Static<typeof Condition>;

/** The first rule whose conditions hold chooses the target. */
export const Rule = Type.Object({ when: Condition, url: Url }, closed);
export type Rule = Static<typeof Rule>;

/** Split by weight among those no rule has sent elsewhere. */
export const Variant = Type.Object(
  { url: Url, weight: Type.Integer({ minimum: 1, maximum: 1000 }) },
  closed,
);
export type Variant = Static<typeof Variant>;

/** What a link can be told; `url` too when creating. */
const settings = {
  title: Type.Optional(nullable(Title)),
  tags: Type.Optional(Tags),
  /** 302 (default) and 307 keep clicks countable and the target editable; 301 and 308 are cached by browsers. */
  status: Type.Optional(Status),
  validFrom: Type.Optional(nullable(Time)),
  validUntil: Type.Optional(nullable(Time)),
  maxVisits: Type.Optional(nullable(Type.Integer({ minimum: 1, maximum: 1_000_000_000 }))),
  /** Asked for by a form before redirecting; stored hashed. */
  password: Type.Optional(nullable(Type.String({ minLength: 1, maxLength: 128 }))),
  rules: Type.Optional(Type.Array(Rule, { maxItems: 50 })),
  variants: Type.Optional(Type.Array(Variant, { maxItems: 20 })),
  /** Adds the caller's query parameters to the target's. */
  forwardQuery: Type.Optional(Type.Boolean()),
};

export const NewLink = Type.Object(
  {
    url: Url,
    slug: Type.Optional(Slug),
    /** One of the configured short domains; the first when absent. */
    domain: Type.Optional(Type.String({ maxLength: 253 })),
    ...settings,
    /** Answer the link you already have for the same URL and settings. Default true; with a slug it is off. */
    reuse: Type.Optional(Type.Boolean()),
  },
  closed,
);
export type NewLink = Static<typeof NewLink>;

export const LinkChange = Type.Object(
  { url: Type.Optional(Url), ...settings },
  { ...closed, minProperties: 1 },
);
export type LinkChange = Static<typeof LinkChange>;

export const Link = Type.Object({
  id: Id,
  code: Type.String(),
  domain: Type.String(),
  shortUrl: Type.String(),
  url: Type.String(),
  status: Status,
  title: nullable(Type.String()),
  tags: Type.Array(Type.String()),
  validFrom: nullable(Time),
  validUntil: nullable(Time),
  maxVisits: nullable(Type.Integer()),
  /** Visits counted against `maxVisits`. */
  visits: Type.Integer(),
  hasPassword: Type.Boolean(),
  rules: Type.Array(Rule),
  variants: Type.Array(Variant),
  forwardQuery: Type.Boolean(),
  /** `banned` links answer 451. */
  state: Type.Union([Type.Literal("active"), Type.Literal("banned")]),
  /** `total` = `human` + `bot`. */
  clicks: Type.Object({ total: Type.Integer(), human: Type.Integer(), bot: Type.Integer() }),
  /** Grows with each change; send it as `If-Match`. */
  version: Type.Integer(),
  createdAt: Time,
  updatedAt: Time,
});
export type Link = Static<typeof Link>;

/** A small problem, one of many in a bulk answer. */
const ItemProblem = Type.Object({
  code: Type.String(),
  detail: Type.String(),
  field: Type.Optional(Type.String()),
});

export const BulkResult = Type.Object({
  created: Type.Integer(),
  reused: Type.Integer(),
  failed: Type.Integer(),
  /** In the order of the input. */
  items: Type.Array(
    Type.Object({
      status: Type.Union([Type.Literal("created"), Type.Literal("reused"), Type.Literal("failed")]),
      id: Type.Optional(Id),
      code: Type.Optional(Type.String()),
      shortUrl: Type.Optional(Type.String()),
      error: Type.Optional(ItemProblem),
    }),
  ),
});

export const clickGroups = [
  "hour",
  "day",
  "month",
  "country",
  "referrer",
  "device",
  "browser",
] as const;

export const ClickQuery = Type.Object(
  {
    by: Type.Optional(
      Type.Union([
        Type.Literal("hour"),
        Type.Literal("day"),
        Type.Literal("month"),
        Type.Literal("country"),
        Type.Literal("referrer"),
        Type.Literal("device"),
        Type.Literal("browser"),
      ]),
    ),
    /** Inclusive; whole hours. Default: 30 days before `to`. */
    from: Type.Optional(Time),
    /** Exclusive; whole hours. Default: the end of the running hour. */
    to: Type.Optional(Time),
    limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 1000, default: 100 })),
  },
  closed,
);

export const ClickSeries = Type.Object({
  by: Type.String(),
  from: Time,
  to: Time,
  totals: Type.Object({
    total: Type.Integer(),
    human: Type.Integer(),
    bot: Type.Integer(),
    unique: Type.Integer(),
  }),
  /** By time: every bucket, oldest first. Otherwise: largest first. `unique` counts visitor-days. */
  items: Type.Array(
    Type.Object({
      key: Type.String(),
      total: Type.Integer(),
      human: Type.Integer(),
      bot: Type.Integer(),
      unique: Type.Optional(Type.Integer()),
    }),
  ),
});
export type ClickSeries = Static<typeof ClickSeries>;

export const Report = Type.Object({
  id: Id,
  linkId: Id,
  code: Type.String(),
  shortUrl: Type.String(),
  url: Type.String(),
  linkState: Type.String(),
  reason: Type.String(),
  comment: nullable(Type.String()),
  state: Type.Union([Type.Literal("open"), Type.Literal("banned"), Type.Literal("dismissed")]),
  createdAt: Time,
});
export type Report = Static<typeof Report>;

export const BannedHost = Type.Object({
  host: Type.String(),
  reason: nullable(Type.String()),
  createdAt: Time,
});

const read = { scope: "links:read" } as const;
const write = { scope: "links:write" } as const;
const IdParams = Type.Object({ id: Id }, closed);
const urlErrors = [
  "url_invalid",
  "url_scheme_refused",
  "url_credentials_refused",
  "url_loops",
  "url_blocked",
] as const;

export const linkRoutes = routes({
  "POST /v1/links": {
    summary: "Shorten a URL",
    description:
      "Answers 200 with the link you already have when you shorten the same URL again (`reuse`).",
    auth: write,
    body: NewLink,
    responses: { 201: Link, 200: Link },
    errors: [
      ...urlErrors,
      "slug_taken",
      "slug_reserved",
      "slug_refused",
      "domain_unknown",
      "validity_empty",
      "address_range_invalid",
      "password_busy",
    ],
    idempotent: true,
  },
  "GET /v1/links": {
    summary: "Your links, newest first",
    auth: read,
    query: Type.Object(
      {
        ...pageQuery,
        search: Type.Optional(Type.String({ maxLength: 200 })),
        tag: Type.Optional(Type.String({ maxLength: 40 })),
      },
      closed,
    ),
    responses: { 200: pageOf(Link) },
    errors: ["cursor_invalid"],
  },
  "POST /v1/links/bulk": {
    summary: "Shorten up to 10,000 URLs",
    description:
      "Each item succeeds or fails by itself; the answer keeps their order. Items that failed with `password_busy` may be sent again.",
    auth: write,
    body: Type.Object(
      { items: Type.Array(Type.Unknown(), { minItems: 1, maxItems: 10_000 }) },
      closed,
    ),
    bodyBytesMax: 32 * 1024 * 1024,
    responses: { 200: BulkResult },
    idempotent: true,
  },
  "POST /v1/links/import": {
    summary: "Shorten URLs from CSV",
    description:
      "Columns `url` (required), `slug`, `title`, `tags` (separated by `;`), `status`, `validUntil`, `maxVisits`.",
    auth: write,
    consumes: ["text/csv"],
    bodyBytesMax: 16 * 1024 * 1024,
    responses: { 200: BulkResult },
    errors: ["csv_invalid"],
    idempotent: true,
  },
  "GET /v1/links/export": {
    summary: "All your links as CSV",
    auth: read,
    responses: { 200: "text/csv; charset=utf-8" },
  },
  "GET /v1/links/{id}": {
    summary: "One link",
    auth: read,
    params: IdParams,
    responses: { 200: Link },
    errors: ["link_not_found"],
  },
  "PATCH /v1/links/{id}": {
    summary: "Change a link",
    description:
      "`null` clears a field. `If-Match` with the version refuses to overwrite a newer change.",
    auth: write,
    params: IdParams,
    body: LinkChange,
    responses: { 200: Link },
    errors: [
      "link_not_found",
      ...urlErrors,
      "validity_empty",
      "address_range_invalid",
      "precondition_failed",
      "password_busy",
    ],
  },
  "DELETE /v1/links/{id}": {
    summary: "Delete a link and its statistics",
    description: "Its code is never given to another link.",
    auth: write,
    params: IdParams,
    responses: { 204: "text/plain" },
    errors: ["link_not_found", "precondition_failed"],
  },
  "GET /v1/links/{id}/clicks": {
    summary: "Clicks over time or by country, referrer, device or browser",
    auth: read,
    params: IdParams,
    query: ClickQuery,
    responses: { 200: ClickSeries },
    errors: ["link_not_found", "range_invalid"],
  },
  "GET /v1/links/{id}/qr": {
    summary: "QR code of the short URL",
    auth: read,
    params: IdParams,
    query: Type.Object(
      {
        format: Type.Optional(Type.Union([Type.Literal("svg"), Type.Literal("png")])),
        /** Width and height in pixels. */
        size: Type.Optional(Type.Integer({ minimum: 64, maximum: 2048, default: 320 })),
      },
      closed,
    ),
    responses: { 200: "image/svg+xml" },
    errors: ["link_not_found"],
  },
  "GET /v1/link-domains": {
    summary: "The short domains links can be made on",
    auth: read,
    responses: { 200: Type.Object({ items: Type.Array(Type.String()) }) },
  },
  "POST /v1/reports": {
    summary: "Report a link for abuse",
    auth: "none",
    body: Type.Object(
      {
        /** The short URL, or its code on the main domain. */
        link: Type.String({ minLength: 1, maxLength: 2048 }),
        reason: Type.Union([
          Type.Literal("phishing"),
          Type.Literal("malware"),
          Type.Literal("spam"),
          Type.Literal("illegal"),
          Type.Literal("other"),
        ]),
        comment: Type.Optional(Type.String({ maxLength: 2000 })),
      },
      closed,
    ),
    responses: { 202: Type.Object({ received: Type.Boolean() }) },
    errors: ["link_not_found", "too_many_attempts"],
  },
  "GET /v1/reports": {
    summary: "Abuse reports (administrators)",
    auth: "admin",
    query: Type.Object(
      {
        ...pageQuery,
        state: Type.Optional(
          Type.Union([Type.Literal("open"), Type.Literal("banned"), Type.Literal("dismissed")]),
        ),
      },
      closed,
    ),
    responses: { 200: pageOf(Report) },
  },
  "PATCH /v1/reports/{id}": {
    summary: "Close a report (administrators)",
    auth: "admin",
    params: IdParams,
    body: Type.Object(
      { state: Type.Union([Type.Literal("banned"), Type.Literal("dismissed")]) },
      closed,
    ),
    responses: { 200: Report },
    errors: ["report_not_found"],
  },
  "PUT /v1/links/{id}/ban": {
    summary: "Ban a link (administrators)",
    auth: "admin",
    params: IdParams,
    body: Type.Object({ reason: Type.Optional(Type.String({ maxLength: 500 })) }, closed),
    responses: { 200: Link },
    errors: ["link_not_found"],
  },
  "DELETE /v1/links/{id}/ban": {
    summary: "Unban a link (administrators)",
    auth: "admin",
    params: IdParams,
    responses: { 200: Link },
    errors: ["link_not_found"],
  },
  "GET /v1/banned-hosts": {
    summary: "Banned hosts (administrators)",
    auth: "admin",
    query: Type.Object(pageQuery, closed),
    responses: { 200: pageOf(BannedHost) },
  },
  "PUT /v1/banned-hosts/{host}": {
    summary: "Ban a host and its subdomains (administrators)",
    description: "Existing links that lead there answer 451 from then on, new ones are refused.",
    auth: "admin",
    params: Type.Object({ host: Type.String({ minLength: 1, maxLength: 253 }) }, closed),
    body: Type.Object({ reason: Type.Optional(Type.String({ maxLength: 500 })) }, closed),
    responses: { 200: BannedHost },
    errors: ["host_invalid"],
  },
  "DELETE /v1/banned-hosts/{host}": {
    summary: "Unban a host (administrators)",
    auth: "admin",
    params: Type.Object({ host: Type.String({ minLength: 1, maxLength: 253 }) }, closed),
    responses: { 204: "text/plain" },
    errors: ["host_not_banned"],
  },
});
export type LinkRoutes = typeof linkRoutes;

/** What all requests for a code share. */
const atCode = {
  auth: "none",
  params: Type.Object({ code: Type.String({ maxLength: 80 }) }, closed),
  query: Type.Record(Type.String(), Type.Unknown()),
} as const;
const pages = {
  200: "text/html",
  404: "text/html",
  410: "text/html",
  429: "text/html",
  451: "text/html",
} as const;
const redirects = {
  301: "text/plain",
  302: "text/plain",
  307: "text/plain",
  308: "text/plain",
} as const;

/** At the root of every short domain. Pages in HTML, or problem+json by `Accept`. */
export const redirectRoutes = routes({
  "GET /{code}": {
    ...atCode,
    summary: "Follow a short link",
    description:
      "Redirects to the target. With `+` after the code, shows where it leads instead. 404 unknown, 410 expired or used up, 451 banned.",
    responses: { ...pages, ...redirects },
  },
  "HEAD /{code}": {
    ...atCode,
    summary: "Where a short link leads, not counted as a click",
    responses: { ...pages, ...redirects },
    hidden: true,
  },
  "POST /{code}": {
    ...atCode,
    summary: "Give a link's password",
    consumes: ["application/x-www-form-urlencoded"],
    bodyBytesMax: 4096,
    responses: { ...pages, 303: "text/plain", 403: "text/html" },
    hidden: true,
  },
});
