/**
 * The fault run: several processes make IDs, are killed with SIGKILL, stopped in
 * mid-flight while a successor takes over their worker ID and then woken, or
 * ended in order; each new one finds its clock set by 5 ms, 5 s or 1 h either
 * way, and sets it again and again while it runs. Every ID that left a process
 * is looked at.
 *
 * The check needs no memory for IDs. The IDs of one process must strictly
 * increase; and of the processes that had one worker ID, in the order of their
 * tokens, each must begin above the last ID of the one before. Both together,
 * and the worker ID's own bits, mean that no ID came twice.
 */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { createSeededRandom, type Random } from "@tenfold/core";
import { decodeSnowflake } from "../snowflake-layout.ts";

/** How far clocks are set. */
export const stepsMs = [5, -5, 5_000, -5_000, 3_600_000, -3_600_000];

export interface ChildPlan {
  slot: number;
  token: number;
  seed: number;
  startMs: number;
  folder: string;
  /** `memory` forgets with the process: a plan that must be caught. */
  marks: "files" | "memory";
}

export interface FaultPlan {
  workers: number;
  /** IDs to see in all. */
  ids: number;
  /** IDs after which a process meets its fault, at least and at most. */
  life: readonly [number, number];
  seed: number;
  marks?: "files" | "memory";
  progress?: (ids: number) => void;
}

export interface FaultResult {
  ids: number;
  processes: number;
  killed: number;
  paused: number;
  stopped: number;
  /** IDs not above the one before, of one process. */
  disorder: number;
  /** IDs with another worker's bits. */
  strangers: number;
  /** Processes that began at or below the end of the one before: each may mean duplicates. */
  overlaps: number;
}

const START_MS = 1_750_000_000_000;
const childFile = fileURLToPath(new URL("faults.child.ts", import.meta.url));

/** Runs the plan to its end. */
export async function runFaults(plan: FaultPlan): Promise<FaultResult> {
  const folder = await mkdtemp(join(tmpdir(), "tenfold-faults-"));
  const result: FaultResult = {
    ids: 0,
    processes: 0,
    killed: 0,
    paused: 0,
    stopped: 0,
    disorder: 0,
    strangers: 0,
    overlaps: 0,
  };
  try {
    const slots = Array.from({ length: plan.workers }, (_, index) => index * 37);
    await Promise.all(slots.map((slot) => runSlot({ plan, folder, result, slot })));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
  return result;
}

interface SlotRun {
  plan: FaultPlan;
  folder: string;
  result: FaultResult;
  slot: number;
}

/** All processes of one worker ID, until it has made its share. */
async function runSlot(run: SlotRun): Promise<void> {
  const { plan, folder, result, slot } = run;
  const random = createSeededRandom(plan.seed + slot);
  const share = plan.ids / plan.workers;
  const runs: RunOfIds[] = [];
  const made = (): number => runs.reduce((sum, { count }) => sum + count, 0);
  let paused: Child | undefined;

  for (let token = 1; made() < share; token += 1) {
    const lastMs = runs.findLast(({ count }) => count > 0)?.lastMs ?? START_MS;
    const step = stepsMs[random.below(stepsMs.length)] ?? 0;
    const [lifeMin, lifeMax] = plan.life;
    const life = lifeMin + random.below(lifeMax - lifeMin + 1);
    const seed = random.below(2 ** 32);
    const marks = plan.marks ?? "files";
    const child = startChild({ slot, token, seed, startMs: lastMs + step, folder, marks });
    result.processes += 1;
    runs.push(child.run);
    await child.reached(life);
    // The former one wakes after its successor has made IDs.
    await wake(paused, random);
    paused = await meetFault(child, random, result);
    plan.progress?.(made());
  }
  await wake(paused, random);
  sumUp(runs, result);
}

/** Ends a process, or stops it in its tracks and answers it. */
async function meetFault(
  child: Child,
  random: Random,
  result: FaultResult,
): Promise<Child | undefined> {
  const lot = random.below(10);
  if (lot < 6) {
    result.killed += 1;
    await child.end("SIGKILL");
    return undefined;
  }
  if (lot < 8) {
    result.stopped += 1;
    await child.end("SIGTERM");
    return undefined;
  }
  result.paused += 1;
  child.process.kill("SIGSTOP");
  return child;
}

/** Lets a paused process go on for a little, then kills it. */
async function wake(child: Child | undefined, random: Random): Promise<void> {
  if (child === undefined) return;
  child.process.kill("SIGCONT");
  await child.reached(child.run.count + 1 + random.below(50_000));
  await child.end("SIGKILL");
}

/** Overlaps are looked for once all IDs are in: a process that wakes late makes more. */
function sumUp(runs: readonly RunOfIds[], result: FaultResult): void {
  let highest = -1n;
  for (const run of runs) {
    result.ids += run.count;
    result.disorder += run.disorder;
    result.strangers += run.strangers;
    if (run.count === 0) continue;
    if (run.first <= highest) result.overlaps += 1;
    if (run.last > highest) highest = run.last;
  }
}

/** The IDs of one process, as they come. */
class RunOfIds {
  count = 0;
  disorder = 0;
  strangers = 0;
  first = 0n;
  readonly #slot: number;
  /** Of the newest ID. */
  #high = 0;
  #low = 0;
  #rest = new Uint8Array(0);

  constructor(slot: number) {
    this.#slot = slot;
  }

  get last(): bigint {
    return (BigInt(this.#high) << 32n) | BigInt(this.#low);
  }

  get lastMs(): number {
    return decodeSnowflake(this.last).timeMs;
  }

  /** Takes in a piece of what the process wrote; a torn ID at the end was not given out. */
  take(piece: Uint8Array): void {
    const bytes = new Uint8Array(this.#rest.length + piece.length);
    bytes.set(this.#rest);
    bytes.set(piece, this.#rest.length);
    const whole = bytes.length - (bytes.length % 8);
    this.#rest = bytes.slice(whole);
    this.#look(new Uint32Array(bytes.buffer, 0, whole / 4));
  }

  /** Little-endian, as all machines that run this. */
  #look(words: Uint32Array): void {
    if (words.length === 0) return;
    if (this.count === 0) this.first = (BigInt(words[1] ?? 0) << 32n) | BigInt(words[0] ?? 0);
    let [lastHigh, lastLow] = [this.#high, this.#low];
    for (let at = 0; at < words.length; at += 2) {
      const low = words[at] ?? 0;
      const high = words[at + 1] ?? 0;
      if (high < lastHigh || (high === lastHigh && low <= lastLow)) this.disorder += 1;
      if (((low >>> 12) & 1023) !== this.#slot) this.strangers += 1;
      lastHigh = high;
      lastLow = low;
    }
    [this.#high, this.#low] = [lastHigh, lastLow];
    this.count += words.length / 2;
  }
}

interface Child {
  process: ChildProcess;
  run: RunOfIds;
  /** Resolves when it has made so many IDs, or has ended. */
  reached(count: number): Promise<void>;
  /** Resolves when all it wrote has been read. */
  end(signal: "SIGKILL" | "SIGTERM"): Promise<void>;
}

function startChild(plan: ChildPlan): Child {
  const child = spawn(process.execPath, [childFile, JSON.stringify(plan)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const closed = once(child, "close");
  const run = new RunOfIds(plan.slot);
  let waiting: { count: number; done: () => void } | undefined;
  child.stdout.on("data", (piece: Uint8Array) => {
    run.take(piece);
    if (waiting !== undefined && run.count >= waiting.count) waiting.done();
  });
  return {
    process: child,
    run,
    async reached(count) {
      const enough = Promise.withResolvers<void>();
      waiting = { count, done: enough.resolve };
      await Promise.race([enough.promise, closed]);
    },
    async end(signal) {
      child.kill(signal);
      await closed;
    },
  };
}
