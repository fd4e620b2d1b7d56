/**
 * What a node stands on. The simulation and the real machine are two sets of
 * drivers for the same ports; the node cannot tell which it has.
 */
import type { Clock, Log, Random } from "@tenfold/core";
import type { Message } from "./messages.ts";

export type Change =
  | { readonly key: Uint8Array; readonly value: Uint8Array }
  | { readonly key: Uint8Array; readonly value: undefined };

export type Entry = readonly [key: Uint8Array, value: Uint8Array];

/**
 * A sorted store, keys compared byte by byte.
 *
 * - `write` is atomic, also over a crash. With `sync` it resolves once it and
 *   every write before it survive a loss of power; without, a crash may take it,
 *   and then every later one too.
 * - Reads see every write that was called before them.
 * - What is given is not changed afterwards by either side.
 */
export interface Storage {
  get(key: Uint8Array): Promise<Uint8Array | undefined>;
  /** Entries from `from` up to but without `to`, in order, at most `limit`. */
  range(range: { from: Uint8Array; to: Uint8Array; limit: number }): Promise<Entry[]>;
  write(changes: readonly Change[], options: { sync: boolean }): Promise<void>;
}

/** Messages may be lost, late, doubled and out of order. Sending never throws or waits. */
export interface Network {
  send(to: string, message: Message): void;
}

/** Who holds what; a partition table. */
export interface Placement {
  /** A power of two up to 16,384, the same for ever. */
  readonly partitions: number;
  readonly members: readonly string[];
  owners(partition: number): readonly string[];
}

export interface NodePorts {
  readonly clock: Clock;
  readonly log: Log;
  readonly random: Random;
  readonly network: Network;
  readonly storage: Storage;
  readonly placement: Placement;
}
