/** What people do with the platform, as tests that any number of its processes must pass. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { ApiProblem } from "@tenfold/client";
import { password, type Api, type Reachable } from "./app.ts";
import { untilEqual } from "./until.ts";

export const firefox = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0";

/** Follows one step, as a browser. */
export function follow(url: string, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(url, { redirect: "manual", headers: { "user-agent": firefox, ...headers } });
}

/** Declares the tests; `platform` is asked for within them. The first account must not be made yet. */
export function scenarioTests(platform: () => Reachable): void {
  test("a stranger signs up, shortens a URL, follows it and sees the click", async () => {
    const { api } = await platform().person("ada@example.org");
    const me = await api("GET /v1/me", {});
    assert.equal(me.body.role, "admin");

    const made = await api("POST /v1/links", { body: { url: "https://example.com/a?b=c" } });
    assert.equal(made.status, 201);
    const { id, code, shortUrl } = made.body;
    assert.match(code, /^[0-9A-Za-z]{7}$/);

    const answer = await follow(shortUrl);
    assert.equal(answer.status, 302);
    assert.equal(answer.headers.get("location"), "https://example.com/a?b=c");

    const clicks = async (): Promise<number> => (await getLink(api, id)).clicks.human;
    await untilEqual(clicks, 1);
    const by = { params: { id }, query: { by: "browser" as const } };
    const series = await api("GET /v1/links/{id}/clicks", by);
    assert.deepEqual(
      series.body.items.map(({ key }) => key.toLowerCase()),
      ["firefox"],
    );
  });

  test("the same URL shortened again by the same owner is the same link", async () => {
    const { api } = await platform().person("bea@example.org");
    const first = await api("POST /v1/links", { body: { url: "https://example.com/same" } });
    const second = await api("POST /v1/links", { body: { url: "https://example.com/same" } });
    assert.deepEqual([first.status, second.status], [201, 200]);
    assert.equal(second.body.id, first.body.id);
  });

  test("a link is changed, found, listed page by page and deleted", async () => {
    const { api } = await platform().person("cyd@example.org");
    const urls = [1, 2, 3, 4, 5].map((number) => `https://example.com/page/${number}`);
    for (const url of urls) await api("POST /v1/links", { body: { url, tags: ["five"] } });

    const seen: string[] = [];
    let cursor: string | null | undefined;
    while (cursor !== null) {
      const query = { limit: 2, tag: "five", ...(cursor === undefined ? {} : { cursor }) };
      const page = await api("GET /v1/links", { query });
      seen.push(...page.body.items.map(({ url }) => url));
      cursor = page.body.nextCursor;
    }
    assert.deepEqual(seen, urls.toReversed());

    const found = await api("GET /v1/links", { query: { search: "page/3" } });
    const { id = "", shortUrl = "" } = found.body.items[0] ?? {};
    const params = { id };
    await api("PATCH /v1/links/{id}", { params, body: { url: "https://example.com/new" } });
    const target = async (): Promise<string | null> =>
      (await follow(shortUrl)).headers.get("location");
    await untilEqual(target, "https://example.com/new");

    await api("DELETE /v1/links/{id}", { params });
    await untilEqual(async () => (await follow(shortUrl)).status, 404);
    await assert.rejects(getLink(api, id), isProblem("link_not_found"));
  });

  test("a link with a password opens for whoever knows it", async () => {
    const { api } = await platform().person("dan@example.org");
    const body = { url: "https://example.com/secret", password: "open sesame" };
    const { shortUrl } = (await api("POST /v1/links", { body })).body;
    const asked = await follow(shortUrl, { accept: "text/html" });
    assert.equal(asked.status, 200);
    assert.match(await asked.text(), /<form/);

    const opened = await fetch(shortUrl, {
      method: "POST",
      redirect: "manual",
      body: new URLSearchParams({ password: "open sesame" }),
    });
    assert.equal(opened.status, 303);
    const cookie = opened.headers.get("set-cookie")?.split(";")[0] ?? "";
    const through = await follow(shortUrl, { cookie });
    assert.equal(through.headers.get("location"), "https://example.com/secret");
  });

  test("a link for three visits opens three times", async () => {
    const { api } = await platform().person("eli@example.org");
    const body = { url: "https://example.com/three", maxVisits: 3 };
    const { shortUrl } = (await api("POST /v1/links", { body })).body;
    const answers = await Promise.all(Array.from({ length: 12 }, () => follow(shortUrl)));
    const statuses = answers.map(({ status }) => status).toSorted((a, b) => a - b);
    assert.deepEqual(statuses, [302, 302, 302, ...Array.from({ length: 9 }, () => 410)]);
  });

  test("a reported link is banned by an administrator and leads nowhere", async () => {
    const owner = await platform().person("flo@example.org");
    const admin = await signIn("ada@example.org");
    const body = { url: "https://example.com/bad" };
    const { code, shortUrl } = (await owner.api("POST /v1/links", { body })).body;
    const report = { link: code, reason: "phishing" as const };
    await platform().api()("POST /v1/reports", { body: report });

    const open = await admin("GET /v1/reports", { query: { state: "open" } });
    const { id = "" } = open.body.items.find((item) => item.code === code) ?? {};
    await admin("PATCH /v1/reports/{id}", { params: { id }, body: { state: "banned" } });
    await untilEqual(async () => (await follow(shortUrl)).status, 451);
  });

  test("an API key does what its scopes say, until it is revoked", async () => {
    const { api } = await platform().person("gus@example.org");
    const body = { name: "reader", scopes: ["links:read" as const] };
    const { key, apiKey } = (await api("POST /v1/api-keys", { body })).body;
    const keyed = platform().api(key);
    assert.equal((await keyed("GET /v1/links", {})).status, 200);
    const write = keyed("POST /v1/links", { body: { url: "https://example.com/" } });
    await assert.rejects(write, isProblem("scope_missing"));

    await api("DELETE /v1/api-keys/{id}", { params: { id: apiKey.id } });
    const outcome = (): Promise<number | string> =>
      keyed("GET /v1/links", {}).then(
        ({ status }) => status,
        (error: unknown) => (error instanceof ApiProblem ? error.code : String(error)),
      );
    await untilEqual(outcome, "credentials_invalid");
  });

  test("a create sent twice with one Idempotency-Key is done once", async () => {
    const { api } = await platform().person("hal@example.org");
    const call = {
      body: { url: "https://example.com/once", reuse: false },
      idempotencyKey: "once",
    };
    const answers = await Promise.all([1, 2, 3, 4].map(() => api("POST /v1/links", call)));
    assert.equal(new Set(answers.map(({ body }) => body.id)).size, 1);
    assert.equal((await api("GET /v1/links", {})).body.items.length, 1);
  });

  test("everything that is documented is described in OpenAPI", async () => {
    const document: unknown = await (await fetch(`${platform().url}/openapi.json`)).json();
    const text = JSON.stringify(document);
    for (const path of ["/v1/links", "/v1/sessions", "/v1/platform/status"]) {
      assert.ok(text.includes(`"${path}"`), path);
    }
    const docs = await fetch(`${platform().url}/docs`);
    assert.equal(docs.status, 200);
  });

  const signIn = async (email: string): Promise<Api> => {
    const { body } = await platform().api()("POST /v1/sessions", { body: { email, password } });
    return platform().api(body.token);
  };
}

async function getLink(api: Api, id: string) {
  return (await api("GET /v1/links/{id}", { params: { id } })).body;
}

/** For `assert.rejects`. */
export function isProblem(code: string): (error: unknown) => boolean {
  return (error) => error instanceof ApiProblem && error.code === code;
}
