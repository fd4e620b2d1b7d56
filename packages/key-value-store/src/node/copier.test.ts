import assert from "node:assert/strict";
import { test } from "node:test";
import { standIns } from "./copier.ts";
import type { Placement } from "./ports.ts";

const zones: Readonly<Record<string, string>> = {
  a: "x",
  b: "y",
  c: "z",
  d: "x",
  e: "y",
  f: "z",
};

const placement = (joining: readonly string[] = []): Placement => ({
  partitions: 4,
  partitionOf: () => 0,
  partitionOfSlot: () => 0,
  version: 1,
  members: Object.keys(zones),
  zoneOf: (member) => zones[member] ?? "",
  owners: () => ["a", "b", "c"],
  joining: () => joining,
  quorums: () => [],
  since: () => 0,
});

test("a stand-in is of the lost owner's zone, then of any that adds a zone, and holds no copy yet", () => {
  assert.deepEqual(standIns(placement(), "a", 0), ["d", "e", "f"]);
  assert.deepEqual(standIns(placement(), "b", 0), ["e", "d", "f"]);
  assert.deepEqual(standIns(placement(["d"]), "a", 0), ["e", "f"]);
});

test("equals take turns by partition, so that one lost owner's writes are shared", () => {
  const flat: Placement = { ...placement(), zoneOf: () => "" };
  const first = [0, 1, 2, 3, 4, 5].map((partition) => standIns(flat, "a", partition)[0]);
  assert.deepEqual(new Set(first), new Set(["d", "e", "f"]));
});
