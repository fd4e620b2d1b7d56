/**
 * What every driver of the port must do, as tests. A driver's own test file is
 * three lines: `testLimiter("memory", async () => …)`.
 *
 * Windows are an hour long where time must not matter. Where it does, `pass`
 * lets it go by: by a clock moved by hand, or by waiting.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { hasCode } from "@tenfold/core";
import { createLimit, type Limit } from "./limit.ts";
import type { Limiter } from "./limiter.ts";
import { algorithms, type Algorithm } from "./policy.ts";

export interface LimiterUnderTest extends AsyncDisposable {
  readonly limiter: Limiter;
  /** Resolves when the limiter's clock is `ms` further. */
  readonly pass: (ms: number) => Promise<void>;
}

const HOUR_MS = 3_600_000;

type Check = (sentence: string, run: (opened: LimiterUnderTest) => Promise<void>) => Promise<void>;

/** Runs the suite against a driver; `open` gives one without any counters. */
export function testLimiter(name: string, open: () => Promise<LimiterUnderTest>): void {
  const check: Check = (sentence, run) =>
    test(`${name}: ${sentence}`, async () => {
      await using opened = await open();
      await run(opened);
    });
  for (const algorithm of algorithms) testAlgorithm(check, algorithm);
  for (const part of [testTogether, testReservations, testShapes, testTime, testMistakes]) {
    part(check);
  }
}

interface Shape {
  readonly name?: string;
  readonly limit: number;
  readonly spanMs?: number;
  readonly shadow?: boolean;
}

/** A limit of any algorithm; names tell counters apart. */
function limitOf(algorithm: Algorithm, shape: Shape): Limit {
  const { name = `test-${algorithm}`, limit, spanMs = HOUR_MS, shadow = false } = shape;
  const common = { name, limit, shadow };
  if (algorithm === "concurrency") return createLimit({ algorithm, leaseMs: spanMs, ...common });
  if (algorithm === "calendar-window") {
    return createLimit({ algorithm, calendar: "month", ...common });
  }
  return createLimit({ algorithm, windowMs: spanMs, ...common });
}

/** Those whose time a test can wait for. */
const quick = algorithms.filter((algorithm) => algorithm !== "calendar-window");

function testAlgorithm(check: Check, algorithm: Algorithm): void {
  const limit = limitOf(algorithm, { limit: 5 });
  void check(`${algorithm}: grants the limit and not one more`, async ({ limiter }) => {
    for (const remaining of [4, 3, 2, 1, 0]) {
      const decision = await limiter.consume(limit, "key");
      assert.equal(decision.allowed, true);
      assert.equal(decision.remaining, remaining);
      assert.equal(decision.granted, 1);
      assert.equal(decision.limit, 5);
      assert.equal(decision.rule, limit.name);
      assert.equal(decision.retryAfterMs, 0);
      assert.ok(decision.resetMs > 0);
    }
    const refused = await limiter.consume(limit, "key");
    assert.equal(refused.allowed, false);
    assert.equal(refused.granted, 0);
    assert.ok(refused.retryAfterMs > 0 && refused.retryAfterMs <= 31 * 24 * HOUR_MS);
    assert.equal((await limiter.consume(limit, "other")).allowed, true);
  });
  void check(`${algorithm}: a cost counts as that many, or not at all`, async ({ limiter }) => {
    assert.equal((await limiter.consume(limit, "key", 3)).remaining, 2);
    const refused = await limiter.consume(limit, "key", 3);
    assert.equal(refused.allowed, false);
    assert.equal(refused.remaining, 2);
    assert.equal((await limiter.consume(limit, "key", 2)).remaining, 0);
  });
  void check(`${algorithm}: a cost above the limit is never allowed`, async ({ limiter }) => {
    assert.equal((await limiter.consume(limit, "key", 6)).retryAfterMs, Number.POSITIVE_INFINITY);
    assert.equal((await limiter.peek(limit, "key")).remaining, 5);
  });
  void check(`${algorithm}: consumeUpTo() grants what is left`, async ({ limiter }) => {
    await limiter.consume(limit, "key", 3);
    const part = await limiter.consumeUpTo(limit, "key", 10);
    assert.deepEqual([part.allowed, part.granted, part.remaining], [true, 2, 0]);
    const none = await limiter.consumeUpTo(limit, "key", 10);
    assert.deepEqual([none.allowed, none.granted], [false, 0]);
    assert.ok(Number.isFinite(none.retryAfterMs));
  });
  void check(`${algorithm}: peek() and a cost of 0 charge nothing`, async ({ limiter }) => {
    for (let times = 0; times < 10; times++) {
      const peeked = await limiter.peek(limit, "key");
      assert.deepEqual([peeked.allowed, peeked.granted, peeked.remaining], [true, 0, 5]);
      assert.equal((await limiter.consume(limit, "key", 0)).remaining, 5);
    }
    await limiter.consume(limit, "key", 5);
    assert.equal((await limiter.peek(limit, "key")).allowed, false);
  });
  void check(`${algorithm}: reset() forgets one key, and works on none`, async ({ limiter }) => {
    for (const key of ["key", "other"]) await limiter.consume(limit, key, 5);
    await limiter.reset(limit, "key");
    await limiter.reset(limit, "never seen");
    assert.equal((await limiter.peek(limit, "key")).remaining, 5);
    assert.equal((await limiter.consume(limit, "key", 2)).remaining, 3);
    assert.equal((await limiter.peek(limit, "other")).remaining, 0);
  });
}

function testTogether(check: Check): void {
  const wide = limitOf("token-bucket", { limit: 10, name: "wide" });
  const narrow = limitOf("sliding-log", { limit: 2, name: "narrow" });
  const shadow = limitOf("fixed-window", { limit: 1, name: "shadow", shadow: true });
  void check("consumeAll() takes from all, or from none", async ({ limiter }) => {
    const charges = [wide, narrow].map((limit) => ({ limit, key: "key" }));
    for (const left of [1, 0]) {
      const decision = await limiter.consumeAll(charges);
      assert.equal(decision.allowed, true);
      assert.deepEqual(
        decision.parts.map(({ remaining }) => remaining),
        [8 + left, left],
      );
      assert.equal(decision.rule, "narrow");
    }
    const refused = await limiter.consumeAll(charges);
    assert.deepEqual([refused.allowed, refused.rule, refused.granted], [false, "narrow", 0]);
    assert.deepEqual(
      refused.parts.map(({ allowed, granted }) => [allowed, granted]),
      [
        [true, 0],
        [false, 0],
      ],
    );
    assert.equal((await limiter.peek(wide, "key")).remaining, 8);
  });
  void check("consumeAll() takes costs and keys of each charge", async ({ limiter }) => {
    const decision = await limiter.consumeAll([
      { limit: wide, key: "a", cost: 7 },
      { limit: wide, key: "b" },
    ]);
    assert.deepEqual(
      decision.parts.map(({ remaining }) => remaining),
      [3, 9],
    );
  });
  void check("a shadow limit counts and never refuses", async ({ limiter }) => {
    const charges = [wide, shadow].map((limit) => ({ limit, key: "key" }));
    const allowed = [];
    for (let times = 0; times < 3; times++) {
      const decision = await limiter.consumeAll(charges);
      assert.equal(decision.allowed, true);
      assert.equal(decision.parts.length, 1);
      allowed.push(decision.shadows[0]?.allowed);
    }
    assert.deepEqual(allowed, [true, false, false]);
  });
  void check("no charges at all are allowed", async ({ limiter }) => {
    assert.equal((await limiter.consumeAll([])).allowed, true);
  });
  void check("limits of one name and other algorithms count apart", async ({ limiter }) => {
    for (const algorithm of algorithms) {
      const decision = await limiter.consume(
        limitOf(algorithm, { limit: 5, name: "same" }),
        "key",
        2,
      );
      assert.equal(decision.remaining, 3);
    }
  });
  void check("a changed limit of the same name goes on counting", async ({ limiter }) => {
    await limiter.consume(limitOf("fixed-window", { limit: 5 }), "key", 4);
    assert.equal((await limiter.peek(limitOf("fixed-window", { limit: 10 }), "key")).remaining, 6);
  });
}

function testReservations(check: Check): void {
  const rate = limitOf("token-bucket", { limit: 10, name: "rate" });
  const slots = limitOf("concurrency", { limit: 2, name: "slots" });
  void check("settle() turns what was reserved into the real cost", async ({ limiter }) => {
    for (const [cost, left] of [
      [9, 1],
      [2, 8],
      [undefined, 5],
      [0, 10],
    ] as const) {
      const key = `key ${cost}`;
      const reservation = await limiter.reserve([{ limit: rate, key, cost: 5 }]);
      assert.equal((await limiter.peek(rate, key)).remaining, 5);
      await reservation.settle(cost);
      await reservation.settle(cost);
      assert.equal((await limiter.peek(rate, key)).remaining, left);
    }
  });
  void check("settle() gives a concurrency slot back, once", async ({ limiter }) => {
    const charges = [rate, slots].map((limit) => ({ limit, key: "key" }));
    const held = [await limiter.reserve(charges), await limiter.reserve(charges)];
    const refused = await limiter.reserve(charges);
    assert.equal(refused.decision.allowed, false);
    await refused.settle(0);
    assert.equal((await limiter.peek(slots, "key")).remaining, 0);
    await held[0]?.settle();
    await held[0]?.settle();
    assert.equal((await limiter.peek(slots, "key")).remaining, 1);
    assert.equal((await limiter.peek(rate, "key")).remaining, 8);
  });
  for (const algorithm of algorithms) {
    if (algorithm === "concurrency") continue;
    const limit = limitOf(algorithm, { limit: 5 });
    void check(`${algorithm}: penalize() makes a key owe, and gives back`, async ({ limiter }) => {
      await limiter.consume(limit, "key", 4);
      assert.equal((await limiter.penalize(limit, "key", 3)).remaining, 0);
      assert.equal((await limiter.peek(limit, "key")).allowed, false);
      assert.equal((await limiter.penalize(limit, "key", -4)).remaining, 2);
      assert.equal((await limiter.penalize(limit, "key", -100)).remaining, 5);
    });
  }
}

function testShapes(check: Check): void {
  void check("a token bucket holds its burst", async ({ limiter }) => {
    const spec = { algorithm: "token-bucket", windowMs: HOUR_MS, limit: 100, burst: 3 } as const;
    const limit = createLimit({ name: "burst", ...spec });
    assert.equal((await limiter.consume(limit, "key", 3)).remaining, 0);
    const refused = await limiter.consume(limit, "key");
    assert.ok(refused.retryAfterMs > 30_000 && refused.retryAfterMs <= 36_000);
  });
  void check("a leaking bucket says when one may go", async ({ limiter }) => {
    const limit = limitOf("leaking-bucket", { limit: 4 });
    const waits = [];
    for (let place = 0; place < 4; place++) {
      const { waitMs } = await limiter.consume(limit, "key");
      waits.push(Math.round(waitMs / (HOUR_MS / 4)));
    }
    assert.deepEqual(waits, [0, 1, 2, 3]);
  });
  for (const calendar of ["day", "month"] as const) {
    void check(`a calendar ${calendar} is a window`, async ({ limiter }) => {
      const spec = { algorithm: "calendar-window", limit: 2, timeZone: "Asia/Kathmandu" } as const;
      const limit = createLimit({ name: calendar, calendar, ...spec });
      await limiter.consume(limit, "key", 2);
      const refused = await limiter.consume(limit, "key");
      assert.equal(refused.allowed, false);
      assert.ok(refused.retryAfterMs <= (calendar === "day" ? 25 : 31 * 24) * HOUR_MS);
    });
  }
  void check("keys may have any characters and are all different", async ({ limiter }) => {
    const limit = limitOf("fixed-window", { limit: 1 });
    const keys = [
      "",
      " ",
      "a",
      "b",
      "ab",
      "ba",
      "a}b",
      "{",
      "}",
      "{a}",
      ":",
      "\0",
      "a\0",
      "ü",
      "Ā",
    ];
    keys.push("🙂", "a".repeat(300), "a".repeat(301), "ab\0\0", "\u0161\u0162cd", "abcd", "abcde");
    for (const key of keys) {
      assert.equal((await limiter.consume(limit, key)).allowed, true, JSON.stringify(key));
      assert.equal((await limiter.consume(limit, key)).allowed, false, JSON.stringify(key));
    }
  });
}

function testTime(check: Check): void {
  void check("what was promised for later comes true, for every algorithm", async (opened) => {
    const { limiter, pass } = opened;
    const limits = quick.map((algorithm) =>
      limitOf(algorithm, { name: "soon", limit: 2, spanMs: 1_000 }),
    );
    await Promise.all(limits.map(async (limit) => limiter.consume(limit, "key", 2)));
    const refused = await Promise.all(limits.map(async (limit) => limiter.consume(limit, "key")));
    const longestMs = Math.max(...refused.map(({ retryAfterMs }) => retryAfterMs));
    await pass(longestMs);
    for (const limit of limits) {
      assert.equal((await limiter.consume(limit, "key")).allowed, true, limit.algorithm);
    }
  });
  void check("a counter is as good as new after its reset time", async ({ limiter, pass }) => {
    const limits = quick.map((algorithm) =>
      limitOf(algorithm, { name: "again", limit: 3, spanMs: 300 }),
    );
    const made = await Promise.all(limits.map(async (limit) => limiter.consume(limit, "key", 3)));
    await pass(Math.max(...made.map(({ resetMs }) => resetMs)));
    for (const limit of limits) {
      const { remaining, resetMs } = await limiter.peek(limit, "key");
      assert.deepEqual([remaining, resetMs], [3, 0], limit.algorithm);
    }
  });
}

function testMistakes(check: Check): void {
  const limit = limitOf("token-bucket", { limit: 5 });
  const rejects = async (call: () => unknown): Promise<void> => {
    const run = async (): Promise<unknown> => call();
    await assert.rejects(run, (error) => hasCode(error, "charge_invalid"));
  };
  void check("a cost that is no whole number is refused", async ({ limiter }) => {
    for (const cost of [-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 31]) {
      await rejects(() => limiter.consume(limit, "key", cost));
      await rejects(() => limiter.consumeUpTo(limit, "key", cost));
      await rejects(() => limiter.consumeAll([{ limit, key: "key", cost }]));
    }
    assert.equal((await limiter.peek(limit, "key")).remaining, 5);
  });
  void check("one counter twice in a call is refused", async ({ limiter }) => {
    const twice = [1, 2].map((cost) => ({ limit, key: "key", cost }));
    await rejects(() => limiter.consumeAll(twice));
    await rejects(() => limiter.reserve(twice));
  });
  void check("a concurrency limit takes no penalty", async ({ limiter }) => {
    await rejects(() => limiter.penalize(limitOf("concurrency", { limit: 5 }), "key", 1));
  });
}
