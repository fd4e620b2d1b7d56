/**
 * Heads that need looking after: those whose floor may have dead elements below it,
 * and collections that will expire. In memory; filled from what is stored.
 */
import { nameOf } from "../buffers.ts";
import { headPlace, isHeadPlace, partitionOfCellKey } from "../cell-key.ts";
import { covers, coversAll, emptyCell, type Cell, type Vector } from "../cell.ts";
import { floorOf } from "../head.ts";

/** Where a sweep of a head's elements goes on, and whether it left any dead one. */
export interface Sweep {
  readonly head: Uint8Array;
  readonly from: Uint8Array | undefined;
  readonly isLeft: boolean;
}

export interface HeadWatch {
  /** To be told of every change of a cell. */
  readonly note: (place: Uint8Array, before: Cell, after: Cell) => void;
  /** To be told of every cell in order when a partition is gone through. */
  readonly found: (place: Uint8Array, cell: Cell) => void;
  readonly sweeps: Map<string, Sweep>;
  /** Heads of collections that have expired by then. */
  readonly expired: (nowMs: number) => Uint8Array[];
  /** Partitions of which it would have to be told again after a start. */
  readonly partitions: () => Set<number>;
  readonly drop: (partition: number) => void;
}

/** Whether all that an element holds is at or below the floor. */
export const isDead = (cell: Cell, floor: Vector): boolean =>
  cell.versions.length > 0 && cell.versions.every((version) => covers(floor, version));

export function createHeadWatch(): HeadWatch {
  const sweeps = new Map<string, Sweep>();
  const expiring = new Map<string, { readonly head: Uint8Array; readonly atMs: number }>();
  let last: { head: Uint8Array; floor: Vector } | undefined;
  const watch = (head: Uint8Array): void => {
    sweeps.set(nameOf(head), { head, from: undefined, isLeft: false });
  };
  const note: HeadWatch["note"] = (place, before, after) => {
    if (!hasElements(before) && !hasElements(after)) return;
    if (!isHeadPlace(place)) return;
    const name = nameOf(place);
    const floor = floorOf(after);
    // A head that is new has nothing below its floor, as far as anybody can tell.
    const hasGrown = floor !== undefined && !coversAll(floorOf(before) ?? new Map(), floor);
    if (hasGrown && before !== emptyCell) watch(place);
    const atMs = expiryOf(after);
    if (atMs === undefined) expiring.delete(name);
    else expiring.set(name, { head: place, atMs });
  };
  return {
    note,
    found(place, cell) {
      if (isHeadPlace(place)) {
        note(place, emptyCell, cell);
        const floor = floorOf(cell);
        last = floor && { head: place, floor };
      } else if (last !== undefined && isDead(cell, last.floor)) {
        if (nameOf(headPlace(place)) === nameOf(last.head)) watch(last.head);
      }
    },
    sweeps,
    expired: (nowMs) =>
      [...expiring.values()].filter(({ atMs }) => atMs <= nowMs).map(({ head }) => head),
    partitions: () =>
      new Set(
        [...sweeps.values(), ...expiring.values()].map(({ head }) => partitionOfCellKey(head)),
      ),
    drop(partition) {
      for (const heads of [sweeps, expiring]) {
        for (const [name, { head }] of heads) {
          if (partitionOfCellKey(head) === partition) heads.delete(name);
        }
      }
    },
  };
}

function hasElements(cell: Cell): boolean {
  return cell.versions.some(({ payload }) => "type" in payload || "floor" in payload);
}

/** When a collection expires: its latest version decides. */
function expiryOf(cell: Cell): number | undefined {
  const last = cell.versions.findLast(({ payload }) => payload.kind !== "count")?.payload;
  return last?.kind === "collection" ? last.expiresMs : undefined;
}
