import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { createSeededRandom } from "@tenfold/core";
import { Sketch } from "./sketch.ts";

function sketchOf(hashes: Iterable<number>): Sketch {
  const sketch = new Sketch();
  for (const hash of hashes) sketch.add(hash);
  return sketch;
}

function randomHashes(count: number, seed: number): number[] {
  const random = createSeededRandom(seed);
  return Array.from(
    { length: count },
    () => random.below(2 ** 24) * 2 ** 24 + random.below(2 ** 24),
  );
}

const someHash = fc.integer({ min: 0, max: 2 ** 48 - 1 });

test("up to 512 visitors the count is exact, also after storing and merging", () => {
  fc.assert(
    fc.property(
      fc.array(someHash, { maxLength: 250 }),
      fc.array(someHash, { maxLength: 250 }),
      (a, b) => {
        const merged = Sketch.fromBytes(sketchOf(a).toBytes());
        merged.merge(sketchOf(b));
        assert.equal(merged.count(), new Set([...a, ...b]).size);
      },
    ),
  );
});

test("beyond, the count stays within five standard errors", () => {
  for (const [seed, count] of [513, 2_000, 10_000, 20_000, 100_000, 1_000_000].entries()) {
    const error = sketchOf(randomHashes(count, seed + 1)).count() / count - 1;
    assert.ok(Math.abs(error) < 5 * 0.01625, `${count}: ${error}`);
  }
});

test("a union is the same in any order and any split, stored or not", () => {
  const hashes = randomHashes(3_000, 9);
  const whole = sketchOf(hashes);
  for (const cut of [1, 100, 600, 2_900]) {
    const left = sketchOf(hashes.slice(0, cut));
    const right = sketchOf(hashes.slice(cut - 1));
    const ways = [
      [left, right],
      [right, left],
    ] as const;
    for (const [into, from] of ways) {
      const merged = Sketch.fromBytes(into.toBytes());
      merged.merge(Sketch.fromBytes(from.toBytes()));
      assert.deepEqual(merged.toBytes(), whole.toBytes());
    }
  }
});

test("hashes of all zeros and all ones are taken", () => {
  const sketch = sketchOf(randomHashes(600, 3));
  const before = sketch.count();
  sketch.add(0);
  sketch.add(2 ** 48 - 1);
  assert.ok(sketch.count() >= before && Number.isFinite(sketch.count()));
});
