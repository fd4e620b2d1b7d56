/**
 * A fourth node joins three while clients write: how much moves, and what clients feel.
 *
 *   node bench/kv-fourth-node.ts [--keys 200000] [--rate 1000]
 */
import { parseArgs } from "node:util";
import { runKvLoad } from "./support/kv-stores.ts";
import { isSettled, startTenfold } from "./support/kv-tenfold.ts";

const { values } = parseArgs({
  options: {
    keys: { type: "string", default: "200000" },
    rate: { type: "string", default: "1000" },
  },
});
const keys = Number(values.keys);
await using store = await startTenfold({ nodes: 3 });
const ports = [...store.ports];
const plan = {
  protocol: "resp",
  endpoints: ports,
  clients: 64,
  operation: "write",
  keys,
  valueBytes: 100,
  durationMs: 15_000,
} as const;
await runKvLoad({ ...plan, fill: true });
const rate = Number(values.rate);
const before = await runKvLoad({ ...plan, rate });
const ownersBefore = await ownersOf();
const fromMs = performance.now();
const during = runKvLoad({ ...plan, rate });
await store.add();
const [moved] = await Promise.all([
  store.until((status) => isSettled(status, 4)).then(() => performance.now() - fromMs),
  during,
]);
const result = await during;
const ownersAfter = await ownersOf();
let newCopies = 0;
for (const [partition, owners] of ownersAfter.entries()) {
  newCopies += owners.filter((owner) => !ownersBefore[partition]?.includes(owner)).length;
}
const fair = (3 * ownersAfter.length) / 4;
console.log(`a fourth node joins three, ${keys.toLocaleString("en")} keys, ${rate} writes/s`);
console.log(`  settled after ${(moved / 1_000).toFixed(1)} s`);
console.log(
  `  ${newCopies} copies of partitions moved, ${(newCopies / fair).toFixed(3)} × its fair share of ${fair} (must ≤ 1.05)`,
);
console.log(
  `  p99 before ${before.p99Ms.toFixed(1)} ms, meanwhile ${result.p99Ms.toFixed(1)} ms: ${(result.p99Ms / before.p99Ms).toFixed(2)} × (must ≤ 3); ${result.failed} of ${result.calls} failed`,
);

async function ownersOf(): Promise<string[][]> {
  const [node] = store.nodes;
  if (node === undefined) return [];
  const { table } = await store.status(node);
  const owners: string[][] = Array.from({ length: table.partitions }, () => []);
  for (const { first, last, owners: names } of table.runs) {
    for (let partition = first; partition <= last; partition++) owners[partition] = [...names];
  }
  return owners;
}
