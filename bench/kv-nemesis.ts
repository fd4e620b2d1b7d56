/**
 * Real processes under a nemesis: kill -9, SIGSTOP, cut links, restarts, empty
 * disks; clients that write down what they were told, and a count of what was lost.
 * Redis with a replica and Sentinel goes through the same.
 *
 *   node bench/kv-nemesis.ts [--rounds 10] [--nodes 3] [--only tenfold|redis] [--seed n]
 */
import { parseArgs } from "node:util";
import { createSeededRandom } from "@tenfold/core";
import { startRedisSentinel } from "../test/kv/redis-sentinel.ts";
import { runRound, type RoundResult } from "../test/kv/round.ts";
import { startTenfoldCluster } from "../test/kv/tenfold-cluster.ts";
import type { Target } from "../test/kv/target.ts";

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "10" },
    nodes: { type: "string", default: "3" },
    only: { type: "string" },
    seed: { type: "string", default: String(Date.now() % 1_000_000) },
    verbose: { type: "boolean", default: false },
  },
});
const rounds = Number(values.rounds);

async function measure(target: Target, atoms: boolean): Promise<number> {
  const random = createSeededRandom(Number(values.seed));
  const results: RoundResult[] = [];
  console.log(`${target.name}, ${rounds} rounds, seed ${values.seed}`);
  for (let round = 0; round < rounds; round++) {
    const prefix = `r${values.seed}.${round}:`;
    const options = { random, prefix, clients: 8, faults: 3, faultMs: 3_000, atoms };
    const result = await runRound(target, options);
    results.push(result);
    const { lost, risen, miscounted, disagreeing, disordered } = result;
    const wrong = [...lost, ...risen, ...miscounted, ...disagreeing, ...disordered];
    if (wrong.length > 0 || values.verbose) {
      console.log(`  round ${round}: ${result.faults.join(", ")}`);
      for (const sentence of wrong.slice(0, 3)) console.log(`    ${sentence}`);
    }
  }
  const sum = (pick: (result: RoundResult) => number): number =>
    results.reduce((total, result) => total + pick(result), 0);
  console.log(
    `  acknowledged ${sum((each) => each.acknowledged)}, refused ${sum((each) => each.failed)}, unknown ${sum((each) => each.unknown)}`,
  );
  const counts = {
    lost: sum((each) => each.lost.length),
    risen: sum((each) => each.risen.length),
    "wrong counts": sum((each) => each.miscounted.length),
    "keys that nodes disagree on": sum((each) => each.disagreeing.length),
    ...(atoms ? { "registers out of order": sum((each) => each.disordered.length) } : {}),
  };
  const found = Object.entries(counts);
  console.log(`  ${found.map(([name, count]) => `${name} ${count}`).join(", ")}`);
  const outages = results.map(({ outageMs }) => outageMs).toSorted((a, b) => a - b);
  console.log(
    `  longest time without an acknowledged write: median ${Math.round(outages[Math.floor(outages.length / 2)] ?? 0)} ms, worst ${Math.round(outages.at(-1) ?? 0)} ms`,
  );
  return found.reduce((total, [, count]) => total + count, 0);
}

if (values.only !== "redis") {
  await using cluster = await startTenfoldCluster({ nodes: Number(values.nodes) });
  const wrong = await measure(cluster, true);
  if (wrong > 0) process.exitCode = 1;
}
if (values.only !== "tenfold") {
  await using redis = await startRedisSentinel();
  await measure(redis, false);
}
