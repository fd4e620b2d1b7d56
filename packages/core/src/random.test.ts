import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { createSeededRandom, systemRandom } from "./random.ts";

for (const [name, random] of [
  ["the system's random", systemRandom],
  ["a seeded random", createSeededRandom(7)],
] as const) {
  describe(name, () => {
    test("bytes() gives as many bytes as asked, also none and a great many", () => {
      for (const count of [0, 1, 32, 65_536, 65_537, 200_000]) {
        assert.equal(random.bytes(count).length, count);
      }
    });

    test("bytes() uses every byte value about equally often", () => {
      const counts = Array.from({ length: 256 }, () => 0);
      for (const byte of random.bytes(256_000)) counts[byte] = (counts[byte] ?? 0) + 1;
      // 1,000 expected each, standard deviation 32: ten of them never happen by chance.
      assert.ok(Math.min(...counts) > 680 && Math.max(...counts) < 1_320);
    });

    test("float() stays within [0, 1) and averages one half", () => {
      let sum = 0;
      for (let draw = 0; draw < 20_000; draw += 1) {
        const value = random.float();
        assert.ok(value >= 0 && value < 1);
        sum += value;
      }
      assert.ok(Math.abs(sum / 20_000 - 0.5) < 0.02);
    });

    test("below() is fair for a limit that does not divide 2^32", () => {
      const counts = [0, 0, 0, 0, 0, 0];
      for (let draw = 0; draw < 60_000; draw += 1) {
        const value = random.below(6);
        counts[value] = (counts[value] ?? 0) + 1;
      }
      assert.equal(counts.length, 6);
      for (const count of counts) assert.ok(Math.abs(count - 10_000) < 1_000);
    });

    test("below() takes 1 and 2^32, and refuses what is not a whole number within", () => {
      assert.equal(random.below(1), 0);
      assert.ok(Number.isInteger(random.below(2 ** 32)));
      for (const limit of [0, -1, 1.5, Number.NaN, 2 ** 32 + 1]) {
        assert.throws(() => random.below(limit), RangeError);
      }
    });
  });
}

test("below() draws again where a plain remainder would favour small results", () => {
  // With a limit of 3 × 2^30, a plain remainder gives the lowest third twice as often.
  const random = createSeededRandom(11);
  let low = 0;
  for (let draw = 0; draw < 30_000; draw += 1) {
    if (random.below(3 * 2 ** 30) < 2 ** 30) low += 1;
  }
  assert.ok(Math.abs(low - 10_000) < 600, `${low} of 30,000`);
});

test("the same seed gives the same sequence, another seed another one", () => {
  const draw = (seed: number): number[] => {
    const random = createSeededRandom(seed);
    return Array.from({ length: 8 }, () => random.below(1_000_000));
  };
  assert.deepEqual(draw(42), draw(42));
  assert.notDeepEqual(draw(42), draw(43));
});
