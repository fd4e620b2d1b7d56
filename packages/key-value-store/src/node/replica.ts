/**
 * The cells of one node: every change is a read, a join and a durable write under
 * the cell's lock, with the Merkle tree and the knowledge kept beside.
 *
 * What keeps acknowledged writes:
 * - A change resolves when it is on the disk. A merge that finds nothing to do has
 *   waited, through the lock, for the write of what it found.
 * - The actor is drawn anew at every start, so a node that forgot what it had not yet
 *   written, lost its disk, or was set back to an older copy of it, never speaks for
 *   what it no longer knows.
 * - A record that fails its checksum takes the partition's knowledge with it: what
 *   it was is asked for anew.
 *
 * It opens by reading what is known, two small records a partition, and no cell.
 */
import type { Log } from "@tenfold/core";
import { nameOf } from "../buffers.ts";
import {
  isHeadPlace,
  leafRange,
  partitionOfCellKey,
  partitionRange,
  placeAfter,
  scoreRange,
  type PlaceRange,
} from "../cell-key.ts";
import { emptyCell, type Cell, type Vector } from "../cell.ts";
import type { HashTree } from "../hash-tree.ts";
import type { HybridClock } from "../hybrid-clock.ts";
import { isForgettable } from "../payload.ts";
import { encodeCell, encodeKnowledge } from "../record.ts";
import { applyCommand } from "./apply-edit.ts";
import { createCleanStop } from "./clean-stop.ts";
import { createDamage } from "./damage.ts";
import { deleteRange } from "./delete-range.ts";
import { createEditing, type Editing } from "./editing.ts";
import { readHeads } from "./head-reader.ts";
import { createHeadWatch } from "./head-watch.ts";
import { createHotCells } from "./hot-cells.ts";
import { createKeyedLock } from "./keyed-lock.ts";
import { createKnowledge } from "./knowledge.ts";
import { knowledgeKey, readKnowledgeRecords } from "./knowledge-records.ts";
import type { Survey } from "./known.ts";
import type { WriteCommand } from "./messages.ts";
import { createMerging, type Merging } from "./merging.ts";
import { cellPlace, hasElements, readPage, type Page } from "./page.ts";
import { createPending } from "./pending.ts";
import type { Change, Entry, Range, Storage } from "./ports.ts";
import { indexChanges } from "./score-index.ts";
import { createStampReserve } from "./stamp-reserve.ts";
import type { Store } from "./store.ts";
import { createSummaries } from "./summaries.ts";
import { createSweeping } from "./sweeping.ts";

/** Cells read at once when a partition's tombstones are looked for. */
const PAGE = 256;

/** What was heard of a partition that was not gone through: more than anybody ever knows. */
const anything: Vector = new Map([[0, Number.MAX_SAFE_INTEGER]]);

export interface Replica {
  /** Reads what is known. Before anything else, once. */
  readonly open: () => Promise<void>;
  /** A clean stop: nothing is changed any more, and the next start goes on from here. */
  readonly close: () => Promise<void>;
  readonly read: (place: Uint8Array) => Promise<Cell>;
  /** A cell as bytes, when it is in memory, and on the disk. */
  readonly record: (place: Uint8Array) => Uint8Array | undefined;
  /**
   * What a stored record holds. `undefined` when it is damaged: then it is deleted, what is
   * known of its partition is forgotten, and comparisons with other owners bring it back.
   */
  readonly decode: (entry: Entry) => Cell | undefined;
  /** Several cells, and what this replica knew of their partition before it read them. */
  readonly readAll: (places: readonly Uint8Array[]) => Promise<Survey>;
  /**
   * Takes a foreign cell in; what is known to be gone stays gone. False, and nothing
   * is taken in, when the partition was given away meanwhile.
   */
  readonly merge: Merging["merge"];
  /** The same for several of one partition, with one fsync, or for `memory` with none. */
  readonly mergeAll: Merging["mergeAll"];
  /** Edits the cells of one key, on top of what others were known to hold. */
  readonly edit: Editing["edit"];
  /** The same in one turn, where that can be: of a head alone, in memory, that nobody works on. */
  readonly editNow: Editing["editNow"];
  /** Cells of a range, or what the index has of it; at most `limit`, and not more than fits a message. */
  readonly page: (range: Range) => Promise<Page>;
  /** Heads of keys of the partitions that this node owns, from a place on. */
  readonly heads: (from: Uint8Array, limit: number) => Promise<Page>;
  /** One more event, with a dot of this node. Resolves to the cell after it. */
  readonly write: (place: Uint8Array, command: WriteCommand) => Promise<Cell>;
  readonly knowledge: (partition: number) => Vector;
  /** Another number after each start, and each time a partition was forgotten. */
  readonly actorOf: (partition: number) => number;
  /** How often a partition was forgotten, or a cell of it not taken in. */
  readonly losses: (partition: number) => number;
  /**
   * Only for knowledge whose every event was merged. Of a partition that has lost
   * something since its number of losses was asked for, nothing is learnt.
   */
  readonly learn: (learnt: ReadonlyMap<number, Learnt>) => Promise<void>;
  /** Another number whenever a partition's tree or knowledge has changed. */
  readonly revision: (partition: number) => number;
  /** Made when it is first asked for, by going through the partition. */
  readonly tree: (partition: number) => Promise<HashTree>;
  /** The same, when it is made already. */
  readonly madeTree: (partition: number) => HashTree | undefined;
  /** Also when nobody looked yet. */
  readonly mayHaveTombstones: (partition: number) => boolean;
  /** Places whose cell may be forgotten as soon as every owner has seen it. */
  readonly tombstones: (partition: number) => AsyncIterable<Uint8Array>;
  /**
   * Deletes all of a partition that was given away. What this node wrote there is
   * not its own to vouch for any more: should the partition come back, its dots are
   * another actor's.
   */
  readonly drop: (partition: number) => Promise<void>;
  /** Heads of collections that have expired by then, of partitions that were gone through. */
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
  /** What cells may take in memory. */
  readonly cacheBytes: number;
  readonly log: Log;
  readonly stamps: HybridClock;
  /** Draws an actor, 48 random bits: one at the start, more for partitions that are given away. */
  readonly drawActor: () => number;
  /** Whether this node is an owner now. */
  readonly owns: (partition: number) => boolean;
  /** Whether it gets every write now: as an owner, or on the way to be one or to be none. */
  readonly takes: (partition: number) => boolean;
}

export function createReplica(deps: ReplicaDeps): Replica {
  const { stamps, drawActor, owns } = deps;
  const lock = createKeyedLock();
  const losses = new Map<number, number>();
  const lossesOf = (partition: number): number => losses.get(partition) ?? 0;
  const lose = (partition: number): void => void losses.set(partition, lossesOf(partition) + 1);
  const revisions = new Map<number, number>();
  const revised = (partition: number): void => {
    revisions.set(partition, (revisions.get(partition) ?? 0) + 1);
  };
  const knowledge = createKnowledge(drawActor, stamps, revised);
  /** Names the unbroken row of clean stops that this start is in. */
  let run = knowledge.actorOf(0);
  const reserve = createStampReserve(deps.storage, stamps);
  const stop = createCleanStop(deps.storage);
  const hot = createHotCells({
    storage: stop.storage,
    decode: (entry) => damage.decodeOrThrow(entry),
    bytesMax: deps.cacheBytes,
  });
  const { storage, load } = hot;
  const damage = createDamage({ storage, log: deps.log, lock, forget });
  const watch = createHeadWatch();
  const summaries = createSummaries(
    { storage, decode: damage.decode, found: watch.found, revised },
    () => run,
  );
  /** Writes that reads see and a crash may still take. */
  const pending = createPending(hot.forget);

  /** What follows from cells follows what is stored. */
  const account = (place: Uint8Array, before: Cell, after: Cell): void => {
    summaries.changed(place, before, after);
    watch.note(place, before, after);
  };
  function forget(partition: number): readonly Change[] {
    lose(partition);
    return [...knowledge.forget(partition), summaries.forget(partition)];
  }
  const store: Store = (changes, durability) => {
    const cells = changes.map(({ place, after, record }) => {
      return { key: place, value: record ?? encodeCell(after) };
    });
    const batch: Change[] = [...cells];
    for (const { place, before, after } of changes) {
      for (const change of indexChanges(place, before, after)) batch.push(change);
    }
    const first = changes[0];
    const own = first === undefined ? [] : knowledge.changes(partitionOfCellKey(first.place));
    for (const change of own) batch.push(change);
    for (const change of reserve.changes()) batch.push(change);
    const written = stop.storage.write(batch, { sync: durability === "disk" });
    // Reads see it from here on, so the tree must say so from here on.
    changes.forEach(({ place, name, before, after }, at) => {
      account(place, before, after);
      const record = cells[at]?.value;
      if (record !== undefined) hot.put(name, record);
      pending.add(name, written);
    });
    return { written, records: cells.map(({ value }) => value) };
  };
  const saveKnowledge = (partitions: readonly number[]): Promise<void> => {
    const changes = partitions.map((partition) => ({
      key: knowledgeKey(partition),
      value: encodeKnowledge(knowledge.of(partition)),
    }));
    return storage.write(changes, { sync: false });
  };
  const readAll = async (places: readonly Uint8Array[]): Promise<Survey> => {
    const partition = partitionOfCellKey(places[0] ?? new Uint8Array());
    // Knowledge first: it may only be older than what it is said of.
    const known = knowledge.of(partition);
    const cells = await pending.safely(
      () => Promise.all(places.map(load)),
      () => places,
    );
    // A copy: it grows with what is heard while others are asked.
    const told = new Map(summaries.made(partition)?.told ?? anything);
    return { cells, knowledge: known, told };
  };
  return {
    async open() {
      const before = await stop.before();
      if (before !== undefined) {
        run = before;
        summaries.resume();
      }
      await reserve.open();
      for await (const { partition, vector } of readKnowledgeRecords(storage)) {
        if (vector !== undefined) knowledge.learn(partition, vector);
      }
      await stop.begin();
    },
    async close() {
      stop.close();
      // Who wrote hears of a failure; here it means that the stop is none.
      await pending.all();
      await stop.end(run, summaries.save(run, watch.partitions()), reserve.exact());
    },
    // What leaves the replica and is then lost would be a dot that nobody can vouch for.
    read: (place) =>
      pending.safely(
        () => load(place),
        () => [place],
      ),
    record(place) {
      const name = nameOf(place);
      return pending.has(name) ? undefined : hot.record(name);
    },
    decode: damage.decode,
    readAll,
    ...createMerging({
      ...deps,
      lock,
      hot,
      knowledge,
      summaries,
      pending,
      store,
      lose,
    }),
    async write(place, command) {
      const name = nameOf(place);
      const { dot, next, written } = await lock.run(name, async () => {
        const before = await load(place);
        const dot = knowledge.issue(partitionOfCellKey(place));
        const next = applyCommand(before, dot, command);
        const { written } = store([{ place, name, before, after: next }], "disk");
        return { dot, next, written };
      });
      await written;
      dot.stored();
      return next;
    },
    ...createEditing({ lock, hot, pending, store, knowledge }),
    page: (range) =>
      pending.safely(
        () => readPage(storage, load, range),
        ({ cells }) => cells.map(({ place }) => cellPlace(place)),
      ),
    heads: (from, limit) =>
      pending.safely(
        () => readHeads({ storage, load, owns }, from, limit),
        ({ cells }) => cells.map(({ place }) => place),
      ),
    knowledge: knowledge.of,
    actorOf: knowledge.actorOf,
    losses: lossesOf,
    async learn(learnt) {
      // A comparison may have found here what is not yet on the disk.
      await pending.all();
      // A comparison that was under way when the partition was forgotten found nothing for good.
      const valid = [...learnt].filter(([partition, each]) => lossesOf(partition) === each.losses);
      for (const [partition, { vector }] of valid) knowledge.learn(partition, vector);
      await saveKnowledge(valid.map(([partition]) => partition));
    },
    revision: (partition) => revisions.get(partition) ?? 0,
    tree: async (partition) => (await summaries.of(partition)).tree,
    madeTree: (partition) => summaries.made(partition)?.tree,
    mayHaveTombstones: (partition) => summaries.made(partition)?.buried !== 0,
    async drop(partition) {
      await storage.write(forget(partition), { sync: true });
      await deleteRange(storage, partitionRange(partition));
      await deleteRange(storage, scoreRange(partition));
      // Whoever asked meanwhile met a part of it.
      summaries.forget(partition);
      watch.drop(partition);
    },
    expired: watch.expired,
    sweep: createSweeping({ storage, lock, knowledge, watch, load, account }),
    async *tombstones(partition) {
      const { forgettable } = await summaries.of(partition);
      for (const [leaf, count] of forgettable.entries()) {
        if (count > 0) yield* forgettableIn(storage, load, leafRange(partition, leaf));
      }
    },
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

async function* forgettableIn(
  storage: Storage,
  load: (place: Uint8Array) => Promise<Cell>,
  { from: first, to }: PlaceRange,
): AsyncGenerator<Uint8Array> {
  for (let from = first; ;) {
    const page = await readPage(storage, load, { from, to, limit: PAGE });
    for (const { place, cell } of page.cells) if (isForgettable(cell)) yield place;
    const last = page.cells.at(-1);
    if (last === undefined || page.isWhole) return;
    from = placeAfter(last.place);
  }
}
