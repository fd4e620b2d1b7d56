import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { createBoundedLoad } from "./bounded-load.ts";
import { createJump } from "./jump.ts";
import { createMaglev } from "./maglev.ts";
import { createPartitionTable } from "./partition-table.ts";
import { createRendezvous } from "./rendezvous.ts";
import { createRing } from "./ring.ts";

const members = ["a", "b", "c", "d", "e", "f", "g"];
const locators = [
  createPartitionTable(members),
  createRing(members),
  createJump(members),
  createRendezvous(members),
  createMaglev(members),
];

for (const locator of locators) {
  test(`over ${locator.algorithm} nobody is given more than ⌈c × average⌉, whatever comes and goes`, () => {
    const steps = fc.array(fc.tuple(fc.string({ maxLength: 3 }), fc.boolean()), { maxLength: 300 });
    fc.assert(
      fc.property(steps, fc.double({ min: 1.01, max: 3, noNaN: true }), (calls, factor) => {
        const bounded = createBoundedLoad(locator, { factor });
        const held: string[] = [];
        for (const [key, releases] of calls) {
          if (releases && held.length > 0) bounded.release(held.shift() ?? "");
          const chosen = bounded.acquire(key);
          assert.ok(chosen !== undefined);
          held.push(chosen);
          const load = bounded.loads().get(chosen) ?? 0;
          assert.ok(load <= Math.ceil((factor * held.length) / members.length));
        }
      }),
    );
  });
}

test("one hot key fills its owner, then spills over along its own walk", () => {
  const ring = createRing(members);
  const bounded = createBoundedLoad(ring, { factor: 1.25 });
  const chosen = Array.from({ length: 7 }, () => bounded.acquire("hot"));
  // ⌈1.25 × n ÷ 7⌉ is 1 up to five keys and 2 from the sixth on.
  assert.deepEqual(chosen.slice(0, 5), ring.replicas("hot", 5));
  assert.deepEqual(chosen.slice(5), ring.replicas("hot", 2));
});

test("a heavier member may hold more", () => {
  const bounded = createBoundedLoad(createRing([{ id: "big", weight: 3 }, "small"]));
  for (let n = 0; n < 400; n++) bounded.acquire(`key:${n}`);
  const loads = bounded.loads();
  assert.ok((loads.get("small") ?? 0) <= 125);
  assert.ok((loads.get("big") ?? 0) <= 375);
});

test("what a member that left still holds can be released, and counts again when it returns", () => {
  const bounded = createBoundedLoad(createRing(["a", "b"]), { factor: 2 });
  for (let n = 0; n < 20; n++) bounded.acquire(`key:${n}`);
  const held = bounded.loads().get("a") ?? 0;
  assert.ok(held > 1);
  bounded.replaceLocator(createRing(["b"]));
  bounded.release("a");
  assert.deepEqual([...bounded.loads().keys()], ["b"]);
  bounded.replaceLocator(createRing(["a", "b"]));
  assert.equal(bounded.loads().get("a"), held - 1);
});

test("without members there is nobody; a factor of 1 and a release too many are refused", () => {
  assert.equal(createBoundedLoad(createRing([])).acquire("key"), undefined);
  assert.throws(() => createBoundedLoad(createRing(["a"]), { factor: 1 }), RangeError);
  assert.throws(() => createBoundedLoad(createRing(["a"])).release("a"), RangeError);
});
