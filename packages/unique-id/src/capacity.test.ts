import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { planSnowflakeLayout, snowflakeCapacity } from "./capacity.ts";
import {
  bitsOf,
  decodeSnowflake,
  defineSnowflakeLayout,
  longLayout,
  safeLayout,
  snowflakeFromTime,
  twitterLayout,
} from "./snowflake-layout.ts";

test("the layouts hold what their comments say", () => {
  const twitter = snowflakeCapacity(twitterLayout);
  assert.equal(twitter.idsPerSecondPerWorker, 4_096_000);
  assert.deepEqual([twitter.workers, twitter.bits, twitter.fitsNumber], [1_024, 63, false]);
  assert.equal(new Date(twitter.lastMs).toISOString().slice(0, 10), "2080-07-10");
  assert.equal(twitter.years.toFixed(1), "69.7");
  const safe = snowflakeCapacity(safeLayout);
  assert.deepEqual([safe.idsPerSecondPerWorker, safe.workers, safe.bits], [64_000, 64, 53]);
  assert.ok(safe.fitsNumber);
  assert.equal(new Date(safe.lastMs).getUTCFullYear(), 2094);
  const long = snowflakeCapacity(longLayout);
  assert.deepEqual([long.idsPerSecondPerWorker, long.workers], [25_600, 65_536]);
  assert.equal(long.years.toFixed(0), "174");
  assert.equal(new Date(long.lastMs).getUTCFullYear(), 2188);
});

test("planSnowflakeLayout() finds Twitter's sizes for Twitter's need", () => {
  const plan = planSnowflakeLayout({ workers: 1_024, idsPerSecondPerWorker: 4_096_000, years: 69 });
  assert.equal(plan.timeBits, 41);
  assert.equal(plan.workerBits, 10);
  assert.equal(plan.sequenceBits, 12);
});

test("planSnowflakeLayout() holds whatever it was asked for, or says that nothing can", () => {
  const need = fc.record({
    workers: fc.integer({ min: 1, max: 65_536 }),
    idsPerSecondPerWorker: fc.integer({ min: 1, max: 10_000_000 }),
    years: fc.integer({ min: 1, max: 200 }),
    bits: fc.constantFrom(53 as const, 63 as const),
    tickMs: fc.constantFrom(1, 10, 1_000),
  });
  fc.assert(
    fc.property(need, (wanted) => {
      let layout;
      try {
        layout = planSnowflakeLayout(wanted);
      } catch (error) {
        assert.ok(error instanceof RangeError);
        return;
      }
      const capacity = snowflakeCapacity(layout);
      assert.ok(capacity.workers >= wanted.workers);
      assert.ok(capacity.idsPerSecondPerWorker >= wanted.idsPerSecondPerWorker);
      assert.ok(capacity.years >= wanted.years);
      assert.ok(capacity.bits <= wanted.bits);
    }),
  );
});

test("planSnowflakeLayout() says by how much a need is too large", () => {
  const need = { workers: 1_024, idsPerSecondPerWorker: 4_096_000, years: 69, bits: 53 } as const;
  assert.throws(() => planSnowflakeLayout(need), /needs 63 bits, and there are 53/);
  assert.throws(() => planSnowflakeLayout({ ...need, workers: 0 }), RangeError);
  assert.throws(() => planSnowflakeLayout({ ...need, years: 0 }), RangeError);
});

test("a split that does not fit is refused", () => {
  for (const split of [
    { timeBits: 42, workerBits: 10, sequenceBits: 12 },
    { timeBits: 0, sequenceBits: 12 },
    { timeBits: 41, sequenceBits: 0 },
    { timeBits: 41, sequenceBits: 23 },
    { timeBits: 30, workerBits: 16, sequenceBits: 16 },
    { timeBits: 41, sequenceBits: 12, tickMs: 0 },
    { timeBits: 41, sequenceBits: 12, epochMs: -1 },
    { timeBits: 41, sequenceBits: 12, epochMs: Number.MAX_SAFE_INTEGER },
  ]) {
    assert.throws(() => defineSnowflakeLayout(split), RangeError);
  }
});

test("in any split, decoding gives back the parts and a time bounds its IDs", () => {
  const split = fc
    .record({
      timeBits: fc.integer({ min: 20, max: 42 }),
      datacenterBits: fc.integer({ min: 0, max: 5 }),
      workerBits: fc.integer({ min: 0, max: 6 }),
      sequenceBits: fc.integer({ min: 1, max: 10 }),
      tickMs: fc.constantFrom(1, 10, 1_000),
      epochMs: fc.integer({ min: 0, max: 2_000_000_000_000 }),
    })
    .chain((sizes) =>
      fc.record({
        layout: fc.constant(defineSnowflakeLayout(sizes)),
        tick: fc.integer({ min: 0, max: 2 ** sizes.timeBits - 1 }),
        datacenterId: fc.integer({ min: 0, max: 2 ** sizes.datacenterBits - 1 }),
        workerId: fc.integer({ min: 0, max: 2 ** sizes.workerBits - 1 }),
        sequence: fc.integer({ min: 0, max: 2 ** sizes.sequenceBits - 1 }),
      }),
    );
  fc.assert(
    fc.property(split, ({ layout, tick, datacenterId, workerId, sequence }) => {
      const low =
        (datacenterId * 2 ** layout.workerBits + workerId) * 2 ** layout.sequenceBits + sequence;
      const lowSize = 2 ** (bitsOf(layout) - layout.timeBits);
      const id = BigInt(tick) * BigInt(lowSize) + BigInt(low);
      const timeMs = layout.epochMs + tick * layout.tickMs;
      const parts = { timeMs, datacenterId, workerId, sequence };
      assert.deepEqual(decodeSnowflake(id, layout), parts);
      if (id <= BigInt(Number.MAX_SAFE_INTEGER)) {
        assert.deepEqual(decodeSnowflake(Number(id), layout), parts);
      }
      assert.ok(snowflakeFromTime(timeMs, layout) <= id);
      assert.ok(tick === 2 ** layout.timeBits - 1 || snowflakeFromTime(timeMs + 1, layout) > id);
    }),
  );
});
