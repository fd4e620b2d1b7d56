import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { runChanges } from "./run-changes.ts";

const SEEDS = 30;
const MIXED_SEEDS = 8;

describe("a simulated cluster whose members join, leave, are replaced and weigh anew under faults", () => {
  test(`keeps every promise in ${SEEDS} seeds, and settles`, async () => {
    const broken: string[] = [];
    let acknowledged = 0;
    let steps = 0;
    for (let seed = 1; seed <= SEEDS; seed++) {
      const verdict = await runChanges(seed);
      acknowledged += verdict.acknowledged;
      steps += verdict.version;
      broken.push(...verdict.wrong.map((sentence) => `seed ${seed}: ${sentence}`));
    }
    assert.deepEqual(broken, []);
    assert.ok(acknowledged > SEEDS * 50, `${acknowledged} acknowledged writes`);
    // Each join or leave is at least a plan, a filling, a leaving and a settling.
    assert.ok(steps > SEEDS * 10, `${steps} configurations`);
  });

  test(`keeps every promise in ${MIXED_SEEDS} seeds with keys of other numbers of copies`, async () => {
    const broken: string[] = [];
    for (let seed = 1; seed <= MIXED_SEEDS; seed++) {
      const { wrong } = await runChanges(seed, { hasMixedCopies: true });
      broken.push(...wrong.map((sentence) => `seed ${seed}: ${sentence}`));
    }
    assert.deepEqual(broken, []);
  });

  test("the same seed is the same run to the last message", async () => {
    const [first, again] = [await runChanges(7), await runChanges(7)];
    assert.equal(first.fingerprint, again.fingerprint);
  });
});
