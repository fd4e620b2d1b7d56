import assert from "node:assert/strict";
import { test } from "node:test";
import { runFaults } from "./testing/faults.ts";

// bench/unique-id-faults.ts makes 10^8 of them.
test("a million IDs from 8 processes, with kill -9, pauses, restarts and clock steps: no duplicate, strictly rising", async () => {
  const seed = 20_261_122;
  const { ids, disorder, strangers, overlaps, killed, paused } = await runFaults({
    workers: 8,
    ids: 1_000_000,
    life: [20_000, 60_000],
    seed,
  });
  assert.ok(ids >= 1_000_000);
  assert.ok(killed >= 4 && paused >= 1);
  assert.deepEqual(
    { seed, disorder, strangers, overlaps },
    { seed, disorder: 0, strangers: 0, overlaps: 0 },
  );
});

test("the same faults without a stored mark are caught: the check can fail", async () => {
  const { overlaps } = await runFaults({
    workers: 2,
    ids: 100_000,
    life: [5_000, 15_000],
    seed: 7,
    marks: "memory",
  });
  assert.ok(overlaps > 0);
});
