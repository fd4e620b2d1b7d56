/** Gives a replica's changes to the disk. */
import type { Durability } from "./edit.ts";
import type { Replaced } from "./pending.ts";

export interface Stored {
  /** Resolves when they are as durable as asked. */
  readonly written: Promise<void>;
  /** What they are on the disk, in their order. */
  readonly records: readonly Uint8Array[];
}

/**
 * Called in the turn in which their dots were given, under the cells' locks; awaited
 * outside: the next one builds on what is not yet safe, and is not safe before it.
 */
export type Store = (changes: readonly Replaced[], durability: Durability) => Stored;
