/** Reading a range of one replica, a page at a time. */
import {
  elementOfPlace,
  elementPlace,
  elementsRange,
  headPlace,
  isScorePlace,
  placeAfter,
} from "../cell-key.ts";
import type { Cell } from "../cell.ts";
import { tryDecode } from "./damage.ts";
import type { PlacedCell } from "./messages.ts";
import type { Range, Storage } from "./ports.ts";

/** Entries read from the disk at once. */
const ENTRIES = 256;
/** A page ends after so many bytes, however few cells they are: a message holds it. */
const PAGE_BYTES = 512 * 1024;

export interface Page {
  /** In the order of reading. An entry of an index stands there with its element's cell. */
  readonly cells: readonly PlacedCell[];
  /** False when the range has more, after the last one here. */
  readonly isWhole: boolean;
}

/** Whoever meets a damaged record gets what `load` throws. */
export async function readPage(
  storage: Storage,
  load: (place: Uint8Array) => Promise<Cell>,
  { from, to, limit, reverse = false }: Range,
): Promise<Page> {
  const cells: PlacedCell[] = [];
  let bytes = 0;
  let low = from;
  let high = to;
  while (cells.length < limit) {
    const wanted = Math.min(ENTRIES, limit - cells.length);
    const entries = await storage.range({ from: low, to: high, limit: wanted, reverse });
    for (const [place, record] of entries) {
      const cell = isScorePlace(place)
        ? await load(cellPlace(place))
        : (tryDecode(record) ?? (await load(place)));
      cells.push({ place, cell });
      bytes += place.length + Math.max(64, record.length);
      if (bytes > PAGE_BYTES) return { cells, isWhole: false };
    }
    const last = entries.at(-1);
    if (last === undefined || entries.length < wanted) return { cells, isWhole: true };
    if (reverse) high = last[0];
    else low = placeAfter(last[0]);
  }
  return { cells, isWhole: false };
}

/** The place of a cell, or of the one that an entry of the index speaks of. */
export function cellPlace(place: Uint8Array): Uint8Array {
  return isScorePlace(place) ? elementPlace(headPlace(place), elementOfPlace(place)) : place;
}

/** A head that is forgotten before its elements would let them be seen again. */
export async function hasElements(storage: Storage, head: Uint8Array): Promise<boolean> {
  return (await storage.range({ ...elementsRange(head), limit: 1 })).length > 0;
}
