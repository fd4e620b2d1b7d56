/**
 * Every algorithm against an oracle that remembers everything and counts with
 * whole numbers, on random traffic under a clock moved by hand.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { createManualClock, createSeededRandom, type Clock } from "@tenfold/core";
import * as fc from "fast-check";
import { memoryLimiter } from "./drivers/memory.ts";
import { createLimit } from "./limit.ts";

const calls = (gapMsMax: number, costMax: number) =>
  fc.array(
    fc.record({
      afterMs: fc.integer({ min: 0, max: gapMsMax }),
      cost: fc.integer({ min: 1, max: costMax }),
    }),
    { minLength: 1, maxLength: 120 },
  );

/** A clock that stands where `at` says; starts at an odd time, as processes do. */
function clockAt(startMs: number) {
  const at = { ms: startMs };
  const clock: Clock = { ...createManualClock(), now: () => at.ms, monotonic: () => at.ms };
  return { at, limiter: memoryLimiter({ clock, random: createSeededRandom(1) }) };
}

const shape = fc.record({
  limit: fc.integer({ min: 1, max: 30 }),
  windowMs: fc.integer({ min: 1, max: 2_000 }),
  startMs: fc.integer({ min: 0, max: 1_000_000_007 }),
  traffic: calls(400, 5),
});

test("the sliding log decides as the exact log does, always", () => {
  fc.assert(
    fc.property(shape, ({ limit: most, windowMs, startMs, traffic }) => {
      const limit = createLimit({ name: "l", algorithm: "sliding-log", limit: most, windowMs });
      const { at, limiter } = clockAt(startMs);
      const log: { ms: number; cost: number }[] = [];
      for (const { afterMs, cost } of traffic) {
        at.ms += afterMs;
        const used = log
          .filter(({ ms }) => ms > at.ms - windowMs)
          .reduce((sum, grant) => sum + grant.cost, 0);
        const expected = used + cost <= most;
        assert.equal(limiter.consume(limit, "key", cost).allowed, expected);
        if (expected) log.push({ ms: at.ms, cost });
      }
    }),
  );
});

test("a token bucket decides as an exact bucket of fractions does, always", () => {
  const bucketShape = fc.record({ shape, burst: fc.integer({ min: 1, max: 40 }) });
  fc.assert(
    fc.property(bucketShape, ({ shape: { limit: rate, windowMs, startMs, traffic }, burst }) => {
      const spec = { name: "b", algorithm: "token-bucket", limit: rate, windowMs, burst } as const;
      const limit = createLimit(spec);
      const { at, limiter } = clockAt(startMs);
      // Tokens × windowMs: whole, since `limit` of those come back each millisecond.
      const full = BigInt(burst * windowMs);
      let level = full;
      for (const { afterMs, cost } of traffic) {
        at.ms += afterMs;
        level += BigInt(afterMs * rate);
        if (level > full) level = full;
        const price = BigInt(cost * windowMs);
        const decision = limiter.consume(limit, "key", cost);
        assert.equal(decision.allowed, level >= price);
        if (decision.allowed) level -= price;
        assert.equal(decision.remaining, Number(level / BigInt(windowMs)));
      }
    }),
  );
});

test("a leaking bucket lets nobody go before the one ahead has drained", () => {
  fc.assert(
    fc.property(shape, ({ limit: rate, windowMs, startMs, traffic }) => {
      const spec = { name: "q", algorithm: "leaking-bucket", limit: rate, windowMs } as const;
      const limit = createLimit(spec);
      const { at, limiter } = clockAt(startMs);
      let freeAtMs = 0;
      for (const { afterMs, cost } of traffic) {
        at.ms += afterMs;
        const { allowed, waitMs } = limiter.consume(limit, "key", cost);
        if (!allowed) continue;
        const goesMs = at.ms + waitMs;
        assert.ok(goesMs > freeAtMs - 0.001 && goesMs < Math.max(at.ms, freeAtMs) + 1.001);
        freeAtMs = Math.max(at.ms, freeAtMs) + (cost * windowMs) / rate;
      }
    }),
  );
});

test("a fixed window grants the limit in each window of the clock", () => {
  fc.assert(
    fc.property(shape, ({ limit: most, windowMs, startMs, traffic }) => {
      const limit = createLimit({ name: "w", algorithm: "fixed-window", limit: most, windowMs });
      const { at, limiter } = clockAt(startMs);
      const used = new Map<number, number>();
      for (const { afterMs, cost } of traffic) {
        at.ms += afterMs;
        const window = Math.floor(at.ms / windowMs);
        const before = used.get(window) ?? 0;
        const expected = before + cost <= most;
        assert.equal(limiter.consume(limit, "key", cost).allowed, expected);
        if (expected) used.set(window, before + cost);
      }
    }),
  );
});

test("a concurrency limit holds as many as it says, until given back or expired", () => {
  const steps = fc.array(
    fc.record({ afterMs: fc.integer({ min: 0, max: 60 }), back: fc.boolean() }),
  );
  fc.assert(
    fc.property(steps, fc.integer({ min: 1, max: 5 }), (traffic, most) => {
      const limit = createLimit({ name: "c", algorithm: "concurrency", limit: most, leaseMs: 100 });
      const { at, limiter } = clockAt(7);
      let held: { endMs: number; settle: () => void }[] = [];
      for (const { afterMs, back } of traffic) {
        at.ms += afterMs;
        held = held.filter(({ endMs }) => endMs > at.ms);
        if (back) held.shift()?.settle();
        const { decision, settle } = limiter.reserve([{ limit, key: "key" }]);
        assert.equal(decision.allowed, held.length < most);
        if (decision.allowed) held.push({ endMs: at.ms + 100, settle });
      }
    }),
  );
});

for (const algorithm of [
  "token-bucket",
  "fixed-window",
  "sliding-counter",
  "sliding-log",
] as const) {
  test(`${algorithm}: who waits as told is let in, and not a millisecond is wasted`, () => {
    fc.assert(
      fc.property(shape, ({ limit: most, windowMs, startMs, traffic }) => {
        const limit = createLimit({ name: "r", algorithm, limit: most, windowMs });
        const { at, limiter } = clockAt(startMs);
        for (const { afterMs, cost } of traffic) {
          at.ms += afterMs;
          const { allowed, retryAfterMs } = limiter.consume(limit, "key", cost);
          if (allowed || retryAfterMs === Number.POSITIVE_INFINITY) continue;
          at.ms += retryAfterMs - 1;
          if (retryAfterMs > 1) assert.equal(limiter.consume(limit, "key", cost).allowed, false);
          at.ms += 1;
          assert.equal(limiter.consume(limit, "key", cost).allowed, true);
        }
      }),
    );
  });
}

test("a sliding counter grants at most 1 % more than the exact log, on random traffic", () => {
  const random = createSeededRandom(42);
  for (const perWindow of [80, 120, 300, 1_000]) {
    const granted = { "sliding-counter": 0, "sliding-log": 0 };
    for (const algorithm of ["sliding-counter", "sliding-log"] as const) {
      const limit = createLimit({ name: "s", algorithm, limit: 100, windowMs: 10_000 });
      const { at, limiter } = clockAt(12_345);
      for (let call = 0; call < 50_000; call++) {
        at.ms += (-Math.log(1 - random.float()) * 10_000) / perWindow;
        if (limiter.consume(limit, "key").allowed) granted[algorithm]++;
      }
    }
    const ratio = granted["sliding-counter"] / granted["sliding-log"];
    assert.ok(ratio <= 1.01, `${ratio} at ${perWindow} calls per window of 100`);
  }
});

test("no span of a window holds more than the limit of the log and twice that of a bucket", () => {
  fc.assert(
    fc.property(shape, ({ limit: most, windowMs, startMs, traffic }) => {
      for (const [algorithm, bound] of [
        ["sliding-log", most],
        ["token-bucket", 2 * most],
        ["fixed-window", 2 * most],
      ] as const) {
        const limit = createLimit({ name: "n", algorithm, limit: most, windowMs });
        const { at, limiter } = clockAt(startMs);
        const grants: number[] = [];
        for (const { afterMs, cost } of traffic) {
          at.ms += afterMs;
          const { granted } = limiter.consumeUpTo(limit, "key", cost);
          for (let unit = 0; unit < granted; unit++) grants.push(at.ms);
        }
        for (const [index, ms] of grants.entries()) {
          const later = grants[index + bound];
          assert.ok(later === undefined || later - ms >= windowMs, algorithm);
        }
      }
    }),
  );
});
