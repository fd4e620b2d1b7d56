/**
 * Records of cells that fail their checksum. What such a cell was is not known, so
 * nothing may be said of its partition any more: what is known of it is forgotten at
 * once, and comparisons with other owners bring the cell back.
 *
 * Whoever met it is told `record_corrupt`: it may hold knowledge from before, by
 * which an empty cell would say "it was, and is gone". The next one finds it empty.
 */
import { hasCode, type Log } from "@tenfold/core";
import { nameOf } from "../buffers.ts";
import { partitionOfCellKey } from "../cell-key.ts";
import type { Cell } from "../cell.ts";
import { decodeCell } from "../record.ts";
import type { KeyedLock } from "./keyed-lock.ts";
import type { Change, Entry, Storage } from "./ports.ts";

export interface DamageDeps {
  readonly storage: Storage;
  readonly log: Log;
  readonly lock: KeyedLock;
  /** Forgets what is known of a partition, and says what the disk has to forget. */
  readonly forget: (partition: number) => readonly Change[];
}

export interface Damage {
  readonly decodeOrThrow: (entry: Entry) => Cell;
  /** `undefined` for one that is damaged. */
  readonly decode: (entry: Entry) => Cell | undefined;
}

export function createDamage({ storage, log, lock, forget }: DamageDeps): Damage {
  /** Damaged records that are about to be deleted. */
  const found = new Set<string>();

  const isDamaged = async (place: Uint8Array): Promise<boolean> => {
    const record = await storage.get(place);
    return record !== undefined && tryDecode(record) === undefined;
  };
  const remove = async (place: Uint8Array): Promise<void> => {
    const partition = partitionOfCellKey(place);
    await storage.write(forget(partition), { sync: true });
    // Under the cell's lock: it may have been written anew by now.
    await lock.run(nameOf(place), async () => {
      if (!(await isDamaged(place))) return;
      await storage.write([{ key: place, value: undefined }], { sync: true });
    });
  };
  const decode = ([place, record]: Entry): Cell | undefined => {
    const cell = tryDecode(record);
    const name = cell === undefined ? nameOf(place) : "";
    if (cell !== undefined || found.has(name)) return cell;
    found.add(name);
    log.error({ partition: partitionOfCellKey(place) }, "a stored record fails its checksum");
    void remove(place)
      // The disk takes no writes: it is met again after the next start.
      .catch((error: unknown) => log.error({ error }, "a damaged record could not be deleted"))
      .finally(() => found.delete(name));
    return undefined;
  };
  return {
    decode,
    decodeOrThrow(entry) {
      // Decoded again, so that what is thrown says what is wrong with it.
      return decode(entry) ?? decodeCell(entry[1]);
    },
  };
}

/** `undefined` for a record that fails its checksum. */
export function tryDecode(record: Uint8Array): Cell | undefined {
  try {
    return decodeCell(record);
  } catch (error) {
    if (hasCode(error, "record_corrupt")) return undefined;
    throw error;
  }
}
