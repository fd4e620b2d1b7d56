/** Waiting for what comes by itself. */
import assert from "node:assert/strict";
import { setTimeout as delay } from "node:timers/promises";

/** Reads until it is `expected`, for `withinMs` at most; answers how long that took, in ms. */
export async function untilEqual<Value>(
  read: () => Promise<Value>,
  expected: Value,
  withinMs = 10_000,
): Promise<number> {
  const fromMs = performance.now();
  for (;;) {
    const value = await read();
    const tookMs = performance.now() - fromMs;
    if (value === expected) return tookMs;
    if (tookMs > withinMs) assert.equal(value, expected);
    await delay(20);
  }
}
