/**
 * The cells of one node: every change is a read, a join and a durable write under
 * the cell's lock, with the Merkle tree and the knowledge kept beside.
 *
 * What keeps acknowledged writes:
 * - A change resolves when it is on the disk. A merge that finds nothing to do has
 *   waited, through the lock, for the write of what it found.
 * - The actor is drawn anew at every start, so a node that forgot what it had not
 *   yet written, or lost its disk, never speaks for what it no longer knows.
 * - A record that fails its checksum takes the partition's knowledge with it: what
 *   it was is asked for anew.
 */
import { hasCode } from "@tenfold/core";
import {
  isHeadPlace,
  leafOf,
  partitionOfCellKey,
  partitionRange,
  scoreRange,
} from "../cell-key.ts";
import {
  dropKnown,
  emptyCell,
  isSameCell,
  join,
  joinVectors,
  type Cell,
  type Vector,
} from "../cell.ts";
import { cellHash, createHashTree, type HashTree } from "../hash-tree.ts";
import type { HybridClock } from "../hybrid-clock.ts";
import { isForgettable } from "../payload.ts";
import { decodeCell, encodeCell, encodeKnowledge } from "../record.ts";
import { deleteRange, disown, disownedKey, ownEntries, readDisowned } from "./disowned.ts";
import { applyCommand } from "./apply-edit.ts";
import type { Durability, KeyEdit } from "./edit.ts";
import { createEditing, type Edited, type Told } from "./editing.ts";
import { readHeads } from "./head-reader.ts";
import { createHeadWatch } from "./head-watch.ts";
import { createKeyedLock } from "./keyed-lock.ts";
import { createKnowledge, readKnowledge, knowledgeKey } from "./knowledge.ts";
import type { Survey } from "./known.ts";
import type { PlacedCell, WriteCommand } from "./messages.ts";
import { cellPlace, hasElements, readPage, type Page } from "./page.ts";
import { createPending, nameOf, type Replaced } from "./pending.ts";
import type { Change, Range, Storage } from "./ports.ts";
import { indexChanges } from "./score-index.ts";
import { createSweeping } from "./sweeping.ts";

/** Entries read at once when a partition is gone through. */
const PAGE = 256;

export interface Replica {
  /** Reads what is stored. Before anything else, once. */
  readonly open: (partitions: number) => Promise<void>;
  readonly read: (place: Uint8Array) => Promise<Cell>;
  /** Several cells, and what this replica knew of their partition before it read them. */
  readonly readAll: (places: readonly Uint8Array[]) => Promise<Survey>;
  /**
   * Takes a foreign cell in; what is known to be gone stays gone. False, and nothing
   * is taken in, when the partition was given away meanwhile.
   */
  readonly merge: (place: Uint8Array, cell: Cell) => Promise<boolean>;
  /** The same for several of one partition, with one fsync, or for `memory` with none. */
  readonly mergeAll: (cells: readonly PlacedCell[], durability?: Durability) => Promise<boolean>;
  /** Edits the cells of one key, on top of what others were known to hold. */
  readonly edit: (edit: KeyEdit, told: Told) => Promise<Edited>;
  /** Cells of a range, or what the index has of it; at most `limit`, and not more than fits a message. */
  readonly page: (range: Range) => Promise<Page>;
  /** Heads of keys of the partitions that this node owns, from a place on. */
  readonly heads: (from: Uint8Array, limit: number) => Promise<Page>;
  /** One more event, with a dot of this node. Resolves to the cell after it. */
  readonly write: (place: Uint8Array, command: WriteCommand) => Promise<Cell>;
  readonly knowledge: (partition: number) => Vector;
  /**
   * Only for knowledge whose every event was merged. Of a partition that has lost
   * something since its number of losses was asked for, nothing is learnt.
   */
  readonly learn: (learnt: ReadonlyMap<number, Learnt>) => Promise<void>;
  /** Another number after each start and each time a partition was dropped. */
  readonly actorOf: (partition: number) => number;
  /** How often a partition was dropped, or a cell of it not taken in. */
  readonly losses: (partition: number) => number;
  /** Another number whenever a partition's tree or knowledge has changed. */
  readonly revision: (partition: number) => number;
  readonly tree: (partition: number) => HashTree;
  readonly hasTombstones: (partition: number) => boolean;
  /** Places whose cell may be forgotten as soon as every owner has seen it. */
  readonly tombstones: (partition: number) => Uint8Array[];
  /**
   * Deletes all of a partition that was given away. What this node wrote there is
   * not its own to vouch for any more: should the partition come back, its dots are
   * another actor's.
   */
  readonly drop: (partition: number) => Promise<void>;
  /** Heads of collections that have expired by then. */
  readonly expired: (nowMs: number) => Uint8Array[];
  /** One round of deleting elements below floors; how many went. */
  readonly sweep: () => Promise<number>;
  /** Removes the cell when `isSafe` says so of what it holds by then. */
  readonly purge: (place: Uint8Array, isSafe: (cell: Cell) => boolean) => Promise<boolean>;
}

/** What another one knows, and the number of losses here when it was asked. */
export interface Learnt {
  readonly vector: Vector;
  readonly losses: number;
}

export interface ReplicaDeps {
  readonly storage: Storage;
  readonly stamps: HybridClock;
  /** Draws an actor, 48 random bits: one at the start, more for partitions that are given away. */
  readonly drawActor: () => number;
  /** Whether this node is an owner now. */
  readonly owns: (partition: number) => boolean;
  /** Whether it gets every write now: as an owner, or on the way to be one or to be none. */
  readonly takes: (partition: number) => boolean;
}

const ACTOR = 0x61;

const actorKey = (actor: number): Uint8Array => {
  const key = Buffer.of(ACTOR, 0, 0, 0, 0, 0, 0);
  key.writeUIntBE(actor, 1, 6);
  return key;
};

export function createReplica({ storage, stamps, drawActor, owns, takes }: ReplicaDeps): Replica {
  const lock = createKeyedLock();
  const revisions = new Map<number, number>();
  const changed = (partition: number): void => {
    revisions.set(partition, (revisions.get(partition) ?? 0) + 1);
  };
  const losses = new Map<number, number>();
  const lossesOf = (partition: number): number => losses.get(partition) ?? 0;
  const lose = (partition: number): void => {
    losses.set(partition, lossesOf(partition) + 1);
  };
  const knowledge = createKnowledge(drawActor, stamps, changed);
  const trees = new Map<number, HashTree>();
  const forgettable = new Map<number, Map<string, Uint8Array>>();
  /** Writes that reads see and a crash may still take. */
  const pending = createPending();
  const watch = createHeadWatch();

  const tree = (partition: number): HashTree => {
    const known = trees.get(partition) ?? createHashTree();
    trees.set(partition, known);
    return known;
  };
  /** Tree and list of tombstones follow what is stored. */
  const account = (place: Uint8Array, before: Cell, after: Cell): void => {
    const partition = partitionOfCellKey(place);
    tree(partition).replace(leafOf(place), cellHash(place, before), cellHash(place, after));
    changed(partition);
    const places = forgettable.get(partition) ?? new Map<string, Uint8Array>();
    forgettable.set(partition, places);
    if (after !== emptyCell && isForgettable(after)) places.set(nameOf(place), place);
    else places.delete(nameOf(place));
    watch.note(place, before, after);
  };
  const told = new Map<number, Vector>();
  /** A merge: foreign dots are remembered as told. */
  const hear = (partition: number, clock: Vector): void => {
    told.set(partition, joinVectors(told.get(partition) ?? new Map(), clock));
  };
  const load = async (place: Uint8Array): Promise<Cell> => {
    const record = await storage.get(place);
    return record === undefined ? emptyCell : decodeCell(record);
  };
  /**
   * Called under the cells' locks, awaited outside: the next one builds on what is not
   * yet safe, and is not safe before it.
   */
  const store = (changes: readonly Replaced[], durability: Durability): Promise<void> => {
    const batch = changes.flatMap(({ place, before, after }) => [
      { key: place, value: encodeCell(after) },
      ...indexChanges(place, before, after),
    ]);
    const written = storage.write(batch, { sync: durability === "disk" });
    // Reads see it from here on, so the tree must say so from here on.
    for (const { place, before, after } of changes) account(place, before, after);
    pending.add(changes, written);
    return written;
  };
  const saveKnowledge = (partitions: readonly number[]): Promise<void> => {
    const changes = partitions.map((partition) => ({
      key: knowledgeKey(partition),
      value: encodeKnowledge(knowledge.of(partition)),
    }));
    return storage.write(changes, { sync: false });
  };
  const restore = createRestore({
    storage,
    stamps,
    account(place, before, after) {
      account(place, before, after);
      watch.found(place, after);
    },
  });
  const readAll = async (places: readonly Uint8Array[]): Promise<Survey> => {
    const partition = partitionOfCellKey(places[0] ?? new Uint8Array());
    // Knowledge first: it may only be older than what it is said of.
    const known = knowledge.of(partition);
    const cells = await Promise.all(places.map(load));
    await pending.ofAny(places);
    return { cells, knowledge: known, told: told.get(partition) ?? new Map() };
  };
  const mergeAll = async (
    cells: readonly PlacedCell[],
    durability: Durability = "disk",
  ): Promise<boolean> => {
    let isTaken = true;
    const names = cells.map(({ place }) => nameOf(place));
    const written = await lock.runAll(names, async () => {
      const changes: Replaced[] = [];
      for (const { place, cell } of cells) {
        // Knowledge first: one younger than what is held would call news known and gone.
        const known = knowledge.of(partitionOfCellKey(place));
        const before = await load(place);
        const after = join(before, dropKnown(cell, before, known));
        hear(partitionOfCellKey(place), cell.clock);
        // One from an old hint may be above every stamp that messages brought.
        for (const counter of cell.clock.values()) stamps.observe(counter);
        if (!takes(partitionOfCellKey(place))) {
          lose(partitionOfCellKey(place));
          isTaken = false;
        } else if (!isSameCell(after, before)) changes.push({ place, before, after });
      }
      // What it found may be on its way to the disk.
      const found = pending.ofAny(cells.map(({ place }) => place));
      return { found, stored: changes.length > 0 ? store(changes, durability) : undefined };
    });
    if (durability === "disk") await written.found;
    await written.stored;
    return isTaken;
  };

  return {
    async open(partitions) {
      const actors = await readActors(storage);
      const disowned = await readDisowned(storage);
      const changes: Change[] = actors.map((old) => ({ key: actorKey(old), value: undefined }));
      for (const partition of disowned.keys()) {
        changes.push({ key: disownedKey(partition), value: undefined });
      }
      for (let partition = 0; partition < partitions; partition++) {
        const { isDamaged, seen } = await restore(partition);
        const key = knowledgeKey(partition);
        const record = await storage.get(key);
        const saved = isDamaged ? undefined : readKnowledge(record);
        if (saved === undefined && record !== undefined) changes.push({ key, value: undefined });
        hear(partition, seen);
        if (isDamaged) continue;
        const vouched = actors.filter((each) => !disowned.get(partition)?.has(each));
        knowledge.learn(partition, joinVectors(saved ?? new Map(), ownEntries(vouched, seen)));
        const value = encodeKnowledge(knowledge.of(partition));
        if (knowledge.of(partition).size > 0) changes.push({ key, value });
      }
      // The old actors' dots are in the knowledge from here on; the new one's are not given yet.
      changes.push({ key: actorKey(knowledge.actorOf(0)), value: new Uint8Array() });
      await storage.write(changes, { sync: true });
    },
    async read(place) {
      const cell = await load(place);
      // What leaves the replica and is then lost would be a dot that nobody can vouch for.
      await pending.ofAny([place]);
      return cell;
    },
    readAll,
    merge: (place, cell) => mergeAll([{ place, cell }], "disk"),
    mergeAll,
    async write(place, command) {
      const { dot, next, written } = await lock.run(nameOf(place), async () => {
        const before = await load(place);
        const dot = knowledge.issue(partitionOfCellKey(place));
        const next = applyCommand(before, dot, command);
        return { dot, next, written: store([{ place, before, after: next }], "disk") };
      });
      await written;
      dot.stored();
      return next;
    },
    edit: createEditing({ lock, load, store, knowledge }),
    async page(range) {
      const page = await readPage(storage, load, range);
      await pending.ofAny(page.cells.map(({ place }) => cellPlace(place)));
      return page;
    },
    async heads(from, limit) {
      const page = await readHeads(storage, owns, from, limit);
      await pending.ofAny(page.cells.map(({ place }) => place));
      return page;
    },
    knowledge: knowledge.of,
    async learn(learnt) {
      // A comparison may have found here what is not yet on the disk.
      await pending.all();
      // A comparison that was under way when the partition was given away found nothing for good.
      const valid = [...learnt].filter(([partition, { losses }]) => {
        return lossesOf(partition) === losses;
      });
      for (const [partition, { vector }] of valid) knowledge.learn(partition, vector);
      await saveKnowledge(valid.map(([partition]) => partition));
    },
    losses: lossesOf,
    actorOf: knowledge.actorOf,
    revision: (partition) => revisions.get(partition) ?? 0,
    tree,
    async drop(partition) {
      lose(partition);
      const old = knowledge.actorOf(partition);
      const next = knowledge.disown(partition);
      await disown(storage, partition, old, [
        { key: actorKey(next), value: new Uint8Array() },
        { key: knowledgeKey(partition), value: undefined },
      ]);
      await deleteRange(storage, partitionRange(partition));
      await deleteRange(storage, scoreRange(partition));
      trees.delete(partition);
      forgettable.delete(partition);
      told.delete(partition);
      watch.drop(partition);
    },
    expired: watch.expired,
    sweep: createSweeping({ storage, lock, knowledge, watch, load, account }),
    hasTombstones: (partition) => (forgettable.get(partition)?.size ?? 0) > 0,
    tombstones: (partition) => [...(forgettable.get(partition)?.values() ?? [])],
    purge: (place, isSafe) =>
      lock.run(nameOf(place), async () => {
        const held = await load(place);
        if (!isForgettable(held) || !isSafe(held)) return false;
        if (isHeadPlace(place) && (await hasElements(storage, place))) return false;
        // Without the knowledge on disk first, a crash would leave neither.
        const partition = partitionOfCellKey(place);
        const written = storage.write(
          [
            { key: knowledgeKey(partition), value: encodeKnowledge(knowledge.of(partition)) },
            { key: place, value: undefined },
          ],
          { sync: true },
        );
        account(place, held, emptyCell);
        await written;
        return true;
      }),
  };
}

/** Actors of earlier starts on this disk, whose dots the saved knowledge may not have yet. */
async function readActors(storage: Storage): Promise<number[]> {
  const range = { from: Buffer.of(ACTOR), to: Buffer.of(ACTOR + 1), limit: PAGE };
  return (await storage.range(range)).map(([key]) => Buffer.from(key).readUIntBE(1, 6));
}

async function* entriesOf(
  storage: Storage,
  partition: number,
): AsyncGenerator<readonly [Uint8Array, Uint8Array]> {
  const { to, from: first } = partitionRange(partition);
  let from = first;
  for (;;) {
    const page = await storage.range({ from, to, limit: PAGE });
    yield* page;
    const last = page.at(-1);
    if (last === undefined || page.length < PAGE) return;
    from = Buffer.concat([last[0], Buffer.of(0)]);
  }
}

/** Goes through a partition at the start: tree, tombstones, highest stamp, damaged records. */
function createRestore({
  storage,
  stamps,
  account,
}: Pick<ReplicaDeps, "storage" | "stamps"> & {
  account: (place: Uint8Array, before: Cell, after: Cell) => void;
}): (partition: number) => Promise<{ isDamaged: boolean; seen: Vector }> {
  return async (partition) => {
    const damaged: Uint8Array[] = [];
    let seen: Vector = new Map();
    for await (const [place, record] of entriesOf(storage, partition)) {
      try {
        const cell = decodeCell(record);
        account(place, emptyCell, cell);
        seen = joinVectors(seen, cell.clock);
      } catch (error) {
        if (!hasCode(error, "record_corrupt")) throw error;
        damaged.push(place);
      }
    }
    const changes = damaged.map((key) => ({ key, value: undefined }));
    if (damaged.length > 0) await storage.write(changes, { sync: true });
    for (const counter of seen.values()) stamps.raise(counter);
    return { isDamaged: damaged.length > 0, seen };
  };
}
