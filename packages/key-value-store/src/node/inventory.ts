/**
 * What lies on this node's disk, counted by going through it again and again, a page
 * at a time: how many keys and tombstones, how many keys have siblings, which keys are
 * large. What belongs to one key lies side by side, so a pass needs no memory but for
 * the key it is at. Since it reads everything, it also finds what the disk has damaged
 * and nobody has asked for since.
 */
import { nameOf } from "../buffers.ts";
import {
  headPlace,
  isHeadPlace,
  keyOfPlace,
  lastPlace,
  partitionOfCellKey,
  placeAfter,
  positionPlace,
} from "../cell-key.ts";
import type { Vector } from "../cell.ts";
import { aboveFloor, floorOf, isPresent, readHead } from "../head.ts";
import type { Placement, Storage } from "./ports.ts";
import type { Replica } from "./replica.ts";

export interface BigKey {
  readonly key: Uint8Array;
  /** On this disk, places and vectors included. */
  readonly bytes: number;
  /** Of a collection; 0 of a string. */
  readonly elements: number;
}

/** One whole pass. Keys of linearizable buckets are not in it. */
export interface Inventory {
  readonly keys: number;
  readonly cells: number;
  readonly tombstones: number;
  /** Strings with several concurrent values, and the most that one has. */
  readonly siblings: number;
  readonly siblingsMax: number;
  /** The largest first, ten at most. */
  readonly biggest: readonly BigKey[];
  /** Monotonic ms at its end. */
  readonly endedMs: number;
}

export interface InventoryDeps {
  readonly storage: Storage;
  readonly clock: { now(): number; monotonic(): number };
  readonly placement: Pick<Placement, "owners">;
  readonly self: string;
  readonly replica: Pick<Replica, "decode">;
}

const PAGE = 256;
const BIGGEST = 10;

export interface InventoryTaker {
  /** One page. */
  readonly round: () => Promise<void>;
  /** `undefined` until the first pass is over. */
  readonly last: () => Inventory | undefined;
}

export function createInventory(deps: InventoryDeps): InventoryTaker {
  const { storage, placement, self, clock } = deps;
  let last: Inventory | undefined;
  let pass = createPass(deps);
  let from = positionPlace(0, 0);
  const finish = (): void => {
    last = { ...pass.end(), endedMs: clock.monotonic() };
    pass = createPass(deps);
    from = positionPlace(0, 0);
  };
  return {
    async round() {
      const entries = await storage.range({ from, to: lastPlace(), limit: PAGE });
      for (const [place, record] of entries) {
        const partition = partitionOfCellKey(place);
        if (!placement.owners(partition).includes(self)) {
          from = positionPlace(partition + 1, 0);
          return;
        }
        pass.count(place, record);
        from = placeAfter(place);
      }
      if (entries.length < PAGE) finish();
    },
    last: () => last,
  };
}

/** The key that a pass is at. */
interface KeyCount {
  readonly name: string;
  readonly place: Uint8Array;
  floor: Vector | undefined;
  bytes: number;
  elements: number;
}

function createPass({ clock, replica }: InventoryDeps): {
  count: (place: Uint8Array, record: Uint8Array) => void;
  end: () => Omit<Inventory, "endedMs">;
} {
  const counts = { keys: 0, cells: 0, tombstones: 0, siblings: 0, siblingsMax: 0 };
  const nowMs = clock.now();
  let biggest: BigKey[] = [];
  let at: KeyCount | undefined;
  const leave = (): void => {
    if (at === undefined) return;
    const { place, bytes, elements } = at;
    if (biggest.length === BIGGEST && bytes <= (biggest.at(-1)?.bytes ?? 0)) return;
    biggest = [...biggest, { key: keyOfPlace(place), bytes, elements }]
      .sort((one, other) => other.bytes - one.bytes)
      .slice(0, BIGGEST);
  };
  return {
    count(place, record) {
      const cell = replica.decode([place, record]);
      if (cell === undefined) return;
      const name = nameOf(headPlace(place));
      if (at?.name !== name) {
        leave();
        at = { name, place, floor: undefined, bytes: 0, elements: 0 };
      }
      at.bytes += place.length + record.length;
      counts.cells += 1;
      const values = cell.versions.filter(({ payload }) => payload.kind === "value").length;
      const isThere = cell.versions.some(({ payload }) => payload.kind !== "removed");
      if (!isThere) counts.tombstones += 1;
      if (!isHeadPlace(place)) {
        at.elements += isPresent(aboveFloor(cell, at.floor)) ? 1 : 0;
        return;
      }
      at.floor = floorOf(cell);
      if (readHead(cell, nowMs).type !== undefined) counts.keys += 1;
      if (values > 1) counts.siblings += 1;
      counts.siblingsMax = Math.max(counts.siblingsMax, values);
    },
    end() {
      leave();
      return { ...counts, biggest };
    },
  };
}
