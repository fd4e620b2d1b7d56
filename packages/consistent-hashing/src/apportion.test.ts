import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { apportion, apportionUpTo } from "./apportion.ts";

const weights = fc.array(
  fc.oneof(fc.integer({ min: 1, max: 9 }), fc.double({ min: 0.01, max: 100, noNaN: true })),
  {
    minLength: 1,
    maxLength: 40,
  },
);
const seats = fc.integer({ min: 0, max: 20_000 });

/** Webster's method as it is told: the highest bid gets the next seat. */
function oneByOne(total: number, of: readonly number[]): number[] {
  const won = of.map(() => 0);
  for (let seat = 0; seat < total; seat++) {
    let best = 0;
    for (const index of of.keys()) {
      const bid = (of[index] ?? 0) / (2 * (won[index] ?? 0) + 1);
      if (bid > (of[best] ?? 0) / (2 * (won[best] ?? 0) + 1)) best = index;
    }
    won[best] = (won[best] ?? 0) + 1;
  }
  return won;
}

test("apportion() gives what giving seats one by one to the highest bid gives", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 300 }), weights, (total, of) => {
      assert.deepEqual([...apportion(total, of)], oneByOne(total, of));
    }),
  );
});

test("apportion() gives away every seat, and no seat would be better given to another", () => {
  fc.assert(
    fc.property(seats, weights, (total, of) => {
      const won = apportion(total, of);
      assert.equal(
        won.reduce((sum, count) => sum + count, 0),
        total,
      );
      const bid = (index: number, held: number): number => (of[index] ?? 0) / (2 * held + 1);
      const next = Math.max(...won.map((count, index) => bid(index, count)));
      for (const [index, count] of won.entries()) {
        if (count > 0) assert.ok(bid(index, count - 1) >= next * (1 - 1e-12));
      }
    }),
  );
});

test("one whose weight grows never makes another gain, one whose weight shrinks never makes another lose", () => {
  fc.assert(
    fc.property(
      seats,
      weights,
      fc.nat(),
      fc.double({ min: 0, max: 100, noNaN: true }),
      (total, of, pick, weight) => {
        const changed = pick % of.length;
        const other = of.with(changed, weight);
        if (other.every((each) => each === 0)) return;
        const before = apportion(total, of);
        const after = apportion(total, other);
        for (const [index, count] of before.entries()) {
          if (index === changed) continue;
          const gained = (after[index] ?? 0) - count;
          assert.ok(weight > (of[changed] ?? 0) ? gained <= 0 : gained >= 0);
        }
      },
    ),
  );
});

test("apportionUpTo() gives nobody more than the most, and nothing is lost while there is room", () => {
  fc.assert(
    fc.property(weights, fc.integer({ min: 1, max: 500 }), fc.nat(), (of, most, draw) => {
      const total = draw % (most * of.length + 1);
      const won = apportionUpTo(most, total, of);
      assert.ok(won.every((count) => count <= most));
      assert.equal(
        won.reduce((sum, count) => sum + count, 0),
        total,
      );
    }),
  );
});
