import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { diff } from "./diff.ts";
import { createMaglev } from "./maglev.ts";
import { spaceStats } from "./stats.ts";

const names = (count: number): string[] =>
  Array.from({ length: count }, (_, n) => `10.0.0.${n}:80`);

test("nobody has 1 % more than the average, for any number of members the default table is for", () => {
  for (const count of [1, 2, 3, 10, 100, 655, 656]) {
    const { peakToAverage } = spaceStats(createMaglev(names(count)));
    assert.ok(peakToAverage <= 1.01, `${count}: ${peakToAverage}`);
  }
});

test("weights are kept to one slot", () => {
  const weight = fc.integer({ min: 1, max: 20 });
  fc.assert(
    fc.property(fc.array(weight, { minLength: 1, maxLength: 20 }), (weights) => {
      const tableSize = 5_003;
      const members = weights.map((each, n) => ({ id: `m${n}`, weight: each }));
      for (const { share, expected } of spaceStats(createMaglev(members, { tableSize })).members) {
        assert.ok(Math.abs(share - expected) * tableSize <= 2);
      }
    }),
    { numRuns: 30 },
  );
});

test("one more member moves less than three times the minimum, and that is all it promises", () => {
  const { moved, minimum } = diff(createMaglev(names(100)), createMaglev(names(101)));
  assert.ok(moved / minimum < 3, String(moved / minimum));
});

test("a table that is no prime, or too small, is refused", () => {
  for (const tableSize of [65_536, 1, 2, 0, -7, 2.5]) {
    assert.throws(() => createMaglev(["a", "b", "c"], { tableSize }), RangeError);
  }
});
