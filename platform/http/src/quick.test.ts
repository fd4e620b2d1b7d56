import assert from "node:assert/strict";
import { test } from "node:test";
import type { BoundRoutes, QuickRoute } from "./http.ts";
import type { Admission, RequestLimiter } from "./limits.ts";
import type { HttpOptions } from "./options.ts";
import { boundThings, problemIn, sendRaw, startTestServer } from "./test-server.ts";

/** Knows one code, `known`, and notes what it answered. */
function quickThings() {
  const answered: string[] = [];
  const quick: QuickRoute<{ to: string }> = {
    key: "GET /{code}",
    find: ({ segment }) =>
      segment === "known" || segment === "docs" ? { to: "https://quick.test" } : undefined,
    answer(call, { to }) {
      const { host, address } = call;
      answered.push(`${host.split(":")[0]} ${address} ${call.header("user-agent") ?? "-"}`);
      return { status: 302, headers: { location: to } };
    },
  };
  const bound: BoundRoutes = { ...boundThings(), quick };
  return { bound, answered };
}

async function start(given: { limiter?: RequestLimiter; options?: Partial<HttpOptions> } = {}) {
  const { bound, answered } = quickThings();
  const deps = given.limiter === undefined ? {} : { limiter: given.limiter };
  const server = await startTestServer({
    deps,
    bound,
    ...(given.options === undefined ? {} : { options: given.options }),
  });
  return { server, answered };
}

test("a plain path that is found is answered quickly, counted under its route", async () => {
  const { server, answered } = await start();
  await using running = server;
  const response = await running.get("/known", { headers: { "user-agent": "tester" } });
  assert.equal(response.status, 302);
  assert.equal(response.headers.get("location"), "https://quick.test");
  assert.match(response.headers.get("x-request-id") ?? "", /./);
  assert.deepEqual(answered, ["127.0.0.1 127.0.0.1 tester"]);
  const counted = running.server.routeCounts().find(({ route }) => route === "GET /{code}");
  assert.equal(counted?.requests[302], 1);
});

test("whatever is not plain, not found, or somebody else's goes the long way", async () => {
  const { server, answered } = await start();
  await using running = server;
  for (const path of ["/other", "/known?a=1", "/kn%6fwn", "/docs", "/livez"]) {
    await running.get(path);
  }
  await running.get("/known", { method: "HEAD" });
  await sendRaw(running.server.url, {
    path: "/known",
    method: "GET",
    headers: { "content-length": "0" },
  });
  assert.deepEqual(answered, []);
});

test("behind a trusted proxy everything goes the long way", async () => {
  const { server, answered } = await start({ options: { trustedProxies: ["127.0.0.1"] } });
  await using running = server;
  await running.get("/known");
  assert.deepEqual(answered, []);
});

for (const later of [false, true]) {
  test(`the limiter is asked once, also when it refuses ${later ? "by promise" : "at once"}`, async () => {
    let asked = 0;
    const decide = (): Admission => ({
      allowed: (asked += 1) <= 1,
      retryAfterSeconds: 3,
      detail: "Used up.",
      addFields: () => undefined,
    });
    const { server, answered } = await start({
      limiter: {
        admit: () => (later ? Promise.resolve(decide()) : decide()),
        mayTryCredentials: () => undefined,
        noteBadCredentials: () => undefined,
      },
    });
    await using running = server;
    assert.equal((await running.get("/known")).status, 302);
    const refused = await running.get("/known");
    assert.equal(refused.status, 429);
    assert.equal((await problemIn(refused)).code, "rate_limited");
    assert.equal(asked, 2);
    assert.equal(answered.length, later ? 0 : 1);
  });
}
