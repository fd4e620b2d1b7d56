/**
 * How far a partition has been pulled, on the disk.
 *
 *     1 kind │ 2 partition  ──▶  6 since which version │ the last place
 */
import type { Storage } from "../node/ports.ts";

const KIND = 0x70;

export interface ProgressRecord {
  /** The last place pulled in the move that began with that version; empty for none. */
  load(partition: number, since: number): Promise<Uint8Array>;
  save(partition: number, since: number, place: Uint8Array): Promise<void>;
  forget(partition: number): Promise<void>;
}

export function createProgressRecord(storage: Storage): ProgressRecord {
  const saved = new Set<number>();
  const keyOf = (partition: number): Uint8Array =>
    Buffer.of(KIND, partition >>> 8, partition & 0xff);
  return {
    async load(partition, since) {
      const record = await storage.get(keyOf(partition));
      if (record === undefined) return new Uint8Array();
      saved.add(partition);
      const isOfThis = Buffer.from(record).readUIntBE(0, 6) === since;
      return isOfThis ? record.subarray(6) : new Uint8Array();
    },
    save(partition, since, place) {
      saved.add(partition);
      const value = Buffer.alloc(6 + place.length);
      value.writeUIntBE(since, 0, 6);
      value.set(place, 6);
      return storage.write([{ key: keyOf(partition), value }], { sync: false });
    },
    async forget(partition) {
      if (!saved.delete(partition)) return;
      await storage.write([{ key: keyOf(partition), value: undefined }], { sync: false });
    },
  };
}
