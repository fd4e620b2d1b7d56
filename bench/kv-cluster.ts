/**
 * Three nodes with quorum writes and reads beside three of etcd 3.4, 64 clients,
 * 100-byte values; then a node is killed and comes back. Nodes and load share both cores.
 *
 *   node bench/kv-cluster.ts [--seconds 8] [--keys 100000] [--rounds 3] [--lost-keys 1000000] [--no-etcd]
 */
import { parseArgs } from "node:util";
import { runKvLoad, startEtcdCluster, type Store } from "./support/kv-stores.ts";
import { isSettled, startTenfold, type TenfoldStore } from "./support/kv-tenfold.ts";
import type { KvPlan, KvResult } from "./support/kv-load.ts";
import { medianBy } from "./support/pinned.ts";

const { values } = parseArgs({
  options: {
    seconds: { type: "string", default: "8" },
    keys: { type: "string", default: "100000" },
    rounds: { type: "string", default: "3" },
    "lost-keys": { type: "string", default: "1000000" },
    "no-etcd": { type: "boolean", default: false },
  },
});
const rounds = Number(values.rounds);
const durationMs = Number(values.seconds) * 1_000;
const keys = Number(values.keys);

const plan = (store: Store, operation: KvPlan["operation"], rate?: number): KvPlan => ({
  protocol: store.protocol,
  endpoints: store.ports,
  clients: 64,
  durationMs,
  operation,
  keys,
  valueBytes: 100,
  ...(rate === undefined ? {} : { rate }),
});

const show = (result: KvResult): string =>
  `${Math.round(result.perSecond).toLocaleString("en").padStart(7)}/s  p50 ${result.p50Ms.toFixed(1)}  p99 ${result.p99Ms.toFixed(1)}  p99.9 ${result.p999Ms.toFixed(1)} ms${result.failed > 0 ? `  ${result.failed} failed: ${result.failure}` : ""}`;

const say = (store: Store, operation: string, results: readonly KvResult[]): KvResult => {
  const middle = medianBy(results, (each) => each.perSecond);
  console.log(`  ${store.name.padEnd(22)} ${operation.padEnd(6)} ${show(middle)}`);
  return middle;
};

/** Peaks of both by turns, so that a slow minute of the machine is both's; the median of the rounds' ratios. */
async function peaks(
  ours: Store,
  other: Store | undefined,
  { operation, must }: { operation: KvPlan["operation"]; must: number },
): Promise<KvResult> {
  const [own, others]: [KvResult[], KvResult[]] = [[], []];
  for (let round = 0; round < rounds; round++) {
    own.push(await runKvLoad(plan(ours, operation)));
    if (other !== undefined) others.push(await runKvLoad(plan(other, operation)));
  }
  const middle = say(ours, operation, own);
  if (other === undefined) return middle;
  say(other, operation, others);
  const ratios = own.map(({ perSecond }, at) => perSecond / (others[at]?.perSecond ?? 0));
  const ratio = medianBy(ratios, (each) => each);
  console.log(
    `  ${operation}s ${ratio.toFixed(2)} × etcd (must ${must}), by round ${ratios.map((each) => each.toFixed(2)).join(" ")}`,
  );
  return middle;
}

async function compare(ours: TenfoldStore): Promise<void> {
  await runKvLoad({ ...plan(ours, "write"), fill: true, durationMs: 0 });
  await using etcd = values["no-etcd"] ? undefined : await startFilledEtcd();
  const write = await peaks(ours, etcd, { operation: "write", must: 3 });
  await peaks(ours, etcd, { operation: "read", must: 5 });
  const half: KvResult[] = [];
  for (let round = 0; round < rounds; round++) {
    half.push(await runKvLoad(plan(ours, "write", write.perSecond / 2)));
  }
  const middle = medianBy(half, (each) => each.p999Ms);
  console.log(`  ${ours.name.padEnd(22)} write at half of that: ${show(middle)} (must p99.9 ≤ 50)`);
}

async function startFilledEtcd(): Promise<Store> {
  const etcd = await startEtcdCluster();
  const few = { keys: Math.min(keys, 5_000), fill: true, durationMs: 0 };
  await runKvLoad({ ...plan(etcd, "write"), ...few });
  return etcd;
}

/** Kills one of three under writes; then it returns, and has to catch up with what it missed. */
async function loseOne(ours: TenfoldStore, count: number): Promise<void> {
  const filled = await runKvLoad({
    ...plan(ours, "write"),
    keys: count,
    fill: true,
    durationMs: 0,
  });
  console.log(
    `  filled ${filled.calls.toLocaleString("en")} keys at ${Math.round(filled.perSecond)}/s`,
  );
  const [first, second, third] = ours.nodes;
  if (first === undefined || second === undefined || third === undefined) return;
  // Clients of the two that stay: a client of the third has to go elsewhere anyway.
  const load = runKvLoad({
    ...plan(ours, "write"),
    endpoints: [first.port, second.port],
    keys: count,
    durationMs: 10_000,
  });
  await new Promise((resolve) => setTimeout(resolve, 4_000));
  third.process.kill("SIGKILL");
  const result = await load;
  console.log(
    `  killed under writes: longest time without an answer ${Math.round(result.gapMs)} ms (must ≤ 1,000), ${result.failed} of ${result.calls + result.failed} failed`,
  );
  const fromMs = performance.now();
  await ours.restart(third.name);
  const openedMs = performance.now() - fromMs;
  await ours.until(
    (status) =>
      isSettled(status, 3) &&
      status.hints.length === 0 &&
      status.repair.divergent === 0 &&
      status.repair.lagMs !== undefined &&
      status.repair.lagMs < performance.now() - fromMs,
  );
  console.log(
    `  it served again after ${Math.round(openedMs)} ms; no difference left after ${((performance.now() - fromMs) / 1_000).toFixed(1)} s (must ≤ 30)`,
  );
}

console.log(`three nodes, 64 clients, 100 bytes, medians of ${rounds} × ${values.seconds} s:`);
await using ours = await startTenfold({ nodes: 3 });
await compare(ours);
const lostKeys = Number(values["lost-keys"]);
if (lostKeys > 0) {
  console.log("a node is lost and comes back:");
  await loseOne(ours, lostKeys);
}
