import assert from "node:assert/strict";
import { test } from "node:test";
import { diff } from "./diff.ts";
import { createRing } from "./ring.ts";
import { spaceStats } from "./stats.ts";

const names = (count: number): string[] =>
  Array.from({ length: count }, (_, n) => `10.0.0.${n}:80`);

test("the spread of the loads is one over the root of the virtual nodes", () => {
  for (const virtualNodes of [10, 40, 160, 640, 2_560]) {
    const { deviation } = spaceStats(createRing(names(200), { virtualNodes }));
    const theory = 1 / Math.sqrt(virtualNodes);
    // The estimate of σ from 200 members is itself off by 5 %; four of those.
    assert.ok(Math.abs(deviation / theory - 1) < 0.2, `${virtualNodes}: ${deviation}`);
  }
});

test("the 101st of 100 members takes about a hundredth, all of it from everyone and nothing else moves", () => {
  const before = createRing(names(100), { virtualNodes: 1_000 });
  const after = createRing(names(101), { virtualNodes: 1_000 });
  const { moved, minimum, betweenSurvivors, moves } = diff(before, after);
  assert.equal(betweenSurvivors, 0);
  assert.ok(Math.abs(moved / minimum - 1) < 0.1);
  assert.ok(moves.every(({ target }) => target === "10.0.0.100:80"));
  assert.equal(new Set(moves.map(({ source }) => source)).size, 100);
});

test("a very light member still has a point", () => {
  const ring = createRing(["a", "b", { id: "light", weight: 1e-6 }]);
  assert.ok(ring.ranges().some(({ member }) => member === "light"));
});

test("points that share a place are decided by name, and the other appears when the first goes", () => {
  // A hash that gives every member the same points.
  const hash = (key: string): number => (key.includes("#") ? Number(key.split("#")[1]) : 5);
  const both = createRing(["b", "a"], { hash, virtualNodes: 3 });
  assert.equal(both.locate("key"), "a");
  assert.deepEqual(both.replicas("key", 2), ["a", "b"]);
  assert.equal(createRing(["b"], { hash, virtualNodes: 3 }).locate("key"), "b");
});

test("a ring refuses no virtual nodes, and too many", () => {
  for (const virtualNodes of [0, -1, NaN, Infinity]) {
    assert.throws(() => createRing(["a"], { virtualNodes }), RangeError);
  }
  assert.throws(() => createRing([{ id: "a", weight: 1e9 }]), /too many/);
});
