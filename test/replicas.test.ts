/** Two processes on one Postgres and one Redis, behind a balancer that knows nothing. */
import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { ApiProblem, createClient } from "@tenfold/client";
import { createTestDatabase, type TestDatabase } from "@tenfold/sql/testing";
import { startRedis, type TestRedis } from "@tenfold/state/testing";
import { makePerson, password, type Api, type Reachable } from "./support/app.ts";
import { runCli, type Ran } from "./support/cli.ts";
import { startProcess, type PlatformProcess } from "./support/process.ts";
import { startRoundRobin, type RoundRobin } from "./support/round-robin.ts";
import { follow, scenarioTests } from "./support/scenarios.ts";
import { untilEqual } from "./support/until.ts";

interface Scene {
  database: TestDatabase;
  redis: TestRedis;
  proxy: RoundRobin;
  one: PlatformProcess;
  other: PlatformProcess;
  /** Both, through the balancer. */
  platform: Reachable;
  /** A process without Redis, which must not start beside them. */
  refused: Promise<Ran>;
}

let scene: Scene;

before(async () => {
  const [database, redis, proxy] = await Promise.all([
    createTestDatabase(),
    startRedis(),
    startRoundRobin(),
  ]);
  const settings = {
    DATABASE_URL: database.connectionString,
    REDIS_URL: redis.url,
    DATABASE_POOL: "8",
    TENFOLD_PUBLIC_URL: proxy.url,
    TENFOLD_TRUSTED_PROXIES: "127.0.0.1",
  };
  // At once: migrations and the first start must bear it.
  const [one, other] = await Promise.all([startProcess(settings), startProcess(settings)]);
  proxy.setTargets([one.url, other.url]);
  // It waits for leases to end before it gives up: meanwhile the other tests run.
  const refused = runCli(["up", "--role", "worker"], {
    env: { DATABASE_URL: database.connectionString },
  });
  const api = (token?: string): Api =>
    createClient({ baseUrl: proxy.url, ...(token === undefined ? {} : { token }) });
  const platform = { url: proxy.url, api, person: (email: string) => makePerson(api, email) };
  scene = { database, redis, proxy, one, other, platform, refused };
});

after(async () => {
  const { one, other, proxy, redis, database, refused } = scene;
  await Promise.all([one.end("SIGKILL"), other.end("SIGKILL"), refused]);
  await proxy[Symbol.asyncDispose]();
  await redis.stop();
  await database[Symbol.asyncDispose]();
});

scenarioTests(() => scene.platform);

/** The administrator that the scenarios made, on each process. */
async function administrators(): Promise<{ here: Api; there: Api; token: string }> {
  const { one, other } = scene;
  const body = { email: "ada@example.org", password };
  const { token } = (await one.api()("POST /v1/sessions", { body })).body;
  return { here: one.api(token), there: other.api(token), token };
}

/** A new link that both processes have in memory. */
async function knownLink(here: Api): Promise<{ id: string; code: string }> {
  const body = { url: "https://example.com/old", reuse: false };
  const { id, code } = (await here("POST /v1/links", { body })).body;
  for (const { url } of [scene.one, scene.other]) {
    for (let time = 0; time < 3; time += 1) {
      assert.equal((await follow(`${url}/${code}`)).status, 302);
    }
  }
  return { id, code };
}

const statusThere = async (code: string): Promise<number> =>
  (await follow(`${scene.other.url}/${code}`)).status;

test("an edit, a ban, its end and a delete are obeyed by the other process within a second", async (t) => {
  const { here } = await administrators();
  const { id, code } = await knownLink(here);
  const params = { id };
  const took: Record<string, number> = {};

  await here("PATCH /v1/links/{id}", { params, body: { url: "https://example.com/new" } });
  const target = async (): Promise<string | null> =>
    (await follow(`${scene.other.url}/${code}`)).headers.get("location");
  took["edit"] = await untilEqual(target, "https://example.com/new");

  await here("PUT /v1/links/{id}/ban", { params, body: {} });
  took["ban"] = await untilEqual(() => statusThere(code), 451);
  await here("DELETE /v1/links/{id}/ban", { params });
  took["unban"] = await untilEqual(() => statusThere(code), 302);
  await here("DELETE /v1/links/{id}", { params });
  took["delete"] = await untilEqual(() => statusThere(code), 404);

  t.diagnostic(JSON.stringify(took));
  for (const [what, ms] of Object.entries(took)) assert.ok(ms <= 1_000, `${what}: ${ms} ms`);
});

test("a banned host is banned on the other process too", async () => {
  const { here, there } = await administrators();
  const body = { url: "https://evil.example/", reuse: false };
  const { code } = (await there("POST /v1/links", { body })).body;
  assert.equal(await statusThere(code), 302);
  await here("PUT /v1/banned-hosts/{host}", { params: { host: "evil.example" }, body: {} });
  await untilEqual(() => statusThere(code), 451);
  const outcome = (): Promise<number | string> => outcomeOf(there("POST /v1/links", { body }));
  await untilEqual(outcome, "url_blocked");
});

/** A status, or the code of a problem. */
function outcomeOf(call: Promise<{ status: number }>): Promise<number | string> {
  return call.then(
    ({ status }) => status,
    (error: unknown) => (error instanceof ApiProblem ? error.code : String(error)),
  );
}

test("whoever signs out on one process is signed out on the other within a second", async () => {
  const { here, there } = await administrators();
  assert.equal((await there("GET /v1/me", {})).status, 200);
  await here("DELETE /v1/sessions/{id}", { params: { id: "current" } });
  const tookMs = await untilEqual(() => outcomeOf(there("GET /v1/me", {})), "credentials_invalid");
  assert.ok(tookMs <= 1_000, `${tookMs} ms`);
});

test("maxVisits holds exactly over both processes at once", async () => {
  const { here } = await administrators();
  const body = { url: "https://example.com/limited", maxVisits: 25, reuse: false };
  const { code } = (await here("POST /v1/links", { body })).body;
  const answers = await Promise.all(
    Array.from({ length: 120 }, () => follow(`${scene.proxy.url}/${code}`)),
  );
  const statuses = answers.map(({ status }) => status);
  assert.equal(statuses.filter((status) => status === 302).length, 25);
  assert.equal(statuses.filter((status) => status === 410).length, 95);
});

for (const how of ["does not answer", "is gone"] as const) {
  test(`when Redis ${how} requests succeed, a ban is obeyed within 5 s, and it recovers`, async (t) => {
    const { redis, one, other, platform } = scene;
    const { here } = await administrators();
    const { id, code } = await knownLink(here);
    if (how === "is gone") await redis.kill();
    else redis.pause();

    const person = await platform.person(`${how.replaceAll(" ", "-")}@example.org`);
    const made = await person.api("POST /v1/links", {
      body: { url: "https://example.com/without" },
    });
    for (const { url } of [one, other]) {
      assert.equal((await follow(`${url}/${made.body.code}`)).status, 302);
      assert.equal((await fetch(`${url}/readyz`)).status, 200);
    }
    await here("PUT /v1/links/{id}/ban", { params: { id }, body: {} });
    const tookMs = await untilEqual(() => statusThere(code), 451);
    t.diagnostic(`the ban took ${Math.round(tookMs)} ms`);
    assert.ok(tookMs <= 5_000, `${tookMs} ms`);

    if (how === "is gone") await redis.restart();
    else redis.resume();
    for (const each of [one, other]) await untilEqual(() => redisIsWell(each), true);
    const again = await knownLink(here);
    await here("PUT /v1/links/{id}/ban", { params: { id: again.id }, body: {} });
    const recoveredMs = await untilEqual(() => statusThere(again.code), 451);
    assert.ok(recoveredMs <= 1_000, `${recoveredMs} ms`);
  });
}

async function redisIsWell(process: PlatformProcess): Promise<boolean> {
  const { token } = await administrators();
  const { checks } = (await process.api(token)("GET /v1/platform/status", {})).body;
  return checks.some(({ name, ok }) => name === "redis" && ok);
}

test("a process without Redis is refused beside them, with what to do", async () => {
  const { code, err } = await scene.refused;
  assert.notEqual(code, 0);
  assert.match(err, /Another process serves this database/);
  assert.match(err, /same REDIS_URL/);
});

test("when one process is killed the other goes on", async () => {
  const { one, other } = scene;
  const { there } = await administrators();
  await one.end("SIGKILL");
  const made = await there("POST /v1/links", { body: { url: "https://example.com/after" } });
  assert.equal(made.status, 201);
  assert.equal((await follow(`${other.url}/${made.body.code}`)).status, 302);
  assert.equal((await fetch(`${other.url}/readyz`)).status, 200);
});
