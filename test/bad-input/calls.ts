/**
 * One good call for every route there is, with every field that its schema
 * knows but the cursor, and the inputs that only its own rules refuse. What the schemas
 * refuse is derived from them in `mutations.ts`.
 */
import { randomUUID } from "node:crypto";
import type { RouteSpec, RouteTable } from "@tenfold/http/routes";
import { accountRoutes } from "@tenfold/accounts/contract";
import { linkRoutes, redirectRoutes } from "@tenfold/url-shortener/contract";
import { consoleRoutes } from "tenfold/contract";
import { password, type World } from "./world.ts";

const tables = { ...accountRoutes, ...linkRoutes, ...redirectRoutes, ...consoleRoutes };
type Key = keyof typeof tables;

/** Every route of every system, by its key. */
export const allRoutes: ReadonlyMap<string, RouteSpec> = new Map(
  Object.entries<RouteSpec>(tables satisfies RouteTable),
);

export interface GoodCall {
  params?: Readonly<Record<string, string>>;
  query?: Readonly<Record<string, string>>;
  /** Sent as JSON. */
  body?: Readonly<Record<string, unknown>>;
  /** Sent as it is, with the route's own content type. */
  text?: string;
  /** Who calls, where it must be somebody in particular. */
  token?: string;
}

/** A call that differs from the good one in a way the schema allows and the route does not. */
export interface BadCall extends GoodCall {
  name: string;
  status: number;
  code: string;
}

interface Entry {
  /** Makes what it needs anew, so that it can be called again. */
  good(world: World): GoodCall | Promise<GoodCall>;
  bad?(world: World): readonly BadCall[] | Promise<readonly BadCall[]>;
  /** The thing in `{id}` belongs to the caller: to others it does not exist. */
  owned?: string;
}

const page = { limit: "5" };
const unknownId = "1234567890123456789";
const unknown = (code: string): BadCall => ({
  name: "an ID that nothing has",
  params: { id: unknownId },
  status: 404,
  code,
});
const email = (): string => `${randomUUID()}@example.org`;
const inDays = (days: number): string => new Date(Date.now() + days * 86_400_000).toISOString();

async function linkId(world: World): Promise<{ id: string }> {
  return { id: (await world.newLink()).id };
}

async function newReport(world: World): Promise<string> {
  const { code } = await world.newLink();
  const body = { link: code, reason: "spam" as const };
  const from = { "x-forwarded-for": someAddress() };
  await world.platform.api()("POST /v1/reports", { body, headers: from });
  const reports = await world.admin.api("GET /v1/reports", { query: { limit: 1 } });
  return reports.body.items[0]?.id ?? "";
}

/** An address of TEST-NET-like private space, so that limits per network are not met by accident. */
export function someAddress(): string {
  const byte = (): number => Math.floor(Math.random() * 256);
  return `10.${byte()}.${byte()}.${byte()}`;
}

const linkSettings = {
  title: "A title",
  tags: ["one", "two"],
  status: 307,
  validFrom: inDays(-1),
  validUntil: inDays(1),
  maxVisits: 5,
  password: "open sesame",
  rules: [
    {
      when: {
        device: ["mobile"],
        browser: ["firefox"],
        language: ["de"],
        query: { name: "a", value: "b" },
        country: ["CH"],
        address: ["192.0.2.0/24"],
        after: inDays(-1),
        before: inDays(1),
      },
      url: "https://example.com/rule",
    },
  ],
  variants: [{ url: "https://example.com/variant", weight: 3 }],
  forwardQuery: true,
};

/** What no link may lead to; `with` places it. */
function badUrls(world: World, place: (url: string) => Omit<GoodCall, "params">): BadCall[] {
  const cases: [name: string, url: string, code: string][] = [
    ["a URL without a scheme", "example.com", "url_invalid"],
    ["a scheme that runs code", "javascript:alert(1)", "url_scheme_refused"],
    ["a URL with credentials", "https://me:secret@example.com/", "url_credentials_refused"],
    ["a URL of ours", `${world.url}/abc`, "url_loops"],
    ["a URL without a host", "https://", "url_invalid"],
  ];
  return cases.map(([name, url, code]) => ({ name, ...place(url), status: 422, code }));
}

export const calls: Readonly<Record<Key, Entry>> = {
  "GET /v1/accounts/sign-up": { good: () => ({}) },
  "POST /v1/accounts": {
    async good({ admin }) {
      const { code } = (await admin.api("POST /v1/invitations", { body: {} })).body;
      return { body: { email: email(), password, name: "Ada", invitation: code } };
    },
    bad: ({ member }) => [
      {
        name: "an address that is taken",
        body: { email: member.email.toUpperCase(), password },
        status: 409,
        code: "email_taken",
      },
    ],
  },
  "POST /v1/sessions": {
    good: ({ member }) => ({ body: { email: member.email, password } }),
    bad: ({ member }) => [
      {
        name: "a wrong password",
        body: { email: member.email, password: "wrong, but long" },
        status: 401,
        code: "credentials_wrong",
      },
      {
        name: "an unknown address",
        body: { email: email(), password },
        status: 401,
        code: "credentials_wrong",
      },
    ],
  },
  "GET /v1/sessions": { good: () => ({ query: page }) },
  "DELETE /v1/sessions": { good: () => ({}) },
  "DELETE /v1/sessions/{id}": {
    async good({ platform, member }) {
      const body = { email: member.email, password };
      const { session } = (await platform.api()("POST /v1/sessions", { body })).body;
      return { params: { id: session.id } };
    },
    owned: "session_not_found",
    bad: () => [unknown("session_not_found")],
  },
  "GET /v1/me": { good: () => ({}) },
  "PATCH /v1/me": {
    // Of an account of its own: wrong passwords are counted.
    good: async ({ platform }) => ({
      token: (await platform.person(email())).token,
      body: { name: "Bea", password, currentPassword: password },
    }),
    bad: () => [
      {
        name: "a wrong current password",
        body: { password, currentPassword: "wrong" },
        status: 401,
        code: "credentials_wrong",
      },
      {
        name: "a new password without the current one",
        body: { password },
        status: 400,
        code: "validation_failed",
      },
    ],
  },
  "POST /v1/api-keys": {
    good: () => ({ body: { name: "key", scopes: ["links:read"], expiresAt: inDays(1) } }),
    bad: () => [
      {
        name: "an expiry in the past",
        body: { name: "key", scopes: ["links:read"], expiresAt: inDays(-1) },
        status: 422,
        code: "expiry_in_past",
      },
      {
        name: "a scope twice",
        body: { name: "key", scopes: ["links:read", "links:read"] },
        status: 400,
        code: "validation_failed",
      },
    ],
  },
  "GET /v1/api-keys": { good: () => ({ query: page }) },
  "DELETE /v1/api-keys/{id}": {
    async good({ member }) {
      const body = { name: "key", scopes: ["links:read" as const] };
      return { params: { id: (await member.api("POST /v1/api-keys", { body })).body.apiKey.id } };
    },
    owned: "api_key_not_found",
    bad: () => [unknown("api_key_not_found")],
  },
  "POST /v1/invitations": { good: () => ({ body: { email: email() } }) },
  "GET /v1/invitations": { good: () => ({ query: page }) },
  "DELETE /v1/invitations/{id}": {
    async good({ admin }) {
      const made = await admin.api("POST /v1/invitations", { body: {} });
      return { params: { id: made.body.invitation.id } };
    },
    bad: () => [unknown("invitation_not_found")],
  },

  "POST /v1/links": {
    async good({ member }) {
      const domains = await member.api("GET /v1/link-domains", {});
      const domain = domains.body.items[0] ?? "";
      const slug = `s${randomUUID()}`;
      return {
        body: { url: "https://example.com/all", slug, domain, ...linkSettings, reuse: false },
      };
    },
    async bad(world) {
      const taken = await world.newLink();
      const refused = (name: string, code: string, body: object, status = 422): BadCall => ({
        name,
        body: { url: "https://example.com/", ...body },
        status,
        code,
      });
      return [
        ...badUrls(world, (url) => ({ body: { url } })),
        refused("a slug that is taken", "slug_taken", { slug: taken.code }, 409),
        refused("a reserved slug", "slug_reserved", { slug: "docs" }),
        refused("a domain that is not ours", "domain_unknown", { domain: "example.net" }),
        refused("a time that ends before it begins", "validity_empty", {
          validFrom: inDays(2),
          validUntil: inDays(1),
        }),
        refused("a range that is none", "address_range_invalid", {
          rules: [{ when: { address: ["300.0.0.0/8"] }, url: "https://example.com/" }],
        }),
        refused("a rule that leads to a script", "url_scheme_refused", {
          rules: [{ when: { device: ["ios"] }, url: "javascript:alert(1)" }],
        }),
        refused("a variant that leads to a script", "url_scheme_refused", {
          variants: [{ url: "data:text/html,x", weight: 1 }],
        }),
      ];
    },
  },
  "GET /v1/links": {
    good: () => ({ query: { ...page, search: "example", tag: "one" } }),
  },
  "POST /v1/links/bulk": {
    good: () => ({ body: { items: [{ url: `https://example.com/${randomUUID()}` }] } }),
  },
  "POST /v1/links/import": {
    good: () => ({ text: `url,title\nhttps://example.com/${randomUUID()},Title\n` }),
    bad: () => [
      { name: "no column url", text: "address\nx\n", status: 422, code: "csv_invalid" },
      {
        name: "an open quote",
        text: 'url\n"https://example.com',
        status: 422,
        code: "csv_invalid",
      },
      {
        name: "a NUL",
        text: "url\nhttps://example.com/\0\n",
        status: 400,
        code: "validation_failed",
      },
    ],
  },
  "GET /v1/links/export": { good: () => ({}) },
  "GET /v1/links/{id}": {
    good: async (world) => ({ params: await linkId(world) }),
    owned: "link_not_found",
    bad: () => [unknown("link_not_found")],
  },
  "PATCH /v1/links/{id}": {
    good: async (world) => ({
      params: await linkId(world),
      body: { url: "https://example.com/changed", ...linkSettings },
    }),
    owned: "link_not_found",
    async bad(world) {
      const params = await linkId(world);
      return [
        { ...unknown("link_not_found"), body: { title: "x" } },
        ...badUrls(world, (url) => ({ body: { url } })).map((call) => ({ ...call, params })),
        { name: "nothing", params, body: {}, status: 400, code: "validation_failed" },
      ];
    },
  },
  "DELETE /v1/links/{id}": {
    good: async (world) => ({ params: await linkId(world) }),
    owned: "link_not_found",
    bad: () => [unknown("link_not_found")],
  },
  "GET /v1/links/{id}/clicks": {
    good: async (world) => ({
      params: await linkId(world),
      query: { by: "day", from: inDays(-2), to: inDays(0), limit: "10" },
    }),
    owned: "link_not_found",
    async bad(world) {
      const params = await linkId(world);
      const range = (name: string, from: string, to: string): BadCall => ({
        name,
        params,
        query: { by: "hour", from, to },
        status: 422,
        code: "range_invalid",
      });
      return [
        unknown("link_not_found"),
        range("a range that ends before it begins", inDays(1), inDays(0)),
        range("a range without end", "1970-01-01T00:00:00Z", "9999-12-31T00:00:00Z"),
      ];
    },
  },
  "GET /v1/links/{id}/qr": {
    good: async (world) => ({ params: await linkId(world), query: { format: "png", size: "100" } }),
    owned: "link_not_found",
    bad: () => [unknown("link_not_found")],
  },
  "GET /v1/link-domains": { good: () => ({}) },
  "POST /v1/reports": {
    async good(world) {
      const { code } = await world.newLink();
      return { body: { link: code, reason: "spam", comment: "Look at this" } };
    },
    bad: () => [
      {
        name: "a link that is not ours",
        body: { link: "https://example.net/abc", reason: "spam" },
        status: 404,
        code: "link_not_found",
      },
      {
        name: "a link that is no URL",
        body: { link: "//[", reason: "spam" },
        status: 404,
        code: "link_not_found",
      },
    ],
  },
  "GET /v1/reports": { good: () => ({ query: { ...page, state: "open" } }) },
  "PATCH /v1/reports/{id}": {
    good: async (world) => ({
      params: { id: await newReport(world) },
      body: { state: "dismissed" },
    }),
    bad: () => [{ ...unknown("report_not_found"), body: { state: "banned" } }],
  },
  "PUT /v1/links/{id}/ban": {
    good: async (world) => ({ params: await linkId(world), body: { reason: "spam" } }),
    bad: () => [{ ...unknown("link_not_found"), body: {} }],
  },
  "DELETE /v1/links/{id}/ban": {
    good: async (world) => ({ params: await linkId(world) }),
    bad: () => [unknown("link_not_found")],
  },
  "GET /v1/banned-hosts": { good: () => ({ query: page }) },
  "PUT /v1/banned-hosts/{host}": {
    good: () => ({ params: { host: `${randomUUID()}.example` }, body: { reason: "spam" } }),
    bad: () => [
      { name: "no host", params: { host: "a b" }, body: {}, status: 422, code: "host_invalid" },
      {
        name: "our own",
        params: { host: "127.0.0.1" },
        body: {},
        status: 422,
        code: "host_invalid",
      },
    ],
  },
  "DELETE /v1/banned-hosts/{host}": {
    async good({ admin }) {
      const host = `${randomUUID()}.example`;
      await admin.api("PUT /v1/banned-hosts/{host}", { params: { host }, body: {} });
      return { params: { host } };
    },
    bad: () => [
      { name: "a host", params: { host: "free.example" }, status: 404, code: "host_not_banned" },
    ],
  },

  "GET /{code}": {
    good: async (world) => ({ params: { code: (await world.newLink()).code } }),
    bad: () => [notFound({ code: "nothing" }), notFound({ code: "nothing+" })],
  },
  "HEAD /{code}": { good: async (world) => ({ params: { code: (await world.newLink()).code } }) },
  "POST /{code}": {
    async good({ member }) {
      const body = { url: "https://example.com/locked", password: "open sesame", reuse: false };
      const { code } = (await member.api("POST /v1/links", { body })).body;
      return { params: { code }, text: "password=open+sesame" };
    },
    async bad({ member }) {
      const body = { url: "https://example.com/locked", password: "open sesame", reuse: false };
      const { code } = (await member.api("POST /v1/links", { body })).body;
      const wrong = { params: { code }, status: 403, code: "password_wrong" };
      return [
        { ...notFound({ code: "nothing" }), text: "password=x" },
        { ...wrong, name: "a wrong password", text: "password=wrong" },
        { ...wrong, name: "no password", text: "other=1" },
      ];
    },
  },

  "GET /v1/platform/status": { good: () => ({}) },
  "POST /v1/platform/jobs/{queue}/redrive": {
    good: () => ({ params: { queue: "accounts.purge-ended" } }),
    bad: () => [
      { name: "a queue", params: { queue: "none" }, status: 404, code: "job_queue_unknown" },
    ],
  },
};

function notFound(params: { code: string }): BadCall {
  return { name: `the code ${params.code}`, params, status: 404, code: "link_not_found" };
}
