/** Takes foreign cells in: read, joined and written under their locks, with one fsync. */
import { partitionOfCellKey } from "../cell-key.ts";
import { dropKnown, isSameCell, join, type Cell, type Vector } from "../cell.ts";
import type { HybridClock } from "../hybrid-clock.ts";
import type { Durability } from "./edit.ts";
import type { HotCells } from "./hot-cells.ts";
import type { KeyedLock } from "./keyed-lock.ts";
import type { Knowledge } from "./knowledge.ts";
import type { PlacedCell } from "./messages.ts";
import { nameOf, type Pending, type Replaced } from "./pending.ts";
import type { Summaries } from "./summaries.ts";

export interface MergingDeps {
  readonly stamps: HybridClock;
  readonly takes: (partition: number) => boolean;
  readonly lock: KeyedLock;
  readonly hot: HotCells;
  readonly knowledge: Knowledge;
  readonly summaries: Summaries;
  readonly pending: Pending;
  readonly store: (changes: readonly Replaced[], durability: Durability) => Promise<void>;
  /** Something of the partition was not taken in. */
  readonly lose: (partition: number) => void;
}

/** What is held, and what was known of its partition before that was read. */
interface Held {
  readonly before: Cell;
  readonly known: Vector;
}

interface Merged {
  readonly isTaken: boolean;
  /** The write of what was there already, if that is on its way. */
  readonly found: Promise<unknown> | undefined;
  readonly stored: Promise<void> | undefined;
}

/** False, and nothing is taken in, when a partition was given away meanwhile. */
export function createMerging(
  deps: MergingDeps,
): (cells: readonly PlacedCell[], durability?: Durability) => Promise<boolean> {
  const { stamps, takes, lock, hot, knowledge, summaries, pending, store, lose } = deps;
  /** Under the cells' locks, in one turn. */
  const act = (
    cells: readonly PlacedCell[],
    held: readonly Held[],
    durability: Durability,
  ): Merged => {
    let isTaken = true;
    const changes: Replaced[] = [];
    for (const [at, { place, cell }] of cells.entries()) {
      const own = held[at];
      if (own === undefined) throw new RangeError("a cell was not read");
      const { before, known } = own;
      const partition = partitionOfCellKey(place);
      const after = join(before, dropKnown(cell, before, known));
      summaries.heard(partition, cell.clock);
      // One from an old hint may be above every stamp that messages brought.
      for (const counter of cell.clock.values()) stamps.observe(counter);
      if (!takes(partition)) {
        lose(partition);
        isTaken = false;
      } else if (!isSameCell(after, before)) changes.push({ place, before, after });
    }
    // What it found may be on its way to the disk.
    const found = pending.ofAny(cells.map(({ place }) => place));
    return { isTaken, found, stored: changes.length > 0 ? store(changes, durability) : undefined };
  };
  /** A single one that nobody else works on and that is in memory: nothing has to be waited for. */
  const actNow = (cells: readonly PlacedCell[], durability: Durability): Merged | undefined => {
    const [only] = cells;
    if (only === undefined || cells.length > 1) return undefined;
    const name = nameOf(only.place);
    const before = lock.isHeld(name) ? undefined : hot.get(name);
    if (before === undefined) return undefined;
    const known = knowledge.of(partitionOfCellKey(only.place));
    return act(cells, [{ before, known }], durability);
  };
  const actLocked = (cells: readonly PlacedCell[], durability: Durability): Promise<Merged> =>
    lock.runAll(
      cells.map(({ place }) => nameOf(place)),
      async () => {
        const held: Held[] = [];
        for (const { place } of cells) {
          // Knowledge first: one younger than what is held would call news known and gone.
          const known = knowledge.of(partitionOfCellKey(place));
          held.push({ known, before: await hot.load(place) });
        }
        return act(cells, held, durability);
      },
    );
  return async (cells, durability = "disk") => {
    const { isTaken, found, stored } =
      actNow(cells, durability) ?? (await actLocked(cells, durability));
    if (durability === "disk" && found !== undefined) await found;
    if (stored !== undefined) await stored;
    return isTaken;
  };
}
