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

interface Asked {
  readonly cells: readonly PlacedCell[];
  readonly durability: Durability;
}

/** What is held, and what was known of its partition before that was read. */
interface Held {
  readonly before: Cell;
  readonly known: Vector;
}

interface Merged {
  readonly isTaken: boolean;
  /** Of a change; else of what was found, if that is on its way. */
  readonly written: Promise<unknown> | undefined;
}

/** False, and nothing is taken in, when a partition was given away meanwhile. */
export function createMerging(
  deps: MergingDeps,
): (cells: readonly PlacedCell[], durability?: Durability) => Promise<boolean> {
  const { stamps, takes, lock, hot, knowledge, summaries, pending, store, lose } = deps;
  /** Under the cells' locks, in one turn. */
  const act = (
    { cells, durability }: Asked,
    held: readonly Held[],
    found: Promise<unknown> | undefined,
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
    const waited = durability === "disk" ? found : undefined;
    return { isTaken, written: changes.length > 0 ? store(changes, durability) : waited };
  };
  /** A single one that nobody else works on and that is in memory: nothing has to be waited for. */
  const actNow = (asked: Asked): Merged | undefined => {
    const [only, another] = asked.cells;
    if (only === undefined || another !== undefined) return undefined;
    const name = nameOf(only.place);
    const before = lock.isHeld(name) ? undefined : hot.get(name);
    if (before === undefined) return undefined;
    const known = knowledge.of(partitionOfCellKey(only.place));
    return act(asked, [{ before, known }], pending.ofAny([only.place]));
  };
  const actLocked = (asked: Asked): Promise<Merged> => {
    const places = asked.cells.map(({ place }) => place);
    return lock.runAll(places.map(nameOf), async () => {
      // Before the reading: by the time it ends, what it found may have failed.
      const found = pending.ofAny(places);
      const held: Held[] = [];
      for (const place of places) {
        // Knowledge first: one younger than what is held would call news known and gone.
        const known = knowledge.of(partitionOfCellKey(place));
        held.push({ known, before: await hot.load(place) });
      }
      return act(asked, held, found);
    });
  };
  return async (cells, durability = "disk") => {
    const asked = { cells, durability };
    const { isTaken, written } = actNow(asked) ?? (await actLocked(asked));
    if (written !== undefined) await written;
    return isTaken;
  };
}
