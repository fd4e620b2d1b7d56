/**
 * What follows from the cells of one partition: the hashes to compare it by, where
 * tombstones are, and what was ever heard of it. Small, whatever the partition holds.
 *
 * Everything in it adds up, so a summary of changes, added to one of what was there
 * before them, is one of what is there after.
 */
import { leafOf } from "../cell-key.ts";
import type { Cell, Vector } from "../cell.ts";
import { cellHash, createHashTree, LEAVES, type HashTree } from "../hash-tree.ts";
import { isForgettable } from "../payload.ts";

export interface Summary {
  readonly tree: HashTree;
  /** By leaf, how many cells may be forgotten once nobody needs them; modulo 2^32. */
  readonly forgettable: Uint32Array;
  /** The sum of those. */
  buried: number;
  /** The highest dots that were heard of, by anybody. It grows: who keeps it takes a copy. */
  readonly told: Map<number, number>;
}

export function emptySummary(): Summary {
  return {
    tree: createHashTree(),
    forgettable: new Uint32Array(LEAVES),
    buried: 0,
    told: new Map(),
  };
}

/** One cell becomes another. */
export function replaceIn(summary: Summary, place: Uint8Array, before: Cell, after: Cell): void {
  const leaf = leafOf(place);
  summary.tree.replace(leaf, cellHash(place, before), cellHash(place, after));
  const more = countOf(after) - countOf(before);
  if (more === 0) return;
  summary.forgettable[leaf] = (summary.forgettable[leaf] ?? 0) + more;
  summary.buried += more;
}

/** One that says of its past alone, that it is gone, may go too; one without a past is not there. */
const countOf = (cell: Cell): number => (cell.clock.size > 0 && isForgettable(cell) ? 1 : 0);

/** All of another summary: of other cells, or of what changed since. */
export function addTo(summary: Summary, other: Summary): void {
  addUp(summary.tree.sums, other.tree.sums);
  addUp(summary.forgettable, other.forgettable);
  summary.buried += other.buried;
  hear(summary, other.told);
}

/** Dots were heard of. */
export function hear({ told }: Summary, clock: Vector): void {
  for (const [actor, counter] of clock) {
    if (counter > (told.get(actor) ?? 0)) told.set(actor, counter);
  }
}

/** Modulo 2^32, so that what was taken away comes out right. */
function addUp(sums: Uint32Array, others: Uint32Array): void {
  for (const [at, other] of others.entries()) sums[at] = (sums[at] ?? 0) + other;
}
