/**
 * What clients do to keys of each kind, and what they note of it. Every answer is
 * judged when it comes, with all that was acknowledged before it was asked for.
 */
import type { Cell, Dot, Vector } from "../cell.ts";
import { stampMs } from "../hybrid-clock.ts";
import { readCount, readLatest, readSiblings, type Payload } from "../payload.ts";
import type { Operation } from "../testing/linearizability.ts";
import { nameOfBytes, placeOf, type Caller } from "./caller.ts";
import { START_MS } from "./cluster.ts";
import { createCensus } from "./holders.ts";
import {
  judgeCountRead,
  judgeLatestRead,
  judgeSiblingRead,
  type Due,
  type LatestWrite,
  type SiblingWrite,
  type Write,
} from "./history.ts";
import type { SetWrite } from "./set-deed.ts";

/** What was done to keys of each kind, by the key's name. */
export interface Record {
  readonly siblings: Map<string, Map<string, SiblingWrite>>;
  readonly latest: Map<string, LatestWrite[]>;
  readonly counts: Map<string, Write[]>;
  readonly registers: Map<string, Operation[]>;
  readonly sets: Map<string, SetWrite[]>;
  /** Dots that somebody was acknowledged for, by the key's name. */
  readonly dots: Map<string, Set<string>>;
  /** What was wrong with an answer on the way. */
  readonly wrong: string[];
  /** How many calls were acknowledged. */
  acknowledged: number;
}

export function createRecord(): Record {
  return {
    siblings: new Map(),
    latest: new Map(),
    counts: new Map(),
    registers: new Map(),
    sets: new Map(),
    dots: new Map(),
    wrong: [],
    acknowledged: 0,
  };
}

/** Does one thing to the key of that number. `name` is a new one each time. */
export type Deed = (key: number, name: string) => Promise<void>;

export interface DeedDeps {
  readonly caller: Caller;
  readonly record: Record;
  /** Of two, R + W, more than there are owners. */
  readonly quorum: number;
}

const value = (name: string): Payload => ({ kind: "value", bytes: Buffer.from(name) });
const removed: Payload = { kind: "removed" };

/** A clock that is off by more is not believed by other nodes, and its order is nobody's promise. */
const CLOCK_MS_MAX = 60_000;

/** Notes that a write was acknowledged; what it takes to be so is looked at on the disks. */
function acknowledge({ caller, record, quorum }: DeedDeps, key: string, cell: Cell): Dot {
  const { cluster } = caller;
  const given = listOf(record.dots, key, new Set<string>());
  // A new event is above all that its owner had seen, but for those of a clock that is hours ahead.
  const isNew = (dot: Dot): boolean => !given.has(`${dot.actor}:${dot.counter}`);
  const dot = cell.versions.findLast(isNew) ?? { actor: 0, counter: 0 };
  given.add(`${dot.actor}:${dot.counter}`);
  const { nodes } = createCensus(cluster, placeOf(cluster, key))(dot);
  record.acknowledged += 1;
  if (nodes < quorum && cluster.lostDisks() === 0) {
    record.wrong.push(`${key}: acknowledged with ${nodes} copies on disks`);
  }
  return dot;
}

/** What a read of the key that begins now has to show. */
function dueNow({ caller, quorum }: DeedDeps, key: string, writes: Iterable<Write>): Due {
  const { cluster } = caller;
  const census = createCensus(cluster, placeOf(cluster, key));
  const due = [...writes].filter(({ dot }) => dot !== undefined && census(dot).owners >= quorum);
  return new Set(due.map(({ name }) => name));
}

const listOf = <Value>(map: Map<string, Value>, key: string, empty: Value): Value => {
  const known = map.get(key) ?? empty;
  map.set(key, known);
  return known;
};

/** Reads, mostly, and writes with what it read; or writes blindly; or removes what it read. */
export function createSiblingDeed(deps: DeedDeps): Deed {
  const { caller, record } = deps;
  const { world } = caller;
  return async (number, name) => {
    const key = `siblings ${number}`;
    const writes = listOf(record.siblings, key, new Map<string, SiblingWrite>());
    let context: Vector = new Map();
    const replaces = new Set<string>();
    const kind = world.random.below(8);
    if (kind > 0) {
      const due = dueNow(deps, key, writes.values());
      const cell = await caller.read(key);
      if (cell === undefined) return;
      const seen = readSiblings(cell, 0).map(nameOfBytes);
      note(deps, key, judgeSiblingRead(writes, seen, due));
      context = cell.clock;
      for (const each of seen) {
        replaces.add(each);
        for (const older of writes.get(each)?.replaces ?? []) replaces.add(older);
      }
    }
    const isRemoval = kind > 5;
    const entry: SiblingWrite = { name, isRemoval, replaces };
    writes.set(name, entry);
    const payload = isRemoval ? removed : value(name);
    const cell = await caller.write(key, { kind: "put", payload, context });
    if (cell !== undefined) entry.dot = acknowledge(deps, key, cell);
  };
}

/** Reads, sets or removes, as GET, SET and DEL do. */
export function createLatestDeed(deps: DeedDeps): Deed {
  const { caller, record } = deps;
  const { world } = caller;
  return async (number, name) => {
    const key = `latest ${number}`;
    const writes = listOf(record.latest, key, []);
    const kind = world.random.below(5);
    if (kind < 2) {
      const due = dueNow(deps, key, writes);
      const cell = await caller.read(key);
      if (cell === undefined) return;
      const seen = readLatest(cell, 0);
      note(deps, key, judgeLatestRead(writes, seen && nameOfBytes(seen), due));
      return;
    }
    const entry: LatestWrite = { name, isRemoval: kind === 2 };
    writes.push(entry);
    const payload = entry.isRemoval ? removed : value(name);
    const cell = await caller.write(key, { kind: "put", payload, context: "held" });
    const version = cell?.versions.at(-1);
    if (cell === undefined || version === undefined) return;
    entry.dot = acknowledge(deps, key, cell);
    const aheadMs = stampMs(version.counter) - START_MS - world.now();
    if (aheadMs < CLOCK_MS_MAX) entry.order = [version.counter, version.actor];
  };
}

/** Adds one, as INCR does, or reads the sum. */
export function createCountDeed(deps: DeedDeps): Deed {
  const { caller, record } = deps;
  const { world } = caller;
  return async (number, name) => {
    const key = `count ${number}`;
    const writes = listOf(record.counts, key, []);
    if (world.random.below(3) === 0) {
      const due = dueNow(deps, key, writes);
      const cell = await caller.read(key);
      if (cell === undefined) return;
      note(deps, key, judgeCountRead(writes, readCount(cell, 0) ?? 0n, due));
      return;
    }
    const entry: Write = { name };
    writes.push(entry);
    const cell = await caller.write(key, { kind: "add", by: 1n });
    if (cell !== undefined) entry.dot = acknowledge(deps, key, cell);
  };
}

function note({ record, caller }: DeedDeps, key: string, sentences: readonly string[]): void {
  const at = caller.world.now().toFixed(1);
  record.wrong.push(...sentences.map((sentence) => `${key}: read at ${at} ms: ${sentence}`));
}
