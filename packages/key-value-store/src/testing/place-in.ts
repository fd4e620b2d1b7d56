import { cellKey, partitionOf } from "../cell-key.ts";

/** Where a key, or an element of it, lies in a store of so many partitions. */
export function placeIn(partitions: number, key: string, element?: string): Uint8Array {
  const bytes = Buffer.from(key);
  const id = element === undefined ? {} : { element: Buffer.from(element) };
  return cellKey({ key: bytes, ...id }, partitionOf(bytes, partitions));
}
