/** The whole platform as a person meets it: sign up, shorten, follow, look at the clicks. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { startTestApp, type TestApp } from "./support/app.ts";

let platform: TestApp;
before(async () => {
  platform = await startTestApp();
});
after(() => platform[Symbol.asyncDispose]());

test("a stranger signs up, shortens a URL, follows it and sees the click", async () => {
  const { api } = await platform.person("ada@example.org");
  const me = await api("GET /v1/me", {});
  assert.equal(me.body.role, "admin");

  const made = await api("POST /v1/links", { body: { url: "https://example.com/a?b=c" } });
  assert.equal(made.status, 201);
  const { id, code, shortUrl } = made.body;
  assert.match(code, /^[0-9A-Za-z]{7}$/);

  const answer = await fetch(shortUrl, {
    redirect: "manual",
    headers: { "user-agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0" },
  });
  assert.equal(answer.status, 302);
  assert.equal(answer.headers.get("location"), "https://example.com/a?b=c");

  await untilEqual(async () => (await api("GET /v1/links/{id}", { params: { id } })).body.clicks.human, 1);
  const series = await api("GET /v1/links/{id}/clicks", { params: { id }, query: { by: "browser" } });
  assert.deepEqual(series.body.items.map(({ key }) => key.toLowerCase()), ["firefox"]);
});

test("the same URL shortened again by the same owner is the same link", async () => {
  const { api } = await platform.person("bea@example.org");
  const first = await api("POST /v1/links", { body: { url: "https://example.com/same" } });
  const second = await api("POST /v1/links", { body: { url: "https://example.com/same" } });
  assert.deepEqual([first.status, second.status], [201, 200]);
  assert.equal(second.body.id, first.body.id);
});

test("everything that is documented is described in OpenAPI", async () => {
  const document: unknown = await (await fetch(`${platform.url}/openapi.json`)).json();
  const text = JSON.stringify(document);
  for (const path of ["/v1/links", "/v1/sessions", "/v1/platform/status"]) assert.ok(text.includes(`"${path}"`), path);
  const docs = await fetch(`${platform.url}/docs`);
  assert.equal(docs.status, 200);
});

/** Clicks are counted within the flush window. */
async function untilEqual<Value>(read: () => Promise<Value>, expected: Value): Promise<void> {
  for (let tries = 0; tries < 100; tries++) {
    if ((await read()) === expected) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  assert.equal(await read(), expected);
}
