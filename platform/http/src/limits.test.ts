import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { createSeededRandom, silentLog, systemClock } from "@tenfold/core";
import type { Admission, LimitedRequest, RequestLimiter } from "./limits.ts";
import { createHttpServer } from "./server.ts";
import { problemIn, sendRaw, startTestServer } from "./test-server.ts";

interface Seen {
  route: string;
  address: string;
  account: string | undefined;
  key: string | undefined;
}

/** Allows so many requests in all; notes what it was asked. */
function countingLimiter(most: number, { later = false } = {}) {
  const seen: Seen[] = [];
  const bad: string[] = [];
  let settled = 0;
  const decide = (): Admission => {
    const left = most - seen.length;
    return {
      allowed: left >= 0,
      retryAfterSeconds: 7,
      detail: "The limit is used up.",
      addFields: (headers) => {
        headers["ratelimit"] = `"all";r=${Math.max(0, left)}`;
        headers["ratelimit-policy"] = '"all";q=3';
      },
      settle: () => (settled += 1),
    };
  };
  const limiter: RequestLimiter = {
    admit({ route, address, principal }: LimitedRequest) {
      const account = principal?.accountId;
      const key = principal?.via === "key" ? principal.credentialId : undefined;
      seen.push({ route, address, account, key });
      return later ? Promise.resolve(decide()) : decide();
    },
    mayTryCredentials: (address) =>
      bad.length < 2
        ? undefined
        : { allowed: false, retryAfterSeconds: 60, detail: address, addFields: () => undefined },
    noteBadCredentials: (address) => void bad.push(address),
  };
  return { limiter, seen, bad, settled: () => settled };
}

for (const later of [false, true]) {
  const how = later ? "by promise" : "at once";

  test(`answering ${how}, it limits every route, and a refusal says when to come back`, async () => {
    const { limiter, seen } = countingLimiter(2, { later });
    await using server = await startTestServer({ deps: { limiter } });
    const first = await server.get("/v1/things/7");
    assert.equal(first.status, 200);
    assert.equal(first.headers.get("ratelimit"), '"all";r=1');
    assert.equal(first.headers.get("ratelimit-policy"), '"all";q=3');
    await server.post("/v1/things", '{"url":"https://a.test"}');
    const refused = await server.get("/v1/who/session", {
      headers: { authorization: "Bearer member" },
    });
    assert.equal(refused.status, 429);
    assert.equal(refused.headers.get("retry-after"), "7");
    assert.equal(refused.headers.get("ratelimit"), '"all";r=0');
    assert.equal((await problemIn(refused)).code, "rate_limited");
    assert.deepEqual(
      seen.map(({ route, account }) => `${route} ${account ?? "-"}`),
      ["GET /v1/things/{id} -", "POST /v1/things -", "GET /v1/who/session 1"],
    );
  });

  test(`answering ${how}, a refused request's body is not waited for`, async () => {
    const { limiter } = countingLimiter(0, { later });
    await using server = await startTestServer({ deps: { limiter } });
    const { response, text } = await sendRaw(server.server.url, {
      path: "/v1/things",
      method: "POST",
      headers: { "content-type": "application/json", "content-length": "2" },
    });
    assert.equal(response.statusCode, 429);
    assert.match(text, /rate_limited/);
  });
}

test("an API key is told from a session", async () => {
  const { limiter, seen } = countingLimiter(9);
  await using server = await startTestServer({ deps: { limiter } });
  await server.get("/v1/who/scope", { headers: { authorization: "Bearer reader" } });
  assert.deepEqual(seen[0], {
    route: "GET /v1/who/scope",
    address: "127.0.0.1",
    account: "1",
    key: "11",
  });
});

test("bad credentials are charged to their address, and refused unread once used up", async () => {
  const { limiter, seen, bad } = countingLimiter(9);
  await using server = await startTestServer({ deps: { limiter } });
  const attempt = () =>
    server.get("/v1/who/session", { headers: { authorization: "Bearer nobody" } });
  const first = await attempt();
  assert.equal(first.status, 401);
  assert.equal(first.headers.get("ratelimit"), '"all";r=8');
  assert.equal((await attempt()).status, 401);
  const third = await attempt();
  assert.equal(third.status, 429);
  assert.equal(third.headers.get("retry-after"), "60");
  assert.equal(bad.length, 2);
  assert.deepEqual(
    seen.map(({ account }) => account),
    [undefined, undefined],
  );
  // Who brings none is not held up by those who do.
  assert.equal((await server.get("/v1/who/optional")).status, 200);
});

test("a redirect carries the fields only when it is refused", async () => {
  const { limiter } = countingLimiter(1);
  await using server = await startTestServer({ deps: { limiter } });
  const followed = await server.get("/abc");
  assert.equal(followed.status, 302);
  assert.equal(followed.headers.get("ratelimit"), null);
  const refused = await server.get("/abc");
  assert.equal(refused.status, 429);
  assert.equal(refused.headers.get("ratelimit"), '"all";r=0');
});

test("what matches no route is limited too, also where only the method is wrong", async () => {
  const { limiter, seen } = countingLimiter(2);
  await using server = await startTestServer({ deps: { limiter } });
  const missing = await server.get("/no/such/page");
  assert.equal(missing.status, 404);
  assert.equal(missing.headers.get("ratelimit"), '"all";r=1');
  assert.equal((await server.get("/v1/csv")).status, 405);
  const refused = await server.post("/no/such/page", "{}");
  assert.equal(refused.status, 429);
  assert.equal((await problemIn(refused)).code, "rate_limited");
  assert.deepEqual(
    seen.map(({ route }) => route),
    ["(no route)", "(no route)", "(no route)"],
  );
});

test("the files of a web app are limited, and carry no fields", async () => {
  const folder = await mkdtemp(join(tmpdir(), "tenfold-http-"));
  await writeFile(join(folder, "index.html"), "<p>app</p>");
  const { limiter, seen } = countingLimiter(2);
  await using server = createHttpServer(
    { log: silentLog, clock: systemClock, random: createSeededRandom(1) },
    { port: 0 },
  );
  server.setLimiter(limiter);
  server.serveFolder("/app", folder);
  await server.start();
  const first = await fetch(`${server.url}/app`);
  assert.deepEqual([first.status, await first.text()], [200, "<p>app</p>"]);
  assert.equal(first.headers.get("ratelimit"), null);
  assert.equal((await fetch(`${server.url}/app/links`)).status, 200);
  assert.equal((await fetch(`${server.url}/app/index.html`)).status, 429);
  assert.deepEqual(new Set(seen.map(({ route }) => route)), new Set(["GET /app/*"]));
  await rm(folder, { recursive: true, force: true });
});

test("health and metrics are never limited, and every other route documents the refusal", async () => {
  const { limiter, seen } = countingLimiter(0);
  await using server = await startTestServer({ deps: { limiter } });
  for (const path of ["/livez", "/readyz", "/metrics"]) {
    assert.equal((await server.get(path)).status, 200, path);
  }
  assert.equal(seen.length, 0);
  const { paths } = server.server.openapi();
  for (const [path, methods] of Object.entries(paths)) {
    for (const [method, operation] of Object.entries(methods)) {
      const documented = JSON.stringify(operation).includes("rate_limited");
      const exempt = ["/livez", "/readyz", "/metrics"].includes(path);
      assert.equal(documented, !exempt, `${method} ${path}`);
    }
  }
});

test("what is held for a request is given back when its answer is out", async () => {
  const { limiter, settled } = countingLimiter(9);
  await using server = await startTestServer({ deps: { limiter } });
  await (await server.get("/v1/things/7")).text();
  while (settled() === 0) await new Promise(setImmediate);
  assert.equal(settled(), 1);
});
