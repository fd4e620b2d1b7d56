/** Rate limits of two processes that share a Redis, which then freezes and comes back. */
import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { createTestDatabase, type TestDatabase } from "@tenfold/sql/testing";
import { startRedis, type TestRedis } from "@tenfold/state/testing";
import { startTestApp, type Person, type TestApp } from "./support/app.ts";
import { untilEqual } from "./support/until.ts";

const rules = `
rules:
  - name: create/link
    match: { route: POST /v1/links }
    per: account
    limit: 6 per hour
  - name: redirect
    match: { route: ["GET /{code}", "HEAD /{code}"] }
    per: address
    limit: 100000 per minute
`;

let folder: string;
let redis: TestRedis;
let database: TestDatabase;
let replicas: readonly TestApp[] = [];
let people: readonly Person[] = [];

before(async () => {
  folder = await mkdtemp(join(tmpdir(), "tenfold-limits-"));
  await writeFile(join(folder, "limits.yaml"), rules);
  redis = await startRedis();
  database = await createTestDatabase();
  const settings = {
    DATABASE_URL: database.connectionString,
    REDIS_URL: redis.url,
    TENFOLD_RATE_LIMITS: join(folder, "limits.yaml"),
  };
  const first = await startTestApp({ settings });
  replicas = [first, await startTestApp({ settings })];
  // One after the other: the first is the administrator.
  people = [await first.person("ada@example.org"), await first.person("bea@example.org")];
});
after(async () => {
  for (const replica of replicas) await replica[Symbol.asyncDispose]();
  await redis.stop();
  await database[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

let made = 0;
async function makeLink(app: TestApp | undefined, person: Person | undefined): Promise<Response> {
  const response = await fetch(`${app?.url}/v1/links`, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${person?.token}` },
    body: JSON.stringify({ url: `https://example.com/${++made}` }),
  });
  await response.arrayBuffer();
  return response;
}

const granted = "201 201 201 201 201 201 429 429";
let newcomers = 0;

/** Answers to eight creates of somebody new, by one process after the other. */
async function spread(...apps: (TestApp | undefined)[]): Promise<string> {
  const person = await apps[0]?.person(`new-${++newcomers}@example.org`);
  const statuses: number[] = [];
  for (let call = 0; call < 8; call += 1) {
    const response = await makeLink(apps[call % apps.length], person);
    // Its address, its account, and its creates.
    assert.equal(response.headers.get("ratelimit")?.split(", ").length, 3);
    statuses.push(response.status);
  }
  return statuses.join(" ");
}

test("two processes keep to one limit between them", async () => {
  assert.equal(await spread(...replicas), granted);
});

test("an edit in one process holds in the other", async () => {
  const [, other] = replicas;
  const admin = people[0];
  const params = { name: "create/link" };
  await admin?.api("PUT /v1/limits/{name}/edit", { params, body: { limit: 7 } });
  const limitThere = async (): Promise<number | undefined> => {
    const { body } = await (other ?? assert.fail()).api(admin?.token)("GET /v1/limits", {});
    return body.items.find(({ name }) => name === "create/link")?.policy.limit;
  };
  await untilEqual(limitThere, 7);
  await admin?.api("DELETE /v1/limits/{name}/edit", { params });
  await untilEqual(limitThere, 6);
});

test("with Redis frozen, each process goes on with its share, and nobody waits for Redis", async () => {
  redis.pause();
  try {
    // Until the breaker has noticed, a decision waits for its deadline; then for nothing.
    for (let warm = 0; warm < 8; warm += 1)
      await replicas[0]?.api()("GET /v1/accounts/sign-up", {});
    const statuses: number[] = [];
    for (let call = 0; call < 5; call += 1) {
      statuses.push((await makeLink(replicas[1], people[1])).status);
    }
    // 6 an hour, of two processes: 3 here.
    assert.deepEqual(statuses, [201, 201, 201, 429, 429]);
  } finally {
    redis.resume();
  }
});

test("when Redis is back, decisions are shared again by themselves", async () => {
  const healthy = async (): Promise<boolean> => {
    const { body } = await (people[0] ?? assert.fail()).api("GET /v1/limits", {});
    return body.healthy && body.store === "redis";
  };
  await untilEqual(healthy, true);
  // Each process notices by a probe of its own.
  await untilEqual(() => spread(...replicas), granted);
});

test("in a cluster, limits of one request lie on different nodes and are kept all the same", async () => {
  await using own = await createTestDatabase();
  const cluster = await startRedis({ cluster: true });
  try {
    await using app = await startTestApp({
      settings: {
        DATABASE_URL: own.connectionString,
        REDIS_URL: cluster.url,
        TENFOLD_RATE_LIMITS: join(folder, "limits.yaml"),
      },
    });
    // The nodes have just begun: one that misses its few ms leaves the decision to the process' share.
    await untilEqual(() => spread(app), granted);
  } finally {
    await cluster.stop();
  }
});
