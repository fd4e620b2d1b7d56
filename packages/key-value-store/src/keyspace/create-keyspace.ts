/**
 * The keyspace over a node: what `keyspace.ts` promises, on replicated cells.
 *
 *     strings, counters   the key's head cell
 *     hashes, sets, …     a cell for each element; the head has type, expiry and floor
 */
import type { Bytes, Keyspace } from "../keyspace.ts";
import { createAccess, type KeyspaceNode, type Limits } from "./access.ts";
import { createBuckets, type Bucket } from "./buckets.ts";
import { createHashes } from "./hashes.ts";
import { createKeys } from "./keys.ts";
import { createSets } from "./sets.ts";
import { createSortedSets } from "./sorted-sets.ts";
import { createStrings } from "./strings.ts";
import { createVersions } from "./versions.ts";

export interface KeyspaceDeps {
  readonly node: KeyspaceNode;
  /** Wall ms since the epoch. */
  readonly now: () => number;
  /** Is told of each key that a command names. */
  readonly noted?: (key: Bytes) => void;
}

export interface KeyspaceOptions extends Partial<Limits> {
  /** Which keys are kept how; one with an empty prefix replaces the default. */
  readonly buckets?: readonly Bucket[];
  /** Contexts carry a proof that only those who know this can make. */
  readonly secret?: string;
}

export const defaultLimits: Limits = Object.freeze({
  keyBytesMax: 1_024,
  valueBytesMax: 1024 * 1024,
  elementBytesMax: 16 * 1_024,
});

/** Constructing does nothing. */
export function createKeyspace(
  { node, now, noted = () => undefined }: KeyspaceDeps,
  { buckets = [], secret = "", ...limits }: KeyspaceOptions = {},
): Keyspace {
  const access = createAccess({
    node,
    now,
    noted,
    bucketOf: createBuckets(buckets),
    limits: { ...defaultLimits, ...limits },
  });
  return {
    now,
    strings: createStrings(access),
    keys: createKeys(access),
    hashes: createHashes(access),
    sets: createSets(access),
    sortedSets: createSortedSets(access),
    versions: createVersions(access, secret),
  };
}
