/** Takes foreign cells in: read, joined and written under their locks, with one fsync. */
import { nameOf } from "../buffers.ts";
import { partitionOfCellKey } from "../cell-key.ts";
import { dropKnown, isSameCell, join, type Cell, type Vector } from "../cell.ts";
import type { HybridClock } from "../hybrid-clock.ts";
import type { Durability } from "./edit.ts";
import type { HotCells } from "./hot-cells.ts";
import type { KeyedLock } from "./keyed-lock.ts";
import type { Knowledge } from "./knowledge.ts";
import type { PlacedCell } from "./messages.ts";
import type { Pending, Replaced } from "./pending.ts";
import type { Store } from "./store.ts";
import type { Summaries } from "./summaries.ts";

export interface MergingDeps {
  readonly stamps: HybridClock;
  readonly takes: (partition: number) => boolean;
  readonly lock: KeyedLock;
  readonly hot: HotCells;
  readonly knowledge: Knowledge;
  readonly summaries: Summaries;
  readonly pending: Pending;
  readonly store: Store;
  /** Something of the partition was not taken in. */
  readonly lose: (partition: number) => void;
}

/** Both resolve to false, and nothing is taken in, when the partition was given away meanwhile. */
export interface Merging {
  readonly merge: (placed: PlacedCell) => Promise<boolean>;
  /** Several of one partition, with one fsync, or for `memory` with none. */
  readonly mergeAll: (cells: readonly PlacedCell[], durability?: Durability) => Promise<boolean>;
}

/** What is held, and what was known of its partition before that was read. */
interface Held {
  readonly name: string;
  readonly before: Cell;
  readonly known: Vector;
}

interface Merged {
  readonly isTaken: boolean;
  /** Of a change; else of what was found, if that is on its way. */
  readonly written: Promise<unknown> | undefined;
}

const settled: Promise<void> = Promise.resolve();

export function createMerging(deps: MergingDeps): Merging {
  const { stamps, takes, lock, hot, knowledge, summaries, pending, store, lose } = deps;
  /** The change of one cell, or that there is none to make, or that it is not taken in. */
  const judge = (
    { place, cell, record }: PlacedCell,
    { name, before, known }: Held,
  ): Replaced | "nothing" | "refused" => {
    const partition = partitionOfCellKey(place);
    const after = join(before, dropKnown(cell, before, known));
    summaries.heard(partition, cell.clock);
    // One from an old hint may be above every stamp that messages brought.
    for (const counter of cell.clock.values()) stamps.observe(counter);
    if (!takes(partition)) {
      lose(partition);
      return "refused";
    }
    if (isSameCell(after, before)) return "nothing";
    return { place, name, before, after, record: after === cell ? record : undefined };
  };
  /** Under the cells' locks, in one turn. */
  const actOnAll = (
    cells: readonly PlacedCell[],
    held: readonly Held[],
    { durability, found }: { durability: Durability; found: Promise<unknown> | undefined },
  ): Merged => {
    const judged = cells.map((placed, at) => {
      const own = held[at];
      if (own === undefined) throw new RangeError("a cell was not read");
      return judge(placed, own);
    });
    const changes = judged.filter((each) => typeof each === "object");
    const waited = durability === "disk" ? found : undefined;
    const written = changes.length > 0 ? store(changes, durability).written : waited;
    return { isTaken: !judged.includes("refused"), written };
  };
  const mergeAll: Merging["mergeAll"] = async (cells, durability = "disk") => {
    const places = cells.map(({ place }) => place);
    const { isTaken, written } = await lock.runAll(places.map(nameOf), async () => {
      // Before the reading: by the time it ends, what it found may have failed.
      const found = pending.ofAny(places);
      const held: Held[] = [];
      for (const place of places) {
        // Knowledge first: one younger than what is held would call news known and gone.
        const known = knowledge.of(partitionOfCellKey(place));
        held.push({ name: nameOf(place), known, before: await hot.load(place) });
      }
      return actOnAll(cells, held, { durability, found });
    });
    if (written !== undefined) await written;
    return isTaken;
  };
  return {
    mergeAll,
    /** One that nobody else works on and that is in memory: nothing has to be waited for but the disk. */
    merge(placed) {
      const name = nameOf(placed.place);
      const before = lock.isHeld(name) ? undefined : hot.get(name);
      if (before === undefined) return mergeAll([placed]);
      const known = knowledge.of(partitionOfCellKey(placed.place));
      const judged = judge(placed, { name, before, known });
      const isTaken = judged !== "refused";
      const found = pending.of(name);
      const written =
        typeof judged === "object" ? store([judged], "disk").written : (found ?? settled);
      return written.then(() => isTaken);
    },
  };
}
