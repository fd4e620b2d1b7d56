import assert from "node:assert/strict";
import { test } from "node:test";
import { createManualClock, createSeededRandom } from "@tenfold/core";
import { testLimiter } from "../limiter.conformance.ts";
import { createLimit } from "../limit.ts";
import { memoryLimiter } from "./memory.ts";

const open = (keysMax = 1_000_000) => {
  const clock = createManualClock();
  return { clock, limiter: memoryLimiter({ clock, random: createSeededRandom(1) }, { keysMax }) };
};

testLimiter("memory", async () => {
  const { clock, limiter } = open();
  return {
    limiter,
    pass: (ms) => clock.advance(ms),
    [Symbol.asyncDispose]: async () => undefined,
  };
});

const bucket = createLimit({
  name: "bucket",
  algorithm: "token-bucket",
  limit: 2,
  windowMs: 60_000,
});

test("a million keys are counted apart, each in some 34 bytes", () => {
  const { limiter } = open();
  for (let key = 0; key < 300_000; key++) limiter.consume(bucket, `key ${key}`);
  for (let key = 0; key < 300_000; key++) {
    assert.equal(limiter.peek(bucket, `key ${key}`).remaining, 1);
  }
  const { keys, bytes } = limiter.usage();
  assert.equal(keys, 300_000);
  assert.ok(bytes / keys < 50, `${bytes / keys} bytes per key`);
});

test("a flood of new keys frees no live counter, and memory stays bounded", () => {
  const { limiter } = open(10_000);
  for (let key = 0; key < 5_000; key++) limiter.consume(bucket, `client ${key}`, 2);
  for (let key = 0; key < 300_000; key++) limiter.consume(bucket, `flood ${key}`);
  for (let key = 0; key < 5_000; key++) {
    assert.equal(limiter.consume(bucket, `client ${key}`).allowed, false);
  }
  assert.ok(limiter.usage().bytes < 2_000_000, `${limiter.usage().bytes} bytes`);
});

for (const algorithm of [
  "token-bucket",
  "fixed-window",
  "sliding-counter",
  "sliding-log",
] as const) {
  test(`${algorithm}: nobody gets more than the limit when keys share counters`, async () => {
    const { clock, limiter } = open(3_000);
    const limit = createLimit({ name: "small", algorithm, limit: 3, windowMs: 60_000 });
    const granted = new Map<string, number>();
    for (let turn = 0; turn < 60_000; turn++) {
      const key = `key ${(turn * 7) % 12_000}`;
      if (limiter.consume(limit, key).allowed) granted.set(key, (granted.get(key) ?? 0) + 1);
    }
    assert.equal(Math.max(...granted.values()), 3);
    // Once the flood is over, keys have counters of their own again.
    await clock.advance(180_000);
    assert.equal(limiter.consume(limit, "late", 3).remaining, 0);
    assert.equal(limiter.peek(limit, "later").remaining, 3);
  });
}

test("who moves from a shared counter to a free slot takes along what was used", async () => {
  const { clock, limiter } = open(1);
  const long = createLimit({ name: "x", algorithm: "token-bucket", limit: 3, windowMs: 600_000 });
  for (let key = 0; key < 3_072; key++) limiter.consume(bucket, `filler ${key}`);
  assert.equal(limiter.consume(long, "crowded", 3).remaining, 0);
  await clock.advance(60_000);
  assert.equal(limiter.consume(long, "crowded").allowed, false);
});

test("slots of expired counters are used again", async () => {
  const { clock, limiter } = open();
  for (let round = 0; round < 20; round++) {
    for (let key = 0; key < 10_000; key++) limiter.consume(bucket, `${round} ${key}`);
    await clock.advance(120_000);
  }
  assert.ok(limiter.usage().bytes < 2_000_000, `${limiter.usage().bytes} bytes`);
});

test("a wall clock that steps frees no window's units, and blocks nobody for long", async () => {
  const { clock, limiter } = open();
  const limit = createLimit({ name: "w", algorithm: "fixed-window", limit: 1, windowMs: 60_000 });
  limiter.consume(limit, "key");
  clock.step(-30_000);
  assert.equal(limiter.consume(limit, "key").allowed, false);
  clock.step(-3_600_000);
  assert.equal(limiter.consume(limit, "key").allowed, true);
});

test("a step of the wall clock means nothing to a bucket", () => {
  const { clock, limiter } = open();
  limiter.consume(bucket, "key", 2);
  clock.step(86_400_000);
  assert.equal(limiter.consume(bucket, "key").allowed, false);
});
