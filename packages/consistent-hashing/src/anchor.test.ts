import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { createAnchor, type AnchorLocator } from "./anchor.ts";
import { diffKeys } from "./diff.ts";
import { stats } from "./stats.ts";

const keys = Array.from({ length: 20_000 }, (_, n) => `key:${n * 7_919}`);
const names = Array.from({ length: 50 }, (_, n) => `m${n}`);

/** Comings and goings by number; those that are not possible are passed over. */
function apply(
  start: AnchorLocator,
  changes: readonly number[],
  seen: (next: AnchorLocator, before: AnchorLocator) => void,
) {
  let anchor = start;
  for (const [turn, change] of changes.entries()) {
    const { members } = anchor;
    const leaves = change % 2 === 1 && members.length > 1;
    if (!leaves && members.length === anchor.capacity) continue;
    const next = leaves
      ? anchor.without(members[change % members.length]?.id ?? "")
      : anchor.with(`new${turn}`);
    seen(next, anchor);
    anchor = next;
  }
}

test("whoever leaves gives only and whoever comes takes only, in any order of changes", () => {
  const sample = keys.slice(0, 400);
  fc.assert(
    fc.property(fc.array(fc.nat(), { maxLength: 60 }), (changes) => {
      apply(createAnchor(names.slice(0, 12), { capacity: 20 }), changes, (next, before) => {
        const { betweenSurvivors } = diffKeys(before, next, sample);
        assert.equal(betweenSurvivors, 0);
      });
    }),
    { numRuns: 50 },
  );
});

test("the last who left comes back to its own keys", () => {
  const full = createAnchor(names);
  const without = full.without("m7").without("m30");
  const back = without.with("m30").with("m7");
  for (const key of keys) assert.equal(back.locate(key), full.locate(key));
});

test("the keys of those that left are divided evenly", () => {
  let anchor = createAnchor(names);
  for (let n = 0; n < 25; n++) anchor = anchor.without(`m${(n * 7) % 50}`);
  const { peakToAverage: peak } = stats(anchor, keys);
  // 800 keys each on average: chance alone spreads by 3.5 %.
  assert.ok(peak < 1.15, String(peak));
});

test("weights, too many members and unknown ones are refused", () => {
  assert.throws(() => createAnchor(["a", { id: "b", weight: 2 }]), /no weights/);
  assert.throws(() => createAnchor(["a", "b"], { capacity: 1 }), RangeError);
  const full = createAnchor(["a", "b"], { capacity: 2 });
  assert.throws(() => full.with("c"), RangeError);
  assert.throws(() => full.with("a"), RangeError);
  assert.throws(() => full.without("c"), RangeError);
  assert.equal(full.without("a").without("b").locate("key"), undefined);
});
