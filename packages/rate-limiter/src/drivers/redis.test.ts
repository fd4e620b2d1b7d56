import assert from "node:assert/strict";
import { after, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { hasCode } from "@tenfold/core";
import { Cluster, Redis } from "ioredis";
import { testLimiter } from "../limiter.conformance.ts";
import { createLimit } from "../limit.ts";
import type { RedisClient } from "../redis/client.ts";
import { startRedis } from "../testing.ts";
import { redisLimiter } from "./redis.ts";

for (const { name, cluster, tagOf } of [
  { name: "redis", cluster: false, tagOf: () => "all" },
  { name: "redis cluster", cluster: true, tagOf: () => "all" },
  { name: "redis cluster, each key with its own tag", cluster: true, tagOf: (key: string) => key },
]) {
  const server = startRedis({ cluster });
  after(async () => (await server)[Symbol.asyncDispose]());
  let opened = 0;
  testLimiter(name, async () => {
    const { port } = await server;
    const client = cluster ? new Cluster([{ host: "127.0.0.1", port }]) : new Redis(port);
    const options = { prefix: `test ${opened++}:`, tagOf };
    return {
      limiter: redisLimiter({ client }, options),
      pass: (ms) => delay(ms + 1),
      [Symbol.asyncDispose]: async () => client.disconnect(),
    };
  });
}

const limit = createLimit({ name: "l", algorithm: "token-bucket", limit: 3, windowMs: 3_600_000 });

/** Counts the calls that go over the wire. */
function counting(client: Redis): RedisClient & { calls: number } {
  return {
    calls: 0,
    evalsha(...args) {
      this.calls++;
      return client.evalsha(...args);
    },
    eval(...args) {
      this.calls++;
      return client.eval(...args);
    },
  };
}

test("any number of limits is one round trip", async () => {
  await using server = await startRedis();
  const redis = new Redis(server.port);
  const client = counting(redis);
  const limiter = redisLimiter({ client });
  await limiter.consume(limit, "warm");
  client.calls = 0;
  const charges = ["a", "b", "c", "d", "e"].map((key) => ({ limit, key }));
  assert.equal((await limiter.consumeAll(charges)).parts.length, 5);
  assert.equal(client.calls, 1);
  redis.disconnect();
});

test("a Redis that lost its scripts is given them again", async () => {
  await using server = await startRedis();
  const redis = new Redis(server.port);
  const limiter = redisLimiter({ client: redis });
  await limiter.consume(limit, "key");
  await redis.script("FLUSH");
  assert.equal((await limiter.consume(limit, "key")).remaining, 1);
  redis.disconnect();
});

test("a call about several nodes charges nobody when one of them refuses", async () => {
  await using server = await startRedis({ cluster: true });
  const client = new Cluster([{ host: "127.0.0.1", port: server.port }]);
  const limiter = redisLimiter({ client });
  const held = createLimit({ name: "h", algorithm: "concurrency", limit: 2, leaseMs: 60_000 });
  const shadow = createLimit({ ...limit.policy, name: "s", shadow: true });
  const charges = [
    { limit, key: "a" },
    { limit: shadow, key: "b" },
    { limit: held, key: "c" },
    { limit, key: "d", cost: 3 },
  ];
  const first = await limiter.consumeAll(charges);
  assert.deepEqual(
    first.parts.map(({ remaining }) => remaining),
    [2, 1, 0],
  );
  assert.equal(first.shadows.length, 1);
  const second = await limiter.consumeAll(charges);
  assert.equal(second.allowed, false);
  assert.deepEqual(
    second.parts.map(({ allowed, granted, remaining }) => [allowed, granted, remaining]),
    [
      [true, 0, 2],
      [true, 0, 1],
      [false, 0, 0],
    ],
  );
  assert.equal((await limiter.peek(limit, "a")).remaining, 2);
  assert.equal((await limiter.peek(held, "c")).remaining, 1);
  client.disconnect();
});

test("keys of one tag share a node; without, a client of one node says what to do", async () => {
  await using server = await startRedis({ cluster: true });
  const redis = new Redis(server.port);
  const limiter = redisLimiter({ client: redis });
  const hourly = createLimit({ ...limit.policy, name: "hourly" });
  const same = [limit, hourly].map((each) => ({ limit: each, key: "x}y{z" }));
  assert.equal((await limiter.consumeAll(same)).allowed, true);
  const apart = ["a", "b"].map((key) => ({ limit, key }));
  await assert.rejects(limiter.consumeAll(apart), (error) => hasCode(error, "limits_apart"));
  redis.disconnect();
});

test("two processes share a limit, under any number of calls at once", async () => {
  await using server = await startRedis();
  const clients = [new Redis(server.port), new Redis(server.port)];
  const spec = {
    name: "shared",
    algorithm: "sliding-log",
    limit: 50,
    windowMs: 3_600_000,
  } as const;
  const shared = createLimit(spec);
  const decisions = await Promise.all(
    clients.flatMap((client) => {
      const limiter = redisLimiter({ client });
      return Array.from({ length: 100 }, () => limiter.consume(shared, "key"));
    }),
  );
  assert.equal(decisions.filter(({ allowed }) => allowed).length, 50);
  for (const client of clients) client.disconnect();
});

test("every counter expires by itself", async () => {
  await using server = await startRedis();
  const redis = new Redis(server.port);
  const limiter = redisLimiter({ client: redis });
  for (const algorithm of [
    "token-bucket",
    "fixed-window",
    "sliding-counter",
    "sliding-log",
  ] as const) {
    await limiter.consume(createLimit({ name: "e", algorithm, limit: 2, windowMs: 1_000 }), "key");
  }
  const leased = createLimit({ name: "e", algorithm: "concurrency", limit: 2, leaseMs: 1_000 });
  await limiter.consume(leased, "key");
  const keys = await redis.keys("*");
  assert.equal(keys.length, 5);
  for (const key of keys) {
    const ttlMs = await redis.pttl(key);
    assert.ok(ttlMs > 0 && ttlMs <= 2_000, `${key} lives for ${ttlMs} ms`);
  }
  redis.disconnect();
});
