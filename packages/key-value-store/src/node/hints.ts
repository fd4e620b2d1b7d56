/**
 * Hints: cells kept for an owner that did not answer, and handed over when it does.
 *
 *     1 kind │ 1 length │ owner's name │ the cell's place
 *
 * Hints for one cell are joined, so a hot cell is one hint. Their number is
 * bounded: one that does not fit is refused, and not counted as a copy. A hint is
 * only ever a copy of what an owner stored, and the owner that gets it drops what
 * it knows to be gone, so an old one does no harm.
 */
import type { Clock } from "@tenfold/core";
import { nameOf } from "../buffers.ts";
import { placeAfter } from "../cell-key.ts";
import { emptyCell, isSameCell, join, type Cell } from "../cell.ts";
import { decodeCell, encodeCell } from "../record.ts";
import { createKeyedLock } from "./keyed-lock.ts";
import type { Entry, Storage } from "./ports.ts";

const KIND = 0x68;

export interface Hint {
  readonly target: string;
  readonly place: Uint8Array;
  readonly cell: Cell;
}

export interface StoredHint extends Hint {
  /** What it takes on the disk. */
  readonly bytes: number;
}

export interface Hints {
  /** Counts what is stored. Before anything else, once. */
  readonly open: () => Promise<void>;
  /** Resolves when the hint is on the disk; false when there is no room for it. */
  readonly keep: (hint: Hint) => Promise<boolean>;
  /** Up to `limit` hints for one owner, those behind a place, in order. */
  readonly list: (
    target: string,
    page: { after: Uint8Array; limit: number },
  ) => Promise<StoredHint[]>;
  /** Forgets a hint that was handed over, unless it has grown since. */
  readonly forget: (hint: Hint) => Promise<void>;
  readonly count: () => number;
  /** Whom hints are held for. */
  readonly targets: () => HintTarget[];
  /** Those of the owners for whom a hint on the cell is held. */
  readonly targetsOf: (place: Uint8Array, owners: readonly string[]) => Promise<string[]>;
}

export interface HintTarget {
  readonly name: string;
  readonly count: number;
  readonly bytes: number;
  /** Monotonic ms of the oldest since this start. */
  readonly oldestAtMs: number;
}

export function createHints(
  { storage, clock }: { storage: Storage; clock: Clock },
  { hintsMax, hintBytesMax = 2 ** 30 }: { hintsMax: number; hintBytesMax?: number },
): Hints {
  const lock = createKeyedLock();
  const targets = new Map<string, { count: number; bytes: number; oldestAtMs: number }>();
  let count = 0;
  let total = 0;
  const add = (name: string, more: number, bytes: number): void => {
    count += more;
    total += bytes;
    const target = targets.get(name) ?? { count: 0, bytes: 0, oldestAtMs: clock.monotonic() };
    target.count += more;
    target.bytes += bytes;
    if (target.count > 0) targets.set(name, target);
    else targets.delete(name);
  };
  const load = async (key: Uint8Array): Promise<Cell | undefined> => {
    const record = await storage.get(key);
    return record === undefined ? undefined : decodeCell(record);
  };
  return {
    async open() {
      let from: Uint8Array = Buffer.of(KIND);
      for (;;) {
        const page = await storage.range({ from, to: Buffer.of(KIND + 1), limit: 256 });
        for (const [key, record] of page) add(nameIn(key), 1, key.length + record.length);
        const last = page.at(-1);
        if (last === undefined) return;
        from = Buffer.concat([last[0], Buffer.of(0)]);
      }
    },
    keep({ target, place, cell }) {
      const key = hintKey(target, place);
      return lock.run(nameOf(key), async () => {
        const held = await load(key);
        if (held === undefined && (count >= hintsMax || total >= hintBytesMax)) return false;
        const next = join(held ?? emptyCell, cell);
        if (held !== undefined && isSameCell(held, next)) return true;
        const value = encodeCell(next);
        if (held === undefined) add(target, 1, key.length + value.length);
        else add(target, 0, value.length - encodeCell(held).length);
        await storage.write([{ key, value }], { sync: true });
        return true;
      });
    },
    async list(target, { after, limit }) {
      const start = hintKey(target, new Uint8Array());
      const from = after.length === 0 ? start : hintKey(target, placeAfter(after));
      const to = hintKey(target, Buffer.of(0xff));
      const entries: Entry[] = await storage.range({ from, to, limit });
      return entries.map(([key, record]) => ({
        target,
        place: key.slice(start.length),
        cell: decodeCell(record),
        bytes: key.length + record.length,
      }));
    },
    forget({ target, place, cell }) {
      const key = hintKey(target, place);
      return lock.run(nameOf(key), async () => {
        const held = await load(key);
        if (held === undefined || !isSameCell(held, cell)) return;
        // A crash may bring it back; then it is handed over once more.
        await storage.write([{ key, value: undefined }], { sync: false });
        add(target, -1, -key.length - encodeCell(held).length);
      });
    },
    count: () => count,
    targets: () => [...targets].map(([name, target]) => ({ name, ...target })),
    async targetsOf(place, owners) {
      const held = await Promise.all(owners.map((owner) => storage.get(hintKey(owner, place))));
      return owners.filter((_, at) => held[at] !== undefined);
    },
  };
}

const nameIn = (key: Uint8Array): string =>
  Buffer.from(key.subarray(2, 2 + (key[1] ?? 0))).toString();

/** The storage key of a hint. */
export function hintKey(target: string, place: Uint8Array): Uint8Array {
  const name = Buffer.from(target);
  return Buffer.concat([Buffer.of(KIND, name.length), name, place]);
}
