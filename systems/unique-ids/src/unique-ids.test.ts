import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  createManualClock,
  noMetrics,
  silentLog,
  systemClock,
  systemRandom,
  type Metrics,
} from "@tenfold/core";
import { createHttpServer, type Authenticator } from "@tenfold/http";
import { createTestSql } from "@tenfold/sql/testing";
import { openWorkerIds } from "./worker-ids.ts";
import { createUniqueIds, fromEnv, uniqueIdsMigrations, type UniqueIdsOptions } from "./index.ts";

const migrations = [{ system: "unique-ids", migrations: uniqueIdsMigrations }];

/** Knows the tokens `member`, `maker` (a key that may) and `other` (a key that may not). */
const authenticator: Authenticator = {
  async authenticate(token) {
    const person = { accountId: "1", role: "member", credentialId: "2" } as const;
    if (token === "member") return { ...person, via: "session", scopes: "all" };
    if (token === "maker") return { ...person, via: "key", scopes: ["ids:read"] };
    return token === "other" ? { ...person, via: "key", scopes: ["links:read"] } : undefined;
  },
};

/** Counts what was counted, by name and labels. */
function countingMetrics(): { metrics: Metrics; counts: Map<string, number> } {
  const counts = new Map<string, number>();
  return {
    counts,
    metrics: {
      ...noMetrics,
      counter: ({ name }) => ({
        add(count = 1, labels = {}) {
          const key = [name, ...Object.values(labels)].join(" ");
          counts.set(key, (counts.get(key) ?? 0) + count);
        },
      }),
    },
  };
}

interface Answer {
  status: number;
  headers: Headers;
  // oxlint-disable-next-line typescript/no-explicit-any -- tests look into answers freely
  body: any;
}

interface Replica extends AsyncDisposable {
  get(path: string, token?: string): Promise<Answer>;
  counts: Map<string, number>;
  clock: ReturnType<typeof createManualClock>;
}

async function house() {
  const sql = await createTestSql({ migrations });
  return {
    sql,
    async replica(options: Partial<UniqueIdsOptions> = {}): Promise<Replica> {
      const clock = createManualClock();
      const { metrics, counts } = countingMetrics();
      const quiet = { clock, random: systemRandom, log: silentLog };
      // The system needs nothing else of the platform.
      const platform = { ...quiet, metrics, sql };
      const system = createUniqueIds({ platform }, options);
      await system.start();
      const server = createHttpServer(
        { clock: systemClock, random: systemRandom, log: silentLog, authenticator },
        { port: 0 },
      );
      for (const routes of system.routes) server.register(routes);
      await server.start();
      return {
        clock,
        counts,
        async get(path, token = "maker") {
          const headers = { authorization: `Bearer ${token}` };
          const response = await fetch(`${server.url}${path}`, { headers });
          return {
            status: response.status,
            headers: response.headers,
            body: await response.json(),
          };
        },
        async [Symbol.asyncDispose]() {
          await server.stop();
          await system.stop();
        },
      };
    },
    [Symbol.asyncDispose]: () => sql.stop(),
  };
}

describe("GET /v1/ids", () => {
  test("gives one ID, or as many as asked for, rising, as text, never to be kept", async () => {
    await using shared = await house();
    await using replica = await shared.replica();
    const one = await replica.get("/v1/ids");
    assert.equal(one.status, 200);
    assert.equal(one.headers.get("cache-control"), "no-store");
    assert.equal(one.body.ids.length, 1);
    const many = await replica.get("/v1/ids?count=10000", "member");
    const ids: string[] = [...one.body.ids, ...many.body.ids];
    assert.equal(ids.length, 10_001);
    for (const [at, id] of ids.entries()) {
      assert.match(id, /^[1-9]\d{17,18}$/);
      if (at > 0) assert.ok(BigInt(id) > BigInt(ids[at - 1] ?? ""));
    }
    assert.equal(replica.counts.get("tenfold_unique_ids_total"), 10_001);
  });

  test("replicas never give the same one, at once or one after the other", async () => {
    await using shared = await house();
    const seen = new Set<string>();
    let drawn = 0;
    for (let round = 0; round < 3; round += 1) {
      await using a = await shared.replica();
      await using b = await shared.replica();
      const answers = await Promise.all([a, b, a, b].map((each) => each.get("/v1/ids?count=5000")));
      for (const { body } of answers) {
        for (const id of body.ids) seen.add(id);
        drawn += body.ids.length;
      }
    }
    assert.equal(seen.size, drawn);
    assert.equal(drawn, 60_000);
  });

  test("refuses other counts, and callers without the scope", async () => {
    await using shared = await house();
    await using replica = await shared.replica();
    for (const count of ["0", "10001", "-1", "1.5", "x", ""]) {
      const { status, body } = await replica.get(`/v1/ids?count=${count}`);
      assert.deepEqual([status, body.code], [400, "validation_failed"], count);
    }
    assert.equal((await replica.get("/v1/ids?n=1")).body.code, "validation_failed");
    assert.equal((await replica.get("/v1/ids", "other")).body.code, "scope_missing");
    assert.equal((await replica.get("/v1/ids", "nobody")).body.code, "credentials_invalid");
  });

  test("counts full ticks and clock steps, and answers 503 when the clock is too far behind", async () => {
    await using shared = await house();
    await using replica = await shared.replica({ aheadMsMax: 3, waitMsMax: 0 });
    const { body } = await replica.get("/v1/ids?count=10000");
    assert.equal(replica.counts.get("tenfold_unique_id_overflows_total http"), 2);
    replica.clock.step(-5_000);
    const late = await replica.get("/v1/ids?count=10000");
    assert.deepEqual([late.status, late.body.code], [503, "clock_behind"]);
    assert.ok(Number(late.headers.get("retry-after")) >= 5);
    assert.equal(replica.counts.get("tenfold_unique_id_clock_steps_total http back"), 1);
    const last = await replica.get("/v1/ids?count=1000");
    assert.ok(BigInt(last.body.ids[0]) > BigInt(body.ids.at(-1)));
  });
});

describe("GET /v1/ids/{id}", () => {
  test("says when and where an ID was made", async () => {
    await using shared = await house();
    await using replica = await shared.replica();
    const [id] = (await replica.get("/v1/ids")).body.ids;
    const { status, body } = await replica.get(`/v1/ids/${id}`);
    const madeAt = new Date(replica.clock.now()).toISOString();
    assert.equal(status, 200);
    assert.deepEqual(body, { ...body, id, madeAt, datacenterId: 0, workerId: 0, sequence: 0 });
    assert.match(body.base62, /^[0-9A-Za-z]{10,11}$/);
    const published = await replica.get("/v1/ids/1541815603606036480");
    assert.equal(published.body.madeAt, "2022-06-28T16:07:40.105Z");
  });

  test("refuses what is none, and one of the future", async () => {
    await using shared = await house();
    await using replica = await shared.replica();
    for (const id of ["0", "-1", "abc", "9223372036854775808", "1".repeat(99)]) {
      const { status, body } = await replica.get(`/v1/ids/${id}`);
      assert.deepEqual([status, body.code], [400, "validation_failed"], id);
    }
    const future = await replica.get("/v1/ids/8999999999999999999");
    assert.deepEqual([future.status, future.body.code], [404, "id_not_made_yet"]);
  });
});

describe("worker IDs from SQL", () => {
  const deps = { log: silentLog, metrics: noMetrics, use: "rows" as const };

  test("a killed process's successor begins after it, though the clock was set back meanwhile", async () => {
    await using sql = await createTestSql({ migrations });
    const clock = createManualClock();
    // One slot only: the successor must take the same.
    const acquireLease: typeof sql.acquireLease = (request, signal) =>
      sql.acquireLease({ ...request, slots: 1, ttlMs: 100 }, signal);
    const query: typeof sql.query = (text, values, options) => sql.query(text, values, options);
    const killed = openWorkerIds({ ...deps, sql: { query, acquireLease }, clock });
    await killed.start();
    const before = killed.nextTexts(100_000);
    // It never gives anything back: its lease ends by itself.
    await sql.query("update tenfold.leases set expires_at = now() - interval '1 s'");
    const later = createManualClock(clock.now() - 3_600_000);
    const successor = openWorkerIds({ ...deps, sql: { query, acquireLease }, clock: later });
    await successor.start();
    assert.equal(successor.slot(), 0);
    assert.ok(BigInt(successor.nextText()) > BigInt(before.at(-1) ?? ""));
    await successor.stop();
    await killed.stop();
  });
});

test("settings are read, and wrong ones named", () => {
  assert.deepEqual(fromEnv({}), { aheadMsMax: 1_000, onClockStep: "borrow", waitMsMax: 2_000 });
  assert.throws(() => fromEnv({ TENFOLD_IDS_CLOCK_STEP: "hope" }), /TENFOLD_IDS_CLOCK_STEP/);
});
