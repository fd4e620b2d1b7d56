/**
 * From a string key to a node, the hash included, among 100 nodes; and what it
 * costs to begin, to change and to keep. The peer is npm `hashring`. All run in
 * one process, in rounds one after the other; figures are medians of the rounds.
 *
 *   node bench/consistent-hashing.ts
 */
import {
  createAnchor,
  createJump,
  createMaglev,
  createMultiProbe,
  createPartitionTable,
  createRendezvous,
  createRing,
  diff,
  diffKeys,
  plan,
  spaceStats,
  stats,
  type Locator,
  type RangedLocator,
} from "@tenfold/consistent-hashing";
import { createKetamaRing } from "@tenfold/consistent-hashing/ketama";
import HashRing from "hashring";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

const NODES = 100;
const ROUNDS = 7;
const KEYS = 1_000_000;
/** Resizing is repeated so often, since the first ones run in the interpreter. */
const RESIZES = 60;

const nodes = Array.from({ length: NODES }, (_, n) => `10.0.${n >> 4}.${n & 15}:11211`);
const more = [...nodes, "10.1.0.0:11211"];

/** Distinct keys as a server reads them: each its own string, decoded from bytes. */
const keys = Array.from({ length: KEYS }, (_, n) =>
  Buffer.from(`user:${(n * 7_919_003) % 1_000_000_007}${n % 3 === 0 ? ":profile" : ""}`).toString(),
);

interface Contender {
  name: string;
  /** Keys per round: fewer for the slow ones. */
  keys: number;
  build: (members: readonly string[]) => Locator;
  /** From 100 to 101 members; builds anew when absent. */
  resize?: () => Locator;
}

const table = createPartitionTable(nodes);
const table3 = createPartitionTable(nodes, { copies: 3 });
const anchor = createAnchor(nodes, { capacity: 200 });
const planned = (before: typeof table) => () => plan(before, more).after;

const contenders: readonly Contender[] = [
  {
    name: "partition table, 16,384",
    keys: KEYS,
    build: (members) => createPartitionTable(members),
    resize: planned(table),
  },
  {
    name: "partition table, 3 copies",
    keys: KEYS,
    build: (members) => createPartitionTable(members, { copies: 3 }),
    resize: planned(table3),
  },
  { name: "ring, 160 virtual nodes", keys: KEYS, build: (members) => createRing(members) },
  {
    name: "ring, 1,000 virtual nodes",
    keys: KEYS,
    build: (members) => createRing(members, { virtualNodes: 1_000 }),
  },
  { name: "maglev, 65,537 slots", keys: KEYS, build: (members) => createMaglev(members) },
  {
    name: "multi-probe, 21 probes",
    keys: KEYS / 10,
    build: (members) => createMultiProbe(members),
  },
  {
    name: "anchor, capacity 200",
    keys: KEYS / 2,
    build: (members) => createAnchor(members, { capacity: 200 }),
    resize: () => anchor.with("10.1.0.0:11211"),
  },
  { name: "jump", keys: KEYS / 2, build: (members) => createJump(members) },
  { name: "rendezvous", keys: KEYS / 10, build: (members) => createRendezvous(members) },
  { name: "ketama (libketama)", keys: KEYS / 10, build: (members) => createKetamaRing(members) },
  { name: "npm hashring 3.2", keys: KEYS / 10, build: hashringLocator },
];

/** The peer behind the same interface. */
function hashringLocator(members: readonly string[]): Locator {
  const ring = new HashRing(members);
  return {
    algorithm: "ketama",
    members: members.map((id) => ({ id, weight: 1, zone: "" })),
    locate: (key) => ring.get(key),
    walk: () => undefined,
    replicas: () => [],
  };
}

const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[values.length >> 1] ?? NaN;

/** Of a ranged locator balance and moves are exact; of the others those of a sample of keys. */
const isRanged = (locator: Locator): locator is RangedLocator => "ranges" in locator;

/** Keys per second over `count` different keys. */
function lookups(locator: Locator, count: number): number {
  let found = 0;
  const startedMs = performance.now();
  for (let n = 0; n < count; n++) if (locator.locate(keys[n] ?? "") !== undefined) found += 1;
  const tookMs = performance.now() - startedMs;
  if (found !== count) throw new Error(`${locator.algorithm} found ${found} of ${count}`);
  return (count / tookMs) * 1_000;
}

function timeMs(work: () => unknown): number {
  const startedMs = performance.now();
  work();
  return performance.now() - startedMs;
}

setFlagsFromString("--expose-gc");
const collect: () => void = runInNewContext("gc");

/** Bytes that one more locator keeps, over and above its members' names. */
function bytesOf(build: () => Locator): number {
  const used = (): number => {
    collect();
    collect();
    const { heapUsed, external, arrayBuffers } = process.memoryUsage();
    return heapUsed + Math.max(external, arrayBuffers);
  };
  const before = used();
  const kept = Array.from({ length: 10 }, build);
  const after = used();
  return (after - before) / kept.length;
}

interface Row {
  name: string;
  perSecond: number;
  buildMs: number;
  resizeMs: number;
  /** The first in this process, still in the interpreter. */
  firstResizeMs: number;
  kilobytes: number;
  peak: number;
  peakAfter: number;
  movedToMinimum: number;
  betweenSurvivors: number;
}

function measure({ name, build, resize }: Contender, perSecond: readonly number[]): Row {
  const before = build(nodes);
  const change = (): Locator => resize?.() ?? build(more);
  let after = before;
  const firstResizeMs = timeMs(() => (after = change()));
  const sample = keys.slice(0, 300_000);
  const peakOf = (locator: Locator): number =>
    (isRanged(locator) ? spaceStats(locator) : stats(locator, sample)).peakToAverage;
  const { moved, minimum, betweenSurvivors } =
    isRanged(before) && isRanged(after) ? diff(before, after) : diffKeys(before, after, sample);
  return {
    name,
    perSecond: median(perSecond),
    buildMs: median(Array.from({ length: 15 }, () => timeMs(() => build(nodes)))),
    resizeMs: median(Array.from({ length: RESIZES }, () => timeMs(change)).slice(RESIZES / 2)),
    firstResizeMs,
    kilobytes: bytesOf(() => build(nodes)) / 1_024,
    peak: peakOf(before),
    peakAfter: peakOf(after),
    movedToMinimum: moved / minimum,
    betweenSurvivors,
  };
}

const built = contenders.map((contender) => ({ contender, locator: contender.build(nodes) }));
const speeds = new Map(contenders.map(({ name }) => [name, [] as number[]]));
for (let round = -1; round < ROUNDS; round++) {
  for (const { contender, locator } of built) {
    const perSecond = lookups(locator, contender.keys);
    // The first round is for the compiler.
    if (round >= 0) speeds.get(contender.name)?.push(perSecond);
  }
}
const rows = contenders.map((contender) => measure(contender, speeds.get(contender.name) ?? []));
const peer = rows.at(-1)?.perSecond ?? NaN;

console.log(`${NODES} nodes, ${KEYS.toLocaleString("en")} different keys, Node ${process.version}`);
console.log("");
console.log(
  `${" ".repeat(28)} M keys/s   × peer   build ms   resize ms  (first)       KB   peak/avg   after   moved/min   survivors`,
);
for (const row of rows) {
  console.log(
    [
      row.name.padEnd(28),
      (row.perSecond / 1e6).toFixed(2).padStart(9),
      (row.perSecond / peer).toFixed(1).padStart(9),
      row.buildMs.toFixed(2).padStart(11),
      row.resizeMs.toFixed(2).padStart(12),
      `(${row.firstResizeMs.toFixed(1)})`.padStart(9),
      row.kilobytes.toFixed(0).padStart(9),
      row.peak.toFixed(4).padStart(11),
      row.peakAfter.toFixed(4).padStart(8),
      row.movedToMinimum.toFixed(3).padStart(12),
      `${(row.betweenSurvivors * 100).toFixed(2)} %`.padStart(12),
    ].join(""),
  );
}

/** One key over and over: what the peer's cache of 5,000 keys is for. */
function hotKey(locate: (key: string) => unknown): number {
  const key = keys[0] ?? "";
  return (
    (1e6 /
      timeMs(() => {
        for (let n = 0; n < 1e6; n++) locate(key);
      })) *
    1_000
  );
}
const cached = new HashRing(nodes);
const hot = Array.from({ length: ROUNDS }, () => [
  hotKey((key) => table.locate(key)),
  hotKey((key) => cached.get(key)),
]);
const [ours = NaN, theirs = NaN] = [0, 1].map((at) => median(hot.map((round) => round[at] ?? NaN)));
console.log(
  "With 3 copies the moves are those of the primary's role; of the copies 1.00 × the minimum move.",
);
console.log("");
console.log(
  `one key over and over: partition table ${(ours / 1e6).toFixed(1)} M/s, hashring from its cache ${(theirs / 1e6).toFixed(1)} M/s, ${(ours / theirs).toFixed(1)} ×`,
);
console.log(
  `spread against virtual nodes (σ of the loads, theory 1/√v): ${[1, 10, 40, 160, 640, 2_560]
    .map((virtualNodes) => {
      const { deviation } = spaceStats(createRing(nodes, { virtualNodes }));
      return `${virtualNodes}: ${(deviation * 100).toFixed(1)} % (${(100 / Math.sqrt(virtualNodes)).toFixed(1)} %)`;
    })
    .join(", ")}`,
);
