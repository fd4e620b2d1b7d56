import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { createManualClock, hasCode } from "@tenfold/core";
import { createSnowflake, type SnowflakeOptions } from "./snowflake.ts";
import { longLayout } from "./snowflake-layout.ts";
import { createWorkerRegistry } from "./worker-registry.ts";

const START_MS = 1_750_000_000_000;
const isBehind = (error: unknown): boolean => hasCode(error, "clock_behind");

function generator(options: Partial<SnowflakeOptions> = {}) {
  const clock = createManualClock(START_MS);
  const seen = { overflows: 0, stepsMs: [] as number[], short: 0 };
  const observer = {
    overflowed: (ticks: number) => (seen.overflows += ticks),
    steppedBack: (ms: number) => seen.stepsMs.push(ms),
    shortOfTime: () => (seen.short += 1),
  };
  const deps = { clock, observer, registry: createWorkerRegistry() };
  return { clock, seen, ids: createSnowflake(deps, { workerId: 1, ...options }) };
}

describe("a clock that steps back", () => {
  test("with refuse and wait, gives nothing until it is back where it was", async () => {
    for (const onClockStep of ["refuse", "wait"] as const) {
      const { clock, ids } = generator({ onClockStep });
      const before = ids.next();
      clock.step(-5);
      assert.throws(() => ids.next(), isBehind);
      assert.throws(() => ids.fillBigInts(new BigUint64Array(1)), isBehind);
      assert.equal(ids.room(), 0);
      await clock.advance(4);
      assert.throws(() => ids.nextText(), isBehind);
      await clock.advance(1);
      assert.ok(ids.next() > before);
    }
  });

  test("with refuse, a full tick is still borrowed: it is no step", () => {
    const { ids } = generator({ onClockStep: "refuse", aheadMsMax: 1 });
    ids.fillBigInts(new BigUint64Array(2 * 4096));
    assert.throws(() => ids.next(), isBehind);
  });

  test("is told once for each step, with its size; borrowed ticks are counted", async () => {
    const { clock, ids, seen } = generator();
    ids.next();
    clock.step(-5_000);
    ids.next();
    ids.next();
    assert.deepEqual(seen.stepsMs, [5_000]);
    await clock.advance(10);
    ids.next();
    clock.step(-3_600_000);
    ids.next();
    assert.deepEqual(seen.stepsMs, [5_000, 3_600_000]);
    ids.fillBigInts(new BigUint64Array(4096 * 4));
    assert.equal(seen.overflows, 4);
    assert.equal(ids.aheadMs(), 3_604_994);
  });

  test("by less than a tick is no step at all", () => {
    const { clock, ids, seen } = generator({ layout: longLayout, onClockStep: "refuse" });
    clock.step(9);
    ids.next();
    clock.step(-9);
    ids.next();
    assert.deepEqual(seen.stepsMs, []);
  });
});

describe("the time mark", () => {
  test("is never passed: IDs stay on it while the clock goes on, until it is moved", async () => {
    const { clock, ids, seen } = generator({ markMs: START_MS + 2 });
    await clock.advance(60_000);
    assert.equal(ids.decode(ids.next()).timeMs, START_MS + 2);
    assert.equal(seen.short, 1);
    ids.fillBigInts(new BigUint64Array(4095));
    assert.throws(
      () => ids.next(),
      (error) => hasCode(error, "time_not_reserved"),
    );
    assert.throws(
      () => ids.fillBigInts(new BigUint64Array(1)),
      (error) => hasCode(error, "time_not_reserved"),
    );
    assert.equal(ids.lastIssuedMs(), START_MS + 2);
    ids.allowUntil(START_MS + 70_000);
    assert.equal(ids.decode(ids.next()).timeMs, START_MS + 60_000);
    ids.allowUntil(0);
    await clock.advance(1_000);
    assert.equal(ids.decode(ids.next()).timeMs, START_MS + 61_000);
  });

  test("stops borrowing too", () => {
    const { ids } = generator({ markMs: START_MS + 1, aheadMsMax: 1_000 });
    assert.equal(ids.room(), 2 * 4096);
    ids.fillBigInts(new BigUint64Array(2 * 4096));
    assert.throws(
      () => ids.next(),
      (error) => hasCode(error, "time_not_reserved"),
    );
  });

  test("in ticks of 10 ms covers whole ticks, for the holder and its successor alike", () => {
    const { ids } = generator({ layout: longLayout, markMs: START_MS + 5, aheadMsMax: 1_000 });
    ids.fillBigInts(new BigUint64Array(256));
    assert.throws(
      () => ids.next(),
      (error) => hasCode(error, "time_not_reserved"),
    );
    const next = generator({ layout: longLayout, lastIssuedMs: START_MS + 5 });
    assert.equal(next.ids.decode(next.ids.next()).timeMs, START_MS + 10);
  });
});
