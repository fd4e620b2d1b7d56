import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { runSeed } from "./run.ts";

const SEEDS = 200;
const MIXED_SEEDS = 40;

describe("a simulated cluster under crashes, pauses, cuts, clock steps and lost disks", () => {
  test(`keeps every promise in ${SEEDS} seeds`, async () => {
    const broken: string[] = [];
    let acknowledged = 0;
    for (let seed = 1; seed <= SEEDS; seed++) {
      const verdict = await runSeed(seed);
      acknowledged += verdict.acknowledged;
      broken.push(...verdict.wrong.map((sentence) => `seed ${seed}: ${sentence}`));
    }
    assert.deepEqual(broken, []);
    // A run in which nothing was acknowledged would keep every promise.
    assert.ok(acknowledged > SEEDS * 20, `${acknowledged} acknowledged writes`);
  });

  test(`keeps every promise in ${MIXED_SEEDS} seeds with keys of other numbers of copies`, async () => {
    const broken: string[] = [];
    for (let seed = 1; seed <= MIXED_SEEDS; seed++) {
      const { wrong } = await runSeed(seed, { hasMixedCopies: true });
      broken.push(...wrong.map((sentence) => `seed ${seed}: ${sentence}`));
    }
    assert.deepEqual(broken, []);
  });

  test("the same seed is the same run to the last message, another seed is another", async () => {
    const [first, again, other] = [await runSeed(7), await runSeed(7), await runSeed(8)];
    assert.equal(first.fingerprint, again.fingerprint);
    assert.notEqual(first.fingerprint, other.fingerprint);
  });

  test("a trace can be kept, and keeping it changes nothing", async () => {
    const [plain, traced] = [await runSeed(9), await runSeed(9, { keepsTrace: true })];
    assert.equal(plain.fingerprint, traced.fingerprint);
    assert.ok(traced.trace.some((line) => line.includes("peace")));
  });

  test("disks that only say that a write is safe are found out", async () => {
    const verdicts = [];
    for (let seed = 1; seed <= 10; seed++) verdicts.push(await runSeed(seed, { disksLie: true }));
    const found = verdicts.flatMap(({ wrong }) => wrong);
    assert.ok(found.some((sentence) => sentence.includes("acknowledged, and lost")));
  });
});
