/**
 * `@tenfold/unique-id` beside the packages people would pick instead, in one
 * process, round after round: how many IDs a second on the machine's clock, what
 * one costs in CPU time, how often one comes twice, and what a clock that is set
 * back does. Medians of the rounds.
 *
 *   node bench/unique-id.ts
 */
import { createRequire } from "node:module";
import { setTimeout as sleep } from "node:timers/promises";
import { Snowflake as Sapphire } from "@sapphire/snowflake";
import { systemClock, systemRandom } from "@tenfold/core";
import {
  createSnowflake,
  createUuidV4,
  createUuidV7,
  createWorkerRegistry,
} from "@tenfold/unique-id";
import { Snowflake as NodejsSnowflake } from "nodejs-snowflake";
import { v7 as uuidV7 } from "uuid";
import { uuidv7 } from "uuidv7";

const ROUNDS = 5;
const ROUND_MS = 1_000;
const LIMIT = 4_096_000;

const require = createRequire(import.meta.url);
/** Its types are not published. */
const FlakeId: new (options: { id: number }) => { next(): Buffer } = require("flake-idgen");

interface Contender {
  name: string;
  /** A fresh generator: the next ID, or a throw. */
  make: () => () => bigint;
}

const ours = () =>
  createSnowflake({ clock: systemClock, registry: createWorkerRegistry() }, { workerId: 1 });

const contenders: readonly Contender[] = [
  {
    name: "@tenfold/unique-id",
    make() {
      const ids = ours();
      return () => ids.next();
    },
  },
  {
    name: "@sapphire/snowflake",
    make() {
      const ids = new Sapphire(1_288_834_974_657);
      return () => ids.generate();
    },
  },
  {
    name: "flake-idgen",
    make() {
      const ids = new FlakeId({ id: 1 });
      return () => ids.next().readBigUInt64BE();
    },
  },
  {
    name: "nodejs-snowflake",
    make() {
      const ids = new NodejsSnowflake({ instance_id: 1, custom_epoch: 1_288_834_974_657 });
      return () => BigInt.asUintN(64, ids.getUniqueID().valueOf());
    },
  },
];

function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1_000;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN;
}

function millions(perSecond: number): string {
  return `${(perSecond / 1e6).toFixed(2)} M/s`;
}

interface Run {
  perSecond: number;
  cpuNs: number;
  repeats: number;
  disorder: number;
}

const kept = new BigUint64Array(12_000_000);

/** How many of the first `count` kept come twice, and how many are not above the one before. */
function judge(count: number): { repeats: number; disorder: number } {
  const all = kept.subarray(0, count);
  let disorder = 0;
  for (let at = 1; at < count; at += 1) {
    if ((all[at] ?? 0n) <= (all[at - 1] ?? 0n)) disorder += 1;
  }
  if (disorder === 0) return { repeats: 0, disorder };
  all.sort();
  let repeats = 0;
  for (let at = 1; at < count; at += 1) if (all[at] === all[at - 1]) repeats += 1;
  return { repeats, disorder };
}

/** One ID after the other for a round; where a generator has none just now, asked again at once. */
function runHot(next: () => bigint): Run {
  let count = 0;
  const fromCpu = cpuMs();
  const fromMs = performance.now();
  let atMs = fromMs;
  while (atMs - fromMs < ROUND_MS) {
    try {
      for (let index = 0; index < 512; index += 1) kept[count++] = next();
    } catch {
      // A peer that refuses within a ms: ask until it gives.
      count -= 1;
    }
    atMs = performance.now();
  }
  const seconds = (atMs - fromMs) / 1_000;
  const cpuNs = ((cpuMs() - fromCpu) * 1e6) / count;
  return { perSecond: count / seconds, cpuNs, ...judge(count) };
}

/** Ours on the format's limit: draws what there is room for, and sleeps when there is none. */
async function runSustained(): Promise<Run & { spentBefore: number }> {
  const ids = ours();
  const warm = new BigUint64Array(4_096);
  // The second that may be borrowed is spent before: from here on the clock is the limit.
  let spentBefore = 0;
  while (ids.room() >= warm.length) {
    ids.fillBigInts(warm);
    spentBefore += warm.length;
  }
  let count = 0;
  const fromCpu = cpuMs();
  const fromMs = performance.now();
  while (performance.now() - fromMs < 2 * ROUND_MS) {
    const room = ids.room();
    if (room === 0) await sleep(1);
    for (let index = 0; index < room; index += 1) kept[count++] = ids.next();
  }
  const seconds = (performance.now() - fromMs) / 1_000;
  const cpuNs = ((cpuMs() - fromCpu) * 1e6) / count;
  return { perSecond: count / seconds, cpuNs, ...judge(count), spentBefore };
}

async function single(): Promise<number> {
  const runs = new Map<string, Run[]>(contenders.map(({ name }) => [name, []]));
  const sustained: Run[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    sustained.push(await runSustained());
    for (const { name, make } of contenders) {
      const next = make();
      for (let index = 0; index < 3_000; index += 1) next();
      runs.get(name)?.push(runHot(next));
    }
  }
  console.log(
    `one ID at a time, on the machine's clock (the format's limit is ${millions(LIMIT)}):`,
  );
  const rate = median(sustained.map(({ perSecond }) => perSecond));
  report("@tenfold/unique-id, sleeping when full", sustained);
  console.log(`    ${((100 * rate) / LIMIT).toFixed(2)} % of the limit`);
  for (const [name, all] of runs) report(`${name}, never resting`, all);
  const peers = [...runs].filter(([name]) => name !== "@tenfold/unique-id");
  return Math.min(...peers.map(([, all]) => median(all.map(({ cpuNs }) => cpuNs))));
}

function report(name: string, runs: readonly Run[]): void {
  const of = (key: keyof Run): number => median(runs.map((run) => run[key]));
  const repeats = of("repeats").toLocaleString("en");
  console.log(
    `  ${name.padEnd(40)} ${millions(of("perSecond")).padStart(10)}  ${of("cpuNs").toFixed(0).padStart(4)} ns CPU  ${repeats.padStart(9)} repeated  ${of("disorder").toLocaleString("en").padStart(9)} not rising`,
  );
}

/** CPU time per ID of `draw`, which makes `size` of them, within what the clock allows. */
async function batchCost(size: number, make: () => { room: () => number; draw: () => void }) {
  const { room, draw } = make();
  for (let index = 0; index < 60; index += 1) draw();
  while (room() < 3_000_000) await sleep(50);
  const fromCpu = cpuMs();
  let count = 0;
  while (count < 3_000_000 && room() >= size) {
    draw();
    count += size;
  }
  return ((cpuMs() - fromCpu) * 1e6) / count;
}

async function batches(bestPeerNs: number): Promise<void> {
  const size = 10_000;
  const [bigs, highs, lows] = [
    new BigUint64Array(size),
    new Uint32Array(size),
    new Uint32Array(size),
  ];
  const ways: Record<string, (ids: ReturnType<typeof ours>) => void> = {
    "into a BigUint64Array": (ids) => ids.fillBigInts(bigs),
    "into two Uint32Arrays": (ids) => ids.fillHalves(highs, lows),
    "as decimal text": (ids) => void ids.nextTexts(size),
  };
  const costs = new Map<string, number[]>(Object.keys(ways).map((way) => [way, []]));
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const [way, draw] of Object.entries(ways)) {
      const ids = ours();
      costs
        .get(way)
        ?.push(await batchCost(size, () => ({ room: () => ids.room(), draw: () => draw(ids) })));
    }
  }
  console.log(
    `batches of ${size.toLocaleString("en")}, CPU time of one ID (best peer: ${bestPeerNs.toFixed(0)} ns):`,
  );
  for (const [way, all] of costs) {
    const ns = median(all);
    console.log(
      `  ${way.padEnd(40)} ${ns.toFixed(1).padStart(6)} ns   1/${(bestPeerNs / ns).toFixed(1)} of the best peer`,
    );
  }
}

function uuids(): void {
  const makers: Record<string, () => () => string> = {
    "@tenfold/unique-id v7": () => {
      const ids = createUuidV7({ clock: systemClock, random: systemRandom });
      return () => ids.next();
    },
    "uuid v7": () => () => uuidV7(),
    uuidv7: () => () => uuidv7(),
    "@tenfold/unique-id v4": () => {
      const ids = createUuidV4({ random: systemRandom });
      return () => ids.next();
    },
    "crypto.randomUUID (v4)": () => () => crypto.randomUUID(),
  };
  const rates = new Map<string, number[]>(Object.keys(makers).map((name) => [name, []]));
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const [name, make] of Object.entries(makers)) {
      const next = make();
      for (let index = 0; index < 20_000; index += 1) next();
      const fromMs = performance.now();
      for (let index = 0; index < 400_000; index += 1) next();
      rates.get(name)?.push(400_000_000 / (performance.now() - fromMs));
    }
  }
  console.log("UUIDs, one at a time:");
  for (const [name, all] of rates) console.log(`  ${name.padEnd(40)} ${millions(median(all))}`);
}

/** What a clock does that is set back by `ms` under a running generator. */
function setBack(
  next: () => string,
  ms: number,
): { repeats: number; disorder: number; refused: number } {
  const real = Date.now;
  const seen = new Set<string>();
  const result = { repeats: 0, disorder: 0, refused: 0 };
  let last = "";
  const draw = (count: number): void => {
    for (let index = 0; index < count; index += 1) {
      try {
        const id = next();
        if (seen.has(id)) result.repeats += 1;
        if (id <= last) result.disorder += 1;
        seen.add(id);
        last = id;
      } catch {
        result.refused += 1;
      }
    }
  };
  // Both stretches lie in the same ms, as if time stood still for a moment each.
  const atMs = real();
  try {
    for (let tick = 0; tick < 10; tick += 1) {
      Date.now = () => atMs + tick;
      draw(1_000);
    }
    for (let tick = 0; tick < 10; tick += 1) {
      Date.now = () => atMs + tick - ms;
      draw(1_000);
    }
  } finally {
    Date.now = real;
  }
  return result;
}

function clockSteps(): void {
  const makers: Record<string, () => () => string> = Object.fromEntries([
    // All 64-bit ones have as many digits, so text compares as numbers do.
    ...contenders.map(({ name, make }) => [
      name,
      () => {
        const next = make();
        return () => String(next()).padStart(20, "0");
      },
    ]),
    [
      "@tenfold/unique-id v7",
      () => {
        const ids = createUuidV7({ clock: systemClock, random: systemRandom });
        return () => ids.next();
      },
    ],
    ["uuid v7", () => () => uuidV7()],
    ["uuidv7", () => () => uuidv7()],
  ]);
  console.log("the clock is set back after 10,000 IDs in 10 ms; of the next 10,000:");
  for (const ms of [5, 5_000, 3_600_000]) {
    for (const [name, make] of Object.entries(makers)) {
      const { repeats, disorder, refused } = setBack(make(), ms);
      console.log(
        `  by ${String(ms).padStart(7)} ms  ${name.padEnd(28)} repeated ${String(repeats).padStart(5)}   not rising ${String(disorder).padStart(5)}   refused ${String(refused).padStart(5)}`,
      );
    }
  }
}

const bestPeerNs = await single();
await batches(bestPeerNs);
uuids();
clockSteps();
