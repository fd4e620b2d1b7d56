/** Keys with a common prefix, and how they are kept. */
import { byPrefix } from "../by-prefix.ts";
import type { Bytes } from "../keyspace.ts";
import type { Durability } from "../node/edit.ts";

/**
 * How concurrent writes of a key come together.
 * - `lww`: the later string wins; counters and collections by their type.
 * - `siblings`: the same for Redis's commands; `KV.GET` shows every concurrent string.
 * - `linearizable`: strings in one order for everybody, by consensus.
 */
export type Resolve = "lww" | "siblings" | "linearizable";

export interface Bucket {
  /** Of the keys, in bytes of latin-1. The longest that fits decides. */
  readonly prefix: string;
  /** How many owners must answer a read, and have stored a write. Fewer owners: all of them. */
  readonly readQuorum: number;
  readonly writeQuorum: number;
  readonly resolve: Resolve;
  /** A write that would leave more concurrent values is refused. */
  readonly siblingsMax: number;
  readonly durability: Durability;
}

/** What a bucket has that says nothing else: its prefix is everything. */
export const defaultBucket: Bucket = Object.freeze({
  prefix: "",
  readQuorum: 2,
  writeQuorum: 2,
  resolve: "lww",
  siblingsMax: 16,
  durability: "disk",
});

/** The bucket of a key. O(buckets); O(1) where only the default is there. */
export function createBuckets(buckets: readonly Bucket[]): (key: Bytes) => Bucket {
  const fallback = buckets.find(({ prefix }) => prefix === "") ?? defaultBucket;
  return byPrefix(
    buckets.filter(({ prefix }) => prefix !== ""),
    fallback,
  );
}
