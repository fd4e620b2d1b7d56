/** Good and bad calls of the URL shortener. */
import { randomUUID } from "node:crypto";
import type { linkRoutes, redirectRoutes } from "@tenfold/url-shortener/contract";
import {
  inDays,
  page,
  someAddress,
  someSlug,
  unknown,
  type BadCall,
  type Entry,
  type GoodCall,
} from "./entry.ts";
import type { World } from "./world.ts";

type Key = keyof typeof linkRoutes | keyof typeof redirectRoutes;

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

export const linkCalls: Readonly<Record<Key, Entry>> = {
  "POST /v1/links": {
    async good({ member }) {
      const domains = await member.api("GET /v1/link-domains", {});
      const domain = domains.body.items[0] ?? "";
      const slug = someSlug();
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
};

function notFound(params: { code: string }): BadCall {
  return { name: `the code ${params.code}`, params, status: 404, code: "link_not_found" };
}
