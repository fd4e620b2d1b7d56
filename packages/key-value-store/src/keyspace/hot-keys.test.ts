import assert from "node:assert/strict";
import { test } from "node:test";
import { createSeededRandom } from "@tenfold/core";
import { createHotKeys } from "./hot-keys.ts";

function createBench(seed: number) {
  const time = { nowMs: 0 };
  const random = createSeededRandom(seed);
  return { time, random, hot: createHotKeys({ random, monotonic: () => time.nowMs }) };
}

test("keys that are hot are found among a million that are not, with about their rate", () => {
  const { time, random, hot } = createBench(1);
  const calls = 200_000;
  for (let call = 0; call < calls; call++) {
    time.nowMs = (call / calls) * 10_000;
    const draw = random.float();
    const name = draw < 0.1 ? "hottest" : draw < 0.15 ? "hot" : `cold ${random.below(1_000_000)}`;
    hot.note(Buffer.from(name));
  }
  assert.deepEqual(hot.top(5), []);
  time.nowMs = 10_000;
  const [first, second, ...others] = hot.top(5);
  assert.equal(String(first?.key), "hottest");
  assert.equal(String(second?.key), "hot");
  // 2,000/s and 1,000/s, of a sample of 312 and 156: four standard deviations.
  assert.ok(Math.abs((first?.perSecond ?? 0) - 2_000) < 480, `${first?.perSecond}`);
  assert.ok(Math.abs((second?.perSecond ?? 0) - 1_000) < 340, `${second?.perSecond}`);
  assert.deepEqual(others, []);
});

test("what was hot is forgotten, and keys that take turns are all seen", () => {
  const { time, hot } = createBench(2);
  for (let call = 0; call < 100_000; call++) hot.note(Buffer.from(`key ${call % 64}`));
  time.nowMs = 10_000;
  const found = hot.top(100);
  assert.equal(found.length, 64);
  for (const { perSecond } of found) assert.ok(perSecond > 40 && perSecond < 320, `${perSecond}`);
  time.nowMs = 20_000;
  assert.deepEqual(hot.top(100), []);
});
