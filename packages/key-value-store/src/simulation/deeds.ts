/**
 * What clients do to keys of each kind, and what they note of it. Every answer is
 * judged when it comes, with all that was acknowledged before it was asked for.
 */
import type { Cell, Vector } from "../cell.ts";
import { stampMs } from "../hybrid-clock.ts";
import { readCount, readLatest, readSiblings, type Payload } from "../payload.ts";
import type { Operation } from "../testing/linearizability.ts";
import { nameOfBytes, placeOf, type Caller } from "./caller.ts";
import { START_MS } from "./cluster.ts";
import { holdersOf } from "./holders.ts";
import {
  judgeCountRead,
  judgeLatestRead,
  judgeSiblingRead,
  type LatestWrite,
  type SiblingWrite,
  type Write,
} from "./history.ts";

/** What was done to keys of each kind, by the key's name. */
export interface Record {
  readonly siblings: Map<string, Map<string, SiblingWrite>>;
  readonly latest: Map<string, LatestWrite[]>;
  readonly counts: Map<string, Write[]>;
  readonly registers: Map<string, Operation[]>;
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
    wrong: [],
    acknowledged: 0,
  };
}

/** Does one thing to the key of that number. `name` is a new one each time. */
export type Deed = (key: number, name: string) => Promise<void>;

export interface DeedDeps {
  readonly caller: Caller;
  readonly record: Record;
  readonly writeQuorum: number;
}

const value = (name: string): Payload => ({ kind: "value", bytes: Buffer.from(name) });
const removed: Payload = { kind: "removed" };

/** A clock that is off by more is not believed by other nodes, and its order is nobody's promise. */
const CLOCK_MS_MAX = 60_000;

/** Notes that a write was acknowledged; what it takes to be so is looked at on the disks. */
function acknowledge({ caller, record, writeQuorum }: DeedDeps, key: string, cell: Cell): Write {
  const { cluster, world } = caller;
  const holders = holdersOf(cluster, placeOf(cluster, key), cell.clock);
  record.acknowledged += 1;
  if (holders.nodes < writeQuorum && cluster.lostDisks() === 0) {
    record.wrong.push(`${key}: acknowledged with ${holders.nodes} copies on disks`);
  }
  return { name: "", acknowledgedMs: world.now(), isFirm: holders.owners >= writeQuorum };
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
      const readMs = world.now();
      const cell = await caller.read(key);
      if (cell === undefined) return;
      const seen = readSiblings(cell, 0).map(nameOfBytes);
      note(deps, key, judgeSiblingRead(writes, seen, dueMs(caller, readMs)));
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
    if (cell !== undefined) Object.assign(entry, acknowledge(deps, key, cell), { name });
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
      const readMs = world.now();
      const cell = await caller.read(key);
      if (cell === undefined) return;
      const seen = readLatest(cell, 0);
      const name = seen && nameOfBytes(seen);
      note(deps, key, judgeLatestRead(writes, name, dueMs(caller, readMs)));
      return;
    }
    const entry: LatestWrite = { name, isRemoval: kind === 2 };
    writes.push(entry);
    const payload = entry.isRemoval ? removed : value(name);
    const cell = await caller.write(key, { kind: "put", payload, context: "held" });
    const version = cell?.versions.at(-1);
    if (cell === undefined || version === undefined) return;
    Object.assign(entry, acknowledge(deps, key, cell), { name });
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
      const readMs = world.now();
      const cell = await caller.read(key);
      if (cell === undefined) return;
      const count = readCount(cell, 0) ?? 0n;
      note(deps, key, judgeCountRead(writes, count, dueMs(caller, readMs)));
      return;
    }
    const entry: Write = { name };
    writes.push(entry);
    const cell = await caller.write(key, { kind: "add", by: 1n });
    if (cell !== undefined) Object.assign(entry, acknowledge(deps, key, cell), { name });
  };
}

/** A read that began then is judged by what was due; after the loss of a disk nothing is. */
const dueMs = ({ cluster }: Caller, readMs: number): number =>
  cluster.lostDisks() > 0 ? -1 : readMs;

function note({ record, caller }: DeedDeps, key: string, sentences: readonly string[]): void {
  const at = caller.world.now().toFixed(1);
  record.wrong.push(...sentences.map((sentence) => `${key}: read at ${at} ms: ${sentence}`));
}
