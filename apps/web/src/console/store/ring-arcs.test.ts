import assert from "node:assert/strict";
import { test } from "node:test";
import { memberColours, ringBands } from "./ring-arcs.ts";

const table = (partitions: number, runs: { first: number; last: number; owners: string[] }[]) => ({
  table: { version: 1, partitions, copies: 2, prefixes: [], runs },
});

test("neighbours of one owner are one arc, in a band per copy", () => {
  const bands = ringBands(
    table(4, [
      { first: 0, last: 1, owners: ["a", "b"] },
      { first: 2, last: 2, owners: ["a", "c"] },
      { first: 3, last: 3, owners: ["c", "a"] },
    ]),
  );
  assert.deepEqual(bands, [
    [
      { from: 0, to: 0.75, owner: "a" },
      { from: 0.75, to: 1, owner: "c" },
    ],
    [
      { from: 0, to: 0.5, owner: "b" },
      { from: 0.5, to: 0.75, owner: "c" },
      { from: 0.75, to: 1, owner: "a" },
    ],
  ]);
});

test("a copy that nobody holds has no band, and a large table few arcs", () => {
  assert.equal(ringBands(table(4, [{ first: 0, last: 3, owners: ["a"] }])).length, 1);
  const runs = Array.from({ length: 16_384 }, (_, at) => ({
    first: at,
    last: at,
    owners: [at % 128 === 0 ? "a" : "b"],
  }));
  const [band = []] = ringBands(table(16_384, runs));
  assert.ok(band.length <= 256);
  assert.ok(band.some(({ owner }) => owner === "a"));
});

test("colours follow names, as people count", () => {
  const [first, second] = memberColours([{ name: "node-10" }, { name: "node-2" }]).keys();
  assert.deepEqual([first, second], ["node-2", "node-10"]);
});
