import assert from "node:assert/strict";
import { describe, test } from "node:test";
import * as fc from "fast-check";
import { createManualClock, hasCode } from "@tenfold/core";
import {
  defineSnowflakeLayout,
  longLayout,
  safeLayout,
  twitterLayout,
} from "./snowflake-layout.ts";
import { createSnowflake, type Snowflake, type SnowflakeOptions } from "./snowflake.ts";
import { createWorkerRegistry } from "./worker-registry.ts";

const START_MS = 1_750_000_000_000;

function generator(options: Partial<SnowflakeOptions> = {}) {
  const clock = createManualClock(START_MS);
  const registry = createWorkerRegistry();
  return { clock, ids: createSnowflake({ clock, registry }, { workerId: 5, ...options }) };
}

/** Each way to draw `count` IDs, as bigints. */
const ways: Readonly<Record<string, (ids: Snowflake, count: number) => bigint[]>> = {
  next: (ids, count) => Array.from({ length: count }, () => ids.next()),
  nextText: (ids, count) => Array.from({ length: count }, () => BigInt(ids.nextText())),
  nextTexts: (ids, count) => ids.nextTexts(count).map(BigInt),
  fillBigInts(ids, count) {
    // Not at the beginning of its buffer.
    const array = new BigUint64Array(new ArrayBuffer(8 * (count + 3)), 16, count);
    ids.fillBigInts(array);
    return [...array];
  },
  fillHalves(ids, count) {
    const [high, low] = [new Uint32Array(count), new Uint32Array(count)];
    ids.fillHalves(high, low);
    return Array.from(high, (upper, at) => (BigInt(upper) << 32n) | BigInt(low[at] ?? 0));
  },
  nextNumber: (ids, count) => Array.from({ length: count }, () => BigInt(ids.nextNumber())),
  fillNumbers(ids, count) {
    const array = new Float64Array(count);
    ids.fillNumbers(array);
    return [...array].map(BigInt);
  },
};
const wayNames = Object.keys(ways);

describe("batches", () => {
  test("every way to draw gives the IDs that next() would give, in any layout and mixture", () => {
    const layout = fc.constantFrom(
      safeLayout,
      { ...safeLayout, timeBits: 44, workerBits: 3 },
      defineSnowflakeLayout({ timeBits: 33, sequenceBits: 20, tickMs: 1_000 }),
    );
    const move = fc.record({
      way: fc.constantFrom(...wayNames),
      count: fc.integer({ min: 0, max: 200 }),
      stepMs: fc.integer({ min: -5, max: 5 }),
    });
    fc.assert(
      fc.property(layout, fc.array(move, { maxLength: 20 }), (layout, moves) => {
        const options = { layout, workerId: layout.workerBits > 0 ? 5 : 0 };
        const [mixed, single] = [generator(options), generator(options)];
        for (const { way, count, stepMs } of moves) {
          mixed.clock.step(stepMs);
          single.clock.step(stepMs);
          const drawn = ways[way]?.(mixed.ids, count);
          assert.deepEqual(drawn, ways["next"]?.(single.ids, count));
        }
      }),
    );
  });

  test("in 63 bits too, over full ticks and with the halves' highest bits", () => {
    for (const layout of [twitterLayout, longLayout]) {
      for (const timeMs of [
        START_MS,
        layout.epochMs + 2 ** layout.timeBits * layout.tickMs - 990,
      ]) {
        const expected = (() => {
          const { ids, clock } = generator({ layout });
          clock.step(timeMs - START_MS);
          return ways["next"]?.(ids, 10_000);
        })();
        for (const way of ["nextTexts", "fillBigInts", "fillHalves"]) {
          const { ids, clock } = generator({ layout });
          clock.step(timeMs - START_MS);
          assert.deepEqual(ways[way]?.(ids, 10_000), expected, way);
        }
      }
    }
  });

  test("a batch is whole or nothing: without room for all, none is used up", async () => {
    const { ids, clock } = generator({ aheadMsMax: 2 });
    assert.equal(ids.room(), 3 * 4096);
    assert.throws(
      () => ids.fillBigInts(new BigUint64Array(3 * 4096 + 1)),
      (error) => hasCode(error, "clock_behind"),
    );
    assert.equal(ids.decode(ids.next()).sequence, 0);
    assert.equal(ids.room(), 3 * 4096 - 1);
    ids.fillBigInts(new BigUint64Array(3 * 4096 - 1));
    assert.equal(ids.room(), 0);
    assert.throws(
      () => ids.nextTexts(1),
      (error) => hasCode(error, "clock_behind"),
    );
    assert.deepEqual(ids.nextTexts(0), []);
    await clock.advance(1);
    assert.equal(ids.room(), 4096);
  });

  test("numbers are refused where they would lose digits", () => {
    const { ids } = generator();
    assert.throws(() => ids.nextNumber(), RangeError);
    assert.throws(() => ids.fillNumbers(new Float64Array(1)), RangeError);
    assert.throws(() => ids.fillHalves(new Uint32Array(2), new Uint32Array(1)), RangeError);
    assert.throws(() => ids.nextTexts(-1), RangeError);
    assert.equal(ids.decode(ids.next()).sequence, 0);
  });

  test("53-bit IDs are exact as numbers until the end of their time", () => {
    const { ids, clock } = generator({ layout: safeLayout, workerId: 63 });
    clock.step(safeLayout.epochMs + 2 ** 41 - 1 - START_MS);
    const numbers = new Float64Array(64);
    ids.fillNumbers(numbers);
    assert.equal(numbers.at(-1), Number.MAX_SAFE_INTEGER);
    assert.equal(ids.decode(Number.MAX_SAFE_INTEGER).workerId, 63);
    assert.throws(
      () => ids.decode(Number.MAX_SAFE_INTEGER + 1),
      (error) => hasCode(error, "id_invalid"),
    );
  });
});
