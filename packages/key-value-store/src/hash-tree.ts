/**
 * A Merkle tree of one partition: finds what differs between two replicas while
 * shipping little of what does not.
 *
 *     level 0                     root
 *     level 1     ┌────┬────┬──── 8 ────┬────┐
 *     level 2    8×8 = 64 leaves, each a range of the partition
 *
 * A node's hash is the *sum* of its cells' hashes (two sums modulo 2^32), so a
 * write adds the new and takes away the old on one path: O(levels), without
 * reading neighbours, in any order. A cell's hash contains its key, so equal sums
 * of different cells are a chance of 2^-64. It is no defence against an owner that
 * lies: owners of a partition trust each other.
 */
import type { Cell } from "./cell.ts";

export const FANOUT = 8;
/** Levels below the root. */
export const LEVELS = 2;
export const LEAVES = FANOUT ** LEVELS;

/** Two independent sums, each an unsigned number of 32 bits. */
export type Hash = readonly [number, number];

/**
 * The hash of a cell's place and its versions' dots; [0, 0] without versions. Two
 * rows of MurmurHash3's rounds over the same words, from different seeds.
 */
export function cellHash(place: Uint8Array, { versions }: Cell): Hash {
  if (versions.length === 0) return [0, 0];
  return [hashFrom(0x9747b28c, place, versions), hashFrom(0x3c6ef372, place, versions)];
}

function hashFrom(seed: number, place: Uint8Array, versions: Cell["versions"]): number {
  let hash = seed;
  for (const { actor, counter } of versions) {
    hash = mixed(mixed(hash, actor), actor / 2 ** 32);
    hash = mixed(mixed(hash, counter), counter / 2 ** 32);
  }
  for (let at = 0; at < place.length; at += 4) {
    // Past the end there is nothing, which counts as zero; the length, below, tells it from bytes.
    const low = (place[at] ?? 0) | ((place[at + 1] ?? 0) << 8);
    hash = mixed(hash, low | ((place[at + 2] ?? 0) << 16) | ((place[at + 3] ?? 0) << 24));
  }
  return ended(mixed(hash, place.length));
}

function mixed(hash: number, word: number): number {
  const k = Math.imul(word, 0xcc9e2d51);
  const turned = hash ^ Math.imul((k << 15) | (k >>> 17), 0x1b873593);
  return (Math.imul((turned << 13) | (turned >>> 19), 5) + 0xe6546b64) | 0;
}

function ended(hash: number): number {
  let h = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}

export interface HashTree {
  /** Takes one cell's old hash off a leaf and puts the new one on. O(levels). */
  replace(leaf: number, before: Hash, after: Hash): void;
  /** The hash of a node: level 0 has one, level `LEVELS` has `LEAVES`. */
  node(level: number, index: number): Hash;
  /** The hashes of a node's children, in order. */
  children(level: number, index: number): Hash[];
  /** Both sums of every node, from the root down. Trees add up: sums of one added to another's. */
  readonly sums: Uint32Array;
}

/** Where each level begins, in nodes; the last number is how many there are. */
const OFFSETS: readonly number[] = Array.from({ length: LEVELS + 2 }, (_, level) =>
  Math.floor((FANOUT ** level - 1) / (FANOUT - 1)),
);

/** Numbers in a tree's `sums`. */
export const SUMS: number = 2 * (OFFSETS[LEVELS + 1] ?? 0);

/** A tree of an empty partition: 584 bytes. */
export function createHashTree(): HashTree {
  return new SumTree();
}

/** A class, since a node has thousands: they share their methods. */
class SumTree implements HashTree {
  readonly sums: Uint32Array = new Uint32Array(SUMS);

  replace(leaf: number, before: Hash, after: Hash): void {
    for (let level = LEVELS, index = leaf; level >= 0; level--) {
      const at = 2 * ((OFFSETS[level] ?? 0) + index);
      this.sums[at] = (this.sums[at] ?? 0) - before[0] + after[0];
      this.sums[at + 1] = (this.sums[at + 1] ?? 0) - before[1] + after[1];
      index = Math.floor(index / FANOUT);
    }
  }

  node(level: number, index: number): Hash {
    const at = 2 * ((OFFSETS[level] ?? 0) + index);
    return [this.sums[at] ?? 0, this.sums[at + 1] ?? 0];
  }

  children(level: number, index: number): Hash[] {
    return Array.from({ length: FANOUT }, (_, child) =>
      this.node(level + 1, index * FANOUT + child),
    );
  }
}

/** Indices, on the level below, of a node's children that differ from the other tree's. */
export function differingChildren(
  tree: HashTree,
  { level, index }: { level: number; index: number },
  others: readonly Hash[],
): number[] {
  return tree.children(level, index).flatMap((own, child) => {
    const other = others[child] ?? [0, 0];
    return own[0] === other[0] && own[1] === other[1] ? [] : [index * FANOUT + child];
  });
}
