/**
 * Clients of a simulated cluster: each does one thing after another on a node by
 * lot, notes what it was told, and takes silence for "unknown".
 */
import { cellKey } from "../cell-key.ts";
import type { Cell, Vector } from "../cell.ts";
import type { StoreNode } from "../node/node.ts";
import type { WriteCommand } from "../node/messages.ts";
import { readSiblings, type Payload } from "../payload.ts";
import type { Cluster } from "./cluster.ts";
import { falseSiblings, type LatestWrite, type Outcome, type SiblingWrite } from "./history.ts";
import type { World } from "./world.ts";

/** What was done to one key of each kind, by the key's name. */
export interface Record {
  readonly siblings: Map<string, Map<string, SiblingWrite>>;
  readonly latest: Map<string, LatestWrite[]>;
  readonly counts: Map<string, Outcome[]>;
  /** What was wrong with an answer on the way. */
  readonly wrong: string[];
  /** How many calls were acknowledged. */
  acknowledged: number;
}

export interface ClientOptions {
  readonly clients: number;
  /** Keys of each kind. */
  readonly keys: number;
  readonly untilMs: number;
  readonly quorum: number;
}

/** A client that hears nothing for so long goes on. Longer than any node tries. */
const PATIENCE_MS = 1_500;

export const nameOfBytes = (bytes: Uint8Array): string => Buffer.from(bytes).toString();

export const placeOf = (cluster: Cluster, key: string): Uint8Array =>
  cellKey({ key: Buffer.from(key) }, cluster.placement.partitions);

/** Starts the clients. The record fills while the world runs. */
export function startClients(world: World, cluster: Cluster, options: ClientOptions): Record {
  const record: Record = {
    siblings: new Map(),
    latest: new Map(),
    counts: new Map(),
    wrong: [],
    acknowledged: 0,
  };
  const caller = createCaller(world, cluster, options.quorum);
  const deeds = [
    createSiblingDeed(caller, record),
    createLatestDeed(caller, record),
    createCountDeed(caller, record),
  ];
  let last = 0;
  const run = async (): Promise<void> => {
    await caller.rest(100);
    while (world.now() < options.untilMs) {
      last += 1;
      const key = world.random.below(options.keys);
      await deeds[world.random.below(deeds.length)]?.(key, `w${last}`);
      await caller.rest(40);
    }
  };
  for (let client = 0; client < options.clients; client++) void run();
  return record;
}

interface Caller {
  readonly world: World;
  /** `undefined` when it failed or nothing was heard. */
  readonly write: (key: string, command: WriteCommand) => Promise<Cell | undefined>;
  readonly read: (key: string) => Promise<Cell | undefined>;
  readonly rest: (longestMs: number) => Promise<void>;
}

function createCaller(world: World, cluster: Cluster, quorum: number): Caller {
  const call = (work: (node: StoreNode) => Promise<Cell>): Promise<Cell | undefined> => {
    const name = cluster.names[world.random.below(cluster.names.length)] ?? "";
    return new Promise((resolve) => {
      world.after(PATIENCE_MS, () => resolve(undefined));
      cluster.call(name, work).then(resolve, () => resolve(undefined));
    });
  };
  return {
    world,
    write: async (key, command) => {
      const place = placeOf(cluster, key);
      world.note(`${key}: write ${describeCommand(command)}`);
      const cell = await call((node) => node.write({ place, command, writeQuorum: quorum }));
      world.note(`${key}: wrote ${describeCommand(command)}: ${describeCell(cell)}`);
      return cell;
    },
    read: async (key) => {
      const cell = await call((node) => node.read(placeOf(cluster, key), quorum));
      world.note(`${key}: read ${describeCell(cell)}`);
      return cell;
    },
    rest: (longestMs) =>
      new Promise((resolve) => world.after(world.random.float() * longestMs, resolve)),
  };
}

function describeCommand(command: WriteCommand): string {
  if (command.kind === "add") return `+${command.by}`;
  const { payload, context } = command;
  const text = payload.kind === "value" ? nameOfBytes(payload.bytes) : payload.kind;
  return `${text} over ${context === "held" ? context : describeClock(context)}`;
}

function describeCell(cell: Cell | undefined): string {
  if (cell === undefined) return "no answer";
  const versions = cell.versions.map(({ actor, counter, payload }) => {
    const text = payload.kind === "value" ? nameOfBytes(payload.bytes) : payload.kind;
    return `${text}@${actor}:${counter}`;
  });
  return `[${versions.join(" ")}] ${describeClock(cell.clock)}`;
}

const describeClock = (clock: Vector): string =>
  `{${[...clock].map(([actor, counter]) => `${actor}:${counter}`).join(" ")}}`;

type Deed = (key: number, name: string) => Promise<void>;

const value = (name: string): Payload => ({ kind: "value", bytes: Buffer.from(name) });

/** Reads, mostly, and writes with what it read; or writes blindly; or removes what it read. */
function createSiblingDeed({ world, read, write }: Caller, record: Record): Deed {
  return async (number, name) => {
    const key = `siblings ${number}`;
    const writes = record.siblings.get(key) ?? new Map<string, SiblingWrite>();
    record.siblings.set(key, writes);
    let context: Vector = new Map();
    const replaces = new Set<string>();
    const kind = world.random.below(8);
    if (kind > 0) {
      const cell = await read(key);
      if (cell === undefined) return;
      const seen = readSiblings(cell, 0).map(nameOfBytes);
      record.wrong.push(...falseSiblings(writes, seen).map((wrong) => `${key}: ${wrong}`));
      context = cell.clock;
      for (const each of seen) {
        replaces.add(each);
        for (const older of writes.get(each)?.replaces ?? []) replaces.add(older);
      }
    }
    const isRemoval = kind > 5;
    const entry: SiblingWrite = { name, isRemoval, replaces, outcome: "unknown" };
    writes.set(name, entry);
    const payload: Payload = isRemoval ? { kind: "removed" } : value(name);
    const cell = await write(key, { kind: "put", payload, context });
    if (cell === undefined) return;
    entry.outcome = "acknowledged";
    record.acknowledged += 1;
  };
}

/** Sets or removes, as SET and DEL do. */
function createLatestDeed({ world, write }: Caller, record: Record): Deed {
  return async (number, name) => {
    const key = `latest ${number}`;
    const writes = record.latest.get(key) ?? [];
    record.latest.set(key, writes);
    const isRemoval = world.random.below(3) === 0;
    const entry: LatestWrite = { name, isRemoval, outcome: "unknown", order: undefined };
    writes.push(entry);
    const payload: Payload = isRemoval ? { kind: "removed" } : value(name);
    const version = (await write(key, { kind: "put", payload, context: "held" }))?.versions.at(-1);
    if (version === undefined) return;
    entry.order = [version.counter, version.actor];
    entry.outcome = "acknowledged";
    record.acknowledged += 1;
  };
}

/** Adds one, as INCR does. */
function createCountDeed({ write }: Caller, record: Record): Deed {
  return async (number) => {
    const key = `count ${number}`;
    const outcomes = record.counts.get(key) ?? [];
    record.counts.set(key, outcomes);
    const at = outcomes.push("unknown") - 1;
    if ((await write(key, { kind: "add", by: 1n })) === undefined) return;
    outcomes[at] = "acknowledged";
    record.acknowledged += 1;
  };
}
