import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { hasCode } from "@tenfold/core";
import {
  bitsOf,
  decodeSnowflake,
  SNOWFLAKE_EPOCH_MS,
  snowflakeFromTime,
  twitterLayout,
} from "./snowflake-layout.ts";

test("the parts fill 63 bits, and the epoch and its end are as documented", () => {
  assert.equal(bitsOf(twitterLayout), 63);
  assert.equal(new Date(SNOWFLAKE_EPOCH_MS).toISOString(), "2010-11-04T01:42:54.657Z");
  const end = new Date(SNOWFLAKE_EPOCH_MS + (2 ** 41 - 1));
  assert.equal(end.toISOString().slice(0, 10), "2080-07-10");
});

test("a published Twitter ID is read as its authors say", () => {
  // The example of Wikipedia's "Snowflake ID": sent 2022-06-28T16:07:40.105Z, machine 378.
  const parts = decodeSnowflake("1541815603606036480");
  assert.equal(new Date(parts.timeMs).toISOString(), "2022-06-28T16:07:40.105Z");
  assert.equal(parts.datacenterId * 32 + parts.workerId, 378);
  assert.equal(parts.sequence, 0);
});

test("decoding gives back whatever parts an ID was put together from", () => {
  const parts = fc.record({
    sinceMs: fc.integer({ min: 0, max: 2 ** 41 - 1 }),
    datacenterId: fc.integer({ min: 0, max: 31 }),
    workerId: fc.integer({ min: 0, max: 31 }),
    sequence: fc.integer({ min: 0, max: 4095 }),
    epochMs: fc.integer({ min: 0, max: 2_000_000_000_000 }),
  });
  fc.assert(
    fc.property(parts, ({ sinceMs, datacenterId, workerId, sequence, epochMs }) => {
      const id =
        BigInt(sinceMs) * 2n ** 22n +
        BigInt(datacenterId * 2 ** 17 + workerId * 2 ** 12 + sequence);
      const expected = { timeMs: epochMs + sinceMs, datacenterId, workerId, sequence };
      assert.deepEqual(decodeSnowflake(id, { ...twitterLayout, epochMs }), expected);
      assert.deepEqual(decodeSnowflake(id.toString(), { ...twitterLayout, epochMs }), expected);
    }),
  );
});

test("what is not an ID is refused with id_invalid", () => {
  const wrong = ["", "-1", "1.5", "0x10", " 1", "1e3", "9223372036854775808", "1".repeat(99_999)];
  for (const id of [...wrong, -1n, 2n ** 63n]) {
    assert.throws(
      () => decodeSnowflake(id),
      (error) => hasCode(error, "id_invalid"),
    );
  }
  assert.equal(decodeSnowflake("9223372036854775807").sequence, 4095);
});

test("idFromTime() bounds the IDs of a span from below and above", () => {
  const timeMs = 1_750_000_000_000;
  const first = snowflakeFromTime(timeMs);
  assert.equal(decodeSnowflake(first).timeMs, timeMs);
  assert.equal(decodeSnowflake(first - 1n).timeMs, timeMs - 1);
  assert.equal(decodeSnowflake(snowflakeFromTime(timeMs + 1) - 1n).timeMs, timeMs);
  assert.equal(snowflakeFromTime(timeMs + 0.5), snowflakeFromTime(timeMs + 1));
});

test("idFromTime() gives the nearest ID for a time that the layout cannot hold", () => {
  assert.equal(snowflakeFromTime(0), 0n);
  assert.equal(snowflakeFromTime(-Infinity), 0n);
  assert.equal(snowflakeFromTime(Infinity), 2n ** 63n - 1n);
  assert.equal(snowflakeFromTime(SNOWFLAKE_EPOCH_MS + 2 ** 41), 2n ** 63n - 1n);
  assert.throws(() => snowflakeFromTime(Number.NaN), RangeError);
});
