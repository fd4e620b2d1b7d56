import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { createJump, jumpHash } from "./jump.ts";

/** The paper's figure 1, with the 64-bit arithmetic of bigint. */
function jumpOfThePaper(start: bigint, buckets: number): number {
  let key = start;
  let bucket = -1n;
  let next = 0n;
  while (next < buckets) {
    bucket = next;
    key = BigInt.asUintN(64, key * 2862933555777941757n + 1n);
    next = BigInt(Math.floor(Number(bucket + 1n) * (2 ** 31 / Number((key >> 33n) + 1n))));
  }
  return Number(bucket);
}

test("jumpHash() gives the values other implementations publish", () => {
  for (const [key, buckets, bucket] of [
    [1, 1, 0],
    [42, 57, 43],
    [0xdead10cc, 1, 0],
    [0xdead10cc, 666, 361],
    [256, 1_024, 520],
  ] as const) {
    assert.equal(jumpHash(0, key, buckets), bucket);
  }
});

test("jumpHash() is the paper's function for every 64-bit key", () => {
  const half = fc.integer({ min: 0, max: 2 ** 32 - 1 });
  fc.assert(
    fc.property(half, half, fc.integer({ min: 1, max: 100_000 }), (high, low, buckets) => {
      const key = (BigInt(high) << 32n) | BigInt(low);
      assert.equal(jumpHash(high, low, buckets), jumpOfThePaper(key, buckets));
    }),
  );
});

test("jump hashing refuses weights and impossible numbers of buckets", () => {
  assert.throws(() => createJump(["a", { id: "b", weight: 2 }]), /no weights/);
  for (const buckets of [0, -1, 1.5, 2 ** 31 + 1]) {
    assert.throws(() => jumpHash(0, 1, buckets), RangeError);
  }
});
