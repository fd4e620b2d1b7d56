/**
 * 10^8 IDs from 8 processes with kill -9, pauses, takeovers, restarts, and
 * clocks that are set by 5 ms, 5 s and 1 h either way: how many came twice?
 * Memory is bounded: what is looked at is forgotten.
 *
 *   node bench/unique-id-faults.ts [IDs] [seed]
 */
import { createSeededRandom } from "@tenfold/core";
import { runFaults } from "../packages/unique-id/src/testing/faults.ts";

const ids = Number(process.argv[2] ?? 100_000_000);
const seed = Number(process.argv[3] ?? createSeededRandom(Date.now()).below(2 ** 31));
const fromMs = performance.now();
const result = await runFaults({ workers: 8, ids, life: [50_000, 800_000], seed });
const seconds = (performance.now() - fromMs) / 1_000;
console.log(`seed ${seed}: ${result.ids.toLocaleString("en")} IDs in ${seconds.toFixed(0)} s`);
console.log(
  `  ${result.processes} processes: ${result.killed} killed, ${result.paused} paused and taken over, ${result.stopped} stopped`,
);
console.log(
  `  not rising ${result.disorder}   another worker's ${result.strangers}   overlaps with a predecessor ${result.overlaps}`,
);
console.log(`  memory of the check ${Math.round(process.memoryUsage().rss / 1e6)} MB`);
if (result.disorder + result.strangers + result.overlaps > 0) process.exitCode = 1;
