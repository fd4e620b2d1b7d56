import assert from "node:assert/strict";
import { describe, test } from "node:test";
import * as fc from "fast-check";
import { createPermutation } from "./permutation.ts";

const KEY = Uint8Array.from({ length: 32 }, (_, index) => index);
const CODES = 62n ** 7n;

function distance(a: bigint, b: bigint): number {
  return Number(a > b ? a - b : b - a);
}

describe("one to one", () => {
  test("every small domain is mapped onto itself, each number once, and back", () => {
    const sizes = [...Array.from({ length: 70 }, (_, index) => index + 1), 255, 256, 257, 1_000];
    for (const size of [...sizes, 4_096, 4_097]) {
      const permutation = createPermutation({ key: KEY, size: BigInt(size) });
      const seen = new Set<bigint>();
      for (let value = 0n; value < size; value += 1n) {
        const image = permutation.forward(value);
        assert.ok(image >= 0n && image < size);
        if (permutation.backward(image) !== value) assert.fail(`${value} of ${size}`);
        seen.add(image);
      }
      assert.equal(seen.size, size);
    }
  });

  test("backward() undoes forward() and the other way round on large domains", () => {
    const sizes = [CODES, 2n ** 32n - 1n, 2n ** 33n + 1n, 2n ** 62n + 1n, 2n ** 63n, 2n ** 64n];
    for (const size of sizes) {
      const permutation = createPermutation({ key: KEY, size });
      const values = fc.bigInt({ min: 0n, max: size - 1n });
      fc.assert(
        fc.property(values, (value) => {
          const image = permutation.forward(value);
          assert.ok(image >= 0n && image < size);
          assert.equal(permutation.backward(image), value);
          assert.equal(permutation.forward(permutation.backward(value)), value);
        }),
        {
          numRuns: 200,
          examples: [[0n], [size - 1n], [size / 2n]],
        },
      );
    }
  });
});

describe("hard to guess", () => {
  const permutation = createPermutation({ key: KEY, size: CODES });

  test("consecutive numbers land far apart: a third of the domain on average, as by lot", () => {
    let sum = 0;
    let near = 0;
    for (let value = 0n; value < 10_000n; value += 1n) {
      const apart = distance(permutation.forward(value), permutation.forward(value + 1n));
      sum += apart;
      if (apart < Number(CODES) / 1_000) near += 1;
    }
    const average = sum / 10_000 / Number(CODES);
    assert.ok(Math.abs(average - 1 / 3) < 0.02, `${average}`);
    // About 20 of 10,000 random pairs are within a thousandth of the domain.
    assert.ok(near < 60, `${near}`);
  });

  test("the images of the first numbers spread evenly over the domain", () => {
    const counts = Array.from({ length: 100 }, () => 0);
    for (let value = 0n; value < 20_000n; value += 1n) {
      const bin = Number((permutation.forward(value) * 100n) / CODES);
      counts[bin] = (counts[bin] ?? 0) + 1;
    }
    const chiSquared = counts.reduce((sum, count) => sum + (count - 200) ** 2 / 200, 0);
    // 99 degrees of freedom: below 50 or above 165 would come up once in 10,000 keys.
    assert.ok(chiSquared > 50 && chiSquared < 165, `${chiSquared}`);
  });

  test("one bit of the input, or of the key, changes half of the bits of the output", () => {
    const size = 2n ** 64n;
    const otherKey = Uint8Array.from(KEY, (byte, index) => (index === 31 ? byte ^ 1 : byte));
    const [one, other] = [KEY, otherKey].map((key) => createPermutation({ key, size }));
    assert.ok(one !== undefined && other !== undefined);
    const flipped = { input: 0, key: 0 };
    for (let value = 0n; value < 500n; value += 1n) {
      const image = one.forward(value);
      flipped.input += ones(image ^ one.forward(value ^ (1n << (value % 64n))));
      flipped.key += ones(image ^ other.forward(value));
    }
    assert.ok(Math.abs(flipped.input / 500 - 32) < 1.5, `${flipped.input / 500}`);
    assert.ok(Math.abs(flipped.key / 500 - 32) < 1.5, `${flipped.key / 500}`);
  });

  test("one key gives unrelated permutations for different sizes", () => {
    const neighbour = createPermutation({ key: KEY, size: CODES + 1n });
    let same = 0;
    for (let value = 0n; value < 1_000n; value += 1n) {
      if (neighbour.forward(value) === permutation.forward(value)) same += 1;
    }
    assert.equal(same, 0);
  });
});

test("the mapping is for ever: it equals what a second implementation computed", () => {
  // Images of 0, 1, 2, N / 2 and N - 1 under KEY, by Python from the definitions.
  const pinned: [bigint, bigint[]][] = [
    [10n, [1n, 7n, 4n, 2n, 3n]],
    [1_000n, [616n, 341n, 186n, 409n, 632n]],
    [2n ** 32n, [3783561551n, 4246301606n, 2425174852n, 4256820261n, 1323406009n]],
    [CODES, [3394403346787n, 2790061614562n, 463423364471n, 1665926646162n, 2933504806838n]],
    [
      2n ** 64n,
      [
        6567844664798038237n,
        1480015072698985078n,
        125483950679917531n,
        2058084781775864371n,
        4195391814889194856n,
      ],
    ],
  ];
  for (const [size, images] of pinned) {
    const permutation = createPermutation({ key: KEY, size });
    const values = [0n, 1n, 2n, size / 2n, size - 1n];
    assert.deepEqual(
      values.map((value) => permutation.forward(value)),
      images,
    );
  }
});

test("numbers outside the domain, impossible sizes and short keys are refused", () => {
  const permutation = createPermutation({ key: KEY, size: 10n });
  for (const value of [-1n, 10n, 2n ** 70n]) {
    assert.throws(() => permutation.forward(value), RangeError);
    assert.throws(() => permutation.backward(value), RangeError);
  }
  for (const size of [0n, -1n, 2n ** 64n + 1n]) {
    assert.throws(() => createPermutation({ key: KEY, size }), RangeError);
  }
  assert.throws(() => createPermutation({ key: KEY.subarray(0, 15), size: 10n }), RangeError);
});

test("the key is read once: changing the bytes afterwards changes nothing", () => {
  const key = Uint8Array.from(KEY);
  const permutation = createPermutation({ key, size: CODES });
  const before = permutation.forward(1n);
  key.fill(0);
  assert.equal(permutation.forward(1n), before);
});

function ones(value: bigint): number {
  return value.toString(2).replaceAll("0", "").length;
}
