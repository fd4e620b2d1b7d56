import assert from "node:assert/strict";
import { test } from "node:test";
import { createSeededRandom } from "@tenfold/core";
import { retryWaitMs } from "./retry.ts";

const limits = { retryDelayMs: 1_000, retryDelayMsMax: 60_000 };
const never = { ...createSeededRandom(1), float: () => 0 };
const always = { ...createSeededRandom(1), float: () => 1 };

test("the wait doubles with each retry and its jitter stays under the ceiling", () => {
  const lowest = [0, 1, 2, 3].map((retries) => retryWaitMs(limits, retries, never));
  const highest = [0, 1, 2, 3].map((retries) => retryWaitMs(limits, retries, always));
  assert.deepEqual(lowest, [500, 1_000, 2_000, 4_000]);
  assert.deepEqual(highest, [1_000, 2_000, 4_000, 8_000]);
});

test("no wait grows beyond the maximum, and there they still differ", () => {
  const random = createSeededRandom(7);
  const waits = Array.from({ length: 200 }, () => retryWaitMs(limits, 1_000, random));
  assert.ok(waits.every((wait) => wait >= 30_000 && wait <= 60_000));
  assert.ok(new Set(waits).size > 100);
});
