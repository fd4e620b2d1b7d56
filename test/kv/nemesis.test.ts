/** A few rounds of the nemesis over real processes; `./tenfold bench kv-nemesis` runs many. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { createSeededRandom } from "@tenfold/core";
import { runRound } from "./round.ts";
import { startTenfoldCluster } from "./tenfold-cluster.ts";

const ROUNDS = 2;

test("three nodes that are killed, frozen and cut off lose no acknowledged write", async (t) => {
  const seed = Date.now() % 1_000_000;
  t.diagnostic(`seed ${seed}`);
  const random = createSeededRandom(seed);
  await using cluster = await startTenfoldCluster();
  for (let round = 0; round < ROUNDS; round++) {
    const options = { random, prefix: `t${round}:`, clients: 6, faults: 3, faultMs: 1_500 };
    const result = await runRound(cluster, { ...options, atoms: true });
    t.diagnostic(`${result.faults.join(", ")}: ${result.acknowledged} acknowledged`);
    const { lost, risen, miscounted, disagreeing, disordered } = result;
    assert.deepEqual(
      { lost, risen, miscounted, disagreeing, disordered },
      { lost: [], risen: [], miscounted: [], disagreeing: [], disordered: [] },
      result.faults.join(", "),
    );
    assert.ok(result.acknowledged > 100);
  }
});
