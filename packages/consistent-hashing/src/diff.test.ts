import assert from "node:assert/strict";
import { test } from "node:test";
import { diff, diffKeys } from "./diff.ts";
import { createMaglev } from "./maglev.ts";
import { createPartitionTable } from "./partition-table.ts";
import { createRing } from "./ring.ts";
import { spaceStats, stats } from "./stats.ts";

/** Keys are the places they hash to. */
const hash = (key: string): number => (key.startsWith("=") ? Number(key.slice(1)) : key.length);
const places = Array.from({ length: 500 }, (_, n) => `=${Math.floor((n * 2 ** 32) / 500)}`);

test("diff() names exactly the ranges whose owner changes", () => {
  for (const create of [createRing, createMaglev, createPartitionTable]) {
    const before = create(["a", "b", "c"], { hash });
    const after = create(["b", "c", "dd"], { hash });
    const { moves, moved } = diff(before, after);
    assert.ok(
      Math.abs(moves.reduce((sum, { from, to }) => sum + to - from, 0) / 2 ** 32 - moved) < 1e-9,
    );
    for (const key of places) {
      const at = hash(key);
      const move = moves.find(({ from, to }) => from <= at && at < to);
      assert.equal(before.locate(key) !== after.locate(key), move !== undefined);
      if (move === undefined) continue;
      assert.equal(move.source, before.locate(key));
      assert.equal(move.target, after.locate(key));
    }
  }
});

test("the first members take everything, the last leave everything", () => {
  const none = createRing([]);
  const some = createRing(["a", "b"]);
  assert.equal(diff(none, some).moved, 1);
  assert.ok(diff(none, some).moves.every(({ source }) => source === undefined));
  assert.ok(diff(some, none).moves.every(({ target }) => target === undefined));
  assert.deepEqual(diff(none, none).moves, []);
  assert.deepEqual(diff(some, some), { moves: [], moved: 0, minimum: 0, betweenSurvivors: 0 });
});

test("a move between two that stay is counted, the minimum is what the weights ask for", () => {
  const before = createMaglev(["a", "b", "c"]);
  const after = createMaglev(["a", "b", "c", "d"]);
  const { moved, minimum, betweenSurvivors } = diff(before, after);
  assert.ok(Math.abs(minimum - 0.25) < 1e-9);
  assert.ok(betweenSurvivors > 0 && Math.abs(moved - minimum - betweenSurvivors) < 0.01);
  const keys = Array.from({ length: 20_000 }, (_, n) => `key:${n}`);
  const sampled = diffKeys(before, after, keys);
  assert.ok(Math.abs(sampled.moved - moved) < 0.02);
  assert.equal(sampled.moves.length, Math.round(sampled.moved * keys.length));
});

test("stats() counts keys, spaceStats() the whole space, against what the weights ask for", () => {
  const table = createPartitionTable([{ id: "a", weight: 3 }, "b"], { hash });
  assert.deepEqual(
    spaceStats(table).members.map(({ member, share, expected }) => [member, share, expected]),
    [
      ["a", 0.75, 0.75],
      ["b", 0.25, 0.25],
    ],
  );
  const counted = stats(table, places);
  assert.equal(counted.total, 500);
  assert.equal(
    counted.members.reduce((sum, { count }) => sum + count, 0),
    500,
  );
  assert.ok(counted.peakToAverage < 1.1 && counted.deviation < 0.1);
  const empty = stats(table, []);
  assert.equal(empty.total, 0);
  assert.equal(empty.peakToAverage, 0);
});
