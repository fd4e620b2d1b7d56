/**
 * Cells that were read or written lately, over the storage: the bounded cache of the
 * read path. What it holds is what the storage would answer, as records: decoded they
 * would take three times the room, and most reads want a few bytes of one.
 *
 * Two generations: what is used moves to the young one; when that is full it becomes
 * the old one, and what nobody used since the last such change is let go. O(1).
 */
import { nameOf } from "../buffers.ts";
import { isCellKey } from "../cell-key.ts";
import { emptyCell, type Cell } from "../cell.ts";
import { decodeTrusted } from "../record.ts";
import type { Entry, Storage } from "./ports.ts";

export interface HotCells {
  /** What a place holds, when that is in memory. */
  readonly get: (name: string) => Cell | undefined;
  /** The same, as bytes. */
  readonly record: (name: string) => Uint8Array | undefined;
  /** What a place holds. Rejects with `record_corrupt`. */
  readonly load: (place: Uint8Array) => Promise<Cell>;
  /** The record was given to the storage; called in the same turn. */
  readonly put: (name: string, record: Uint8Array) => void;
  /** What was put may not be there: it is read anew. */
  readonly forget: (name: string) => void;
  /** The storage, for all that is written beside `put`. */
  readonly storage: Storage;
}

export interface HotCellsDeps {
  readonly storage: Storage;
  /** Throws `record_corrupt`. */
  readonly decode: (entry: Entry) => Cell;
  readonly bytesMax: number;
}

/** About what an entry takes beside its record, with Node 24. */
const ENTRY_BYTES = 250;

export function createHotCells({ storage, decode, bytesMax }: HotCellsDeps): HotCells {
  let young = new Map<string, Uint8Array>();
  let old = new Map<string, Uint8Array>();
  let youngBytes = 0;
  /** Places that are being read, and by which reading last. A write takes them out. */
  const reading = new Map<string, object>();

  const forget = (name: string): void => {
    reading.delete(name);
    const record = young.get(name);
    if (record !== undefined) youngBytes -= ENTRY_BYTES + record.length;
    young.delete(name);
    old.delete(name);
  };
  const add = (name: string, record: Uint8Array): void => {
    // A few of that size would leave nothing else.
    if (record.length > bytesMax / 16) return forget(name);
    const before = young.get(name);
    young.set(name, record);
    youngBytes += record.length - (before === undefined ? -ENTRY_BYTES : before.length);
    if (youngBytes <= bytesMax / 2) return;
    old = young;
    young = new Map();
    youngBytes = 0;
  };
  const recordOf = (name: string): Uint8Array | undefined => {
    const record = young.get(name);
    if (record !== undefined) return record;
    const found = old.get(name);
    if (found !== undefined) add(name, found);
    return found;
  };
  const get = (name: string): Cell | undefined => {
    const record = recordOf(name);
    return record === undefined ? undefined : decodeTrusted(record);
  };
  const read = async (place: Uint8Array, name: string): Promise<Cell> => {
    const mine = {};
    reading.set(name, mine);
    try {
      const record = await storage.get(place);
      if (record === undefined) return emptyCell;
      const cell = decode([place, record]);
      if (reading.get(name) === mine) add(name, record);
      return cell;
    } finally {
      if (reading.get(name) === mine) reading.delete(name);
    }
  };
  return {
    get,
    record: recordOf,
    async load(place) {
      const name = nameOf(place);
      return get(name) ?? (await read(place, name));
    },
    put(name, record) {
      reading.delete(name);
      add(name, record);
    },
    forget,
    storage: {
      get: (key) => storage.get(key),
      range: (range) => storage.range(range),
      write(changes, options) {
        const written = storage.write(changes, options);
        for (const { key } of changes) if (isCellKey(key)) forget(nameOf(key));
        return written;
      },
    },
  };
}
