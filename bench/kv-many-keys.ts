/**
 * Ten million keys on one node: how long it takes to open, what memory it needs, and
 * how quick a point read is. The node is filled once, stopped, and started again; node and
 * load have a core each. redis-server, with a hundredth of the keys, is what the same
 * load sees of a store that is all in memory.
 *
 *   node bench/kv-many-keys.ts [--keys 10000000] [--data folder]
 */
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { parseArgs } from "node:util";
import type { KvResult } from "./support/kv-load.ts";
import { runKvLoad, startRedisStore } from "./support/kv-stores.ts";
import { startTenfold } from "./support/kv-tenfold.ts";
import { cores } from "./support/pinned.ts";

const { values } = parseArgs({
  options: { keys: { type: "string", default: "10000000" }, data: { type: "string" } },
});
const keys = Number(values.keys);
await using store = await startTenfold({
  nodes: 1,
  core: cores.server,
  // Filling is not what is measured.
  env: { TENFOLD_KV_DURABILITY: "memory" },
  ...(values.data === undefined ? {} : { folder: values.data }),
});
const [node] = store.nodes;
if (node === undefined) throw new Error("there is no node");
const plan = {
  protocol: "resp",
  endpoints: store.ports,
  clients: 64,
  durationMs: 10_000,
  operation: "read",
  keys,
  valueBytes: 100,
} as const;

const residentMb = (pid: number | undefined): number =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]) / 1_024;

const show = ({ p50Ms, p99Ms, p999Ms }: KvResult): string =>
  `p50 ${p50Ms.toFixed(2)}  p99 ${p99Ms.toFixed(2)}  p99.9 ${p999Ms.toFixed(2)} ms`;
const fill = { ...plan, clients: 256, operation: "write", fill: true } as const;

const filled = await runKvLoad(fill, cores.load);
console.log(`${keys.toLocaleString("en")} keys on one node, 100 bytes each`);
console.log(`  filled at ${Math.round(filled.perSecond).toLocaleString("en")}/s`);
const exited = once(node.process, "exit");
node.process.kill("SIGTERM");
await exited;
const fromMs = performance.now();
const again = await store.restart(node.name);
console.log(`  opens in ${((performance.now() - fromMs) / 1_000).toFixed(2)} s (must ≤ 5)`);
console.log(`  resident after opening ${Math.round(residentMb(again.process.pid))} MB`);
const result = await runKvLoad({ ...plan, rate: 2_000 }, cores.load);
console.log(`  point reads at 2,000/s: ${show(result)} (p99 must ≤ 2)`);
console.log(
  `  resident after reading ${Math.round(residentMb(again.process.pid))} MB (must ≤ 500)`,
);
await using redis = await startRedisStore(cores.server, { fsync: false });
const few = { endpoints: redis.ports, keys: keys / 100 };
await runKvLoad({ ...fill, ...few }, cores.load);
const beside = await runKvLoad({ ...plan, ...few, rate: 2_000 }, cores.load);
console.log(`  redis-server, the same reads: ${show(beside)}`);
