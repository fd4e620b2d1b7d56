import assert from "node:assert/strict";
import { after, test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { createManualClock, silentLog, type Log } from "@tenfold/core";
import { Redis } from "ioredis";
import { memoryLimiter } from "../drivers/memory.ts";
import { redisLimiter } from "../drivers/redis.ts";
import { testLimiter } from "../limiter.conformance.ts";
import { createLimit, type Limit } from "../limit.ts";
import type { Limiter } from "../limiter.ts";
import { startRedis } from "../testing.ts";
import { guardedLimiter } from "./guarded-limiter.ts";
import { shareOf } from "./share.ts";

const server = startRedis();
after(async () => (await server)[Symbol.asyncDispose]());
let opened = 0;

testLimiter("guarded, store there", async () => {
  const client = new Redis((await server).port);
  const store = redisLimiter({ client }, { prefix: `guard ${opened++}:` });
  return {
    limiter: guardedLimiter({ limiter: store }, { deadlineMs: 5_000 }),
    pass: (ms) => delay(ms + 1),
    [Symbol.asyncDispose]: async () => client.disconnect(),
  };
});

/** A store that answers as `mode` says; the breaker and deadlines see no difference to Redis. */
function fakeStore() {
  const clock = createManualClock();
  const inner = memoryLimiter({ clock });
  const state = { mode: "well" as "well" | "silent" | "broken", calls: 0 };
  const ask = async <Value>(call: () => Value): Promise<Value> => {
    state.calls++;
    if (state.mode === "silent") await new Promise(() => undefined);
    if (state.mode === "broken") throw new Error("connection refused");
    return call();
  };
  const store: Limiter<"later"> = {
    consume: (limit, key, cost) => ask(() => inner.consume(limit, key, cost)),
    consumeUpTo: (limit, key, most) => ask(() => inner.consumeUpTo(limit, key, most)),
    consumeAll: (charges) => ask(() => inner.consumeAll(charges)),
    reserve: (charges) =>
      ask(() => {
        const { decision, settle } = inner.reserve(charges);
        return { decision, settle: (cost?: number) => ask(() => settle(cost)) };
      }),
    peek: (limit, key) => ask(() => inner.peek(limit, key)),
    penalize: (limit, key, units) => ask(() => inner.penalize(limit, key, units)),
    reset: (limit, key) => ask(() => inner.reset(limit, key)),
  };
  return { clock, store, state };
}

testLimiter("guarded, store gone", async () => {
  const { clock, store, state } = fakeStore();
  state.mode = "broken";
  const limiter = guardedLimiter({ limiter: store, clock }, { failuresMax: 1 });
  const limit = createLimit({ name: "first", algorithm: "token-bucket", limit: 1, windowMs: 1 });
  await limiter.consume(limit, "opens the breaker");
  return {
    limiter,
    pass: (ms) => clock.advance(ms),
    [Symbol.asyncDispose]: async () => undefined,
  };
});

const hourly = (limit: number, whenUnavailable?: "allow" | "refuse"): Limit =>
  createLimit({
    name: whenUnavailable ?? "local",
    algorithm: "sliding-log",
    limit,
    windowMs: 3_600_000,
    ...(whenUnavailable === undefined ? {} : { whenUnavailable }),
  });

test("a silent store costs a deadline, then nothing, and is found again by itself", async () => {
  const { clock, store, state } = fakeStore();
  const lines: string[] = [];
  const note = (_fields: unknown, message: string): void => void lines.push(message);
  const log: Log = { ...silentLog, info: note, warn: note, error: note };
  const limiter = guardedLimiter({ limiter: store, clock, log }, { failuresMax: 3 });
  const limit = hourly(100);
  state.mode = "silent";
  const waiting = Array.from({ length: 10 }, async () => limiter.consume(limit, "key"));
  await clock.advance(3);
  assert.ok((await Promise.all(waiting)).every(({ allowed }) => allowed));
  state.calls = 0;
  assert.ok(!(limiter.consume(limit, "key") instanceof Promise));
  assert.equal(state.calls, 0);
  // One probe per interval, and nobody waits for it.
  await clock.advance(250);
  for (let call = 0; call < 10; call++) void limiter.consume(limit, "key");
  assert.equal(state.calls, 1);
  state.mode = "well";
  await clock.advance(250);
  void limiter.consume(limit, "key");
  await clock.advance(1);
  assert.ok(limiter.consume(limit, "key") instanceof Promise);
  assert.deepEqual(lines, [
    "the store of limits does not answer; deciding without it",
    "the store of limits answers again",
  ]);
});

test("each limit has its own policy for a store that is gone, alone and together", async () => {
  const { clock, store, state } = fakeStore();
  state.mode = "broken";
  const limiter = guardedLimiter({ limiter: store, clock }, { replicas: 4 });
  const [allow, refuse, local] = [hourly(1, "allow"), hourly(1, "refuse"), hourly(8)];
  for (let call = 0; call < 6; call++) {
    assert.equal((await limiter.consume(allow, "key")).allowed, true);
    const refused = await limiter.consume(refuse, "key");
    assert.deepEqual([refused.allowed, refused.retryAfterMs], [false, 250]);
    assert.equal((await limiter.consume(local, "alone")).allowed, call < 2);
  }
  const charge = (limit: Limit) => ({ limit, key: "together" });
  assert.equal((await limiter.consumeAll([allow, refuse, local].map(charge))).allowed, false);
  assert.equal((await limiter.peek(local, "together")).remaining, 2);
  const both = await limiter.consumeAll([local, allow].map(charge));
  assert.deepEqual(
    both.parts.map(({ rule, remaining }) => [rule, remaining]),
    [
      ["local", 1],
      ["allow", 1],
    ],
  );
});

test("the local share is warm: what the store granted counts in it", async () => {
  const { clock, store, state } = fakeStore();
  const limiter = guardedLimiter({ limiter: store, clock }, { failuresMax: 1 });
  const limit = hourly(10);
  for (let call = 0; call < 7; call++) await limiter.consume(limit, "key");
  state.mode = "broken";
  await limiter.consume(limit, "other");
  assert.equal((await limiter.consumeUpTo(limit, "key", 10)).granted, 3);
});

test("shares of all replicas add up to the limit", () => {
  for (const limit of [1, 2, 3, 7, 100]) {
    for (const replicas of [1, 2, 3, 16]) {
      const share = shareOf(hourly(limit), replicas);
      const perHour = (replicas * share.capacity * 3_600_000) / share.windowMs;
      assert.ok(perHour <= limit + 1e-6 && perHour > limit / 2, `${limit} for ${replicas}`);
    }
  }
});

for (const how of ["frozen", "killed"] as const) {
  test(`Redis ${how} under load: every call is answered, within twice the limit`, async () => {
    await using redis = await startRedis();
    const client = new Redis(redis.port, { retryStrategy: () => 20 });
    client.on("error", () => undefined);
    const limit = hourly(200);
    const limiter = guardedLimiter({ limiter: redisLimiter({ client }) }, { probeEveryMs: 20 });
    let granted = 0;
    const load = async (calls: number): Promise<void> => {
      for (let call = 0; call < calls; call++) {
        if ((await limiter.consume(limit, "key")).allowed) granted++;
      }
    };
    await load(50);
    if (how === "frozen") redis.pause();
    else await redis.kill();
    await Promise.all(Array.from({ length: 10 }, () => load(50)));
    assert.ok(!(limiter.consume(limit, "key") instanceof Promise), "the breaker is open");
    if (how === "frozen") redis.resume();
    else await redis.restart();
    while (!(limiter.peek(limit, "key") instanceof Promise)) await delay(5);
    await load(400);
    assert.ok(granted >= 200 && granted <= 400, `${granted} granted of 200`);
    client.disconnect();
  });
}
