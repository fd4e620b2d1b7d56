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

export interface Range {
  readonly from: Uint8Array;
  readonly to: Uint8Array;
  readonly limit: number;
  /** Default false. */
  readonly reverse?: boolean;
}

/**
 * A sorted store, keys compared byte by byte.
 *
 * - `write` is atomic, also over a crash. With `sync` it resolves once it and
 *   every write before it survive a loss of power; without, a crash may take it,
 *   and then every later one too.
 * - Reads see every write that was called before them and has not failed.
 * - A write that was refused may be on the disk or not. Every later one is refused
 *   too, until the store is opened anew.
 * - What is given is not changed afterwards by either side.
 */
export interface Storage {
  get(key: Uint8Array): Promise<Uint8Array | undefined>;
  /**
   * Entries from `from` up to but without `to`, at most `limit`: the first in order,
   * or with `reverse` the last, from the highest down.
   */
  range(range: Range): Promise<Entry[]>;
  write(changes: readonly Change[], options: { sync: boolean }): Promise<void>;
}

/**
 * Messages may be lost, late, doubled and out of order. Sending never throws or
 * waits. `to` is a member's name, or an address (`host:port`) where none is known yet;
 * what comes in always names its sender.
 */
export interface Network {
  send(to: string, message: Message): void;
  /** The members and where they are, each time that changes. */
  know?(members: readonly { readonly name: string; readonly address: string }[]): void;
}

/**
 * Who holds what, by the newest configuration this node has on its disk. What is
 * returned is not changed later: a new configuration makes new lists.
 *
 * While a partition moves, `joining` names who besides the owners gets every write:
 * first the one that is being filled, later the one that is about to let go. Each of
 * them raises the write quorum by one, so that reads of R owners meet every write
 * also while some nodes have not heard of the change; see `cluster/configuration.ts`.
 */
export interface Placement {
  /** Up to 16,384, the same for ever; 0 as long as nothing is known. */
  readonly partitions: number;
  /** Where a key belongs, the same for ever. */
  readonly partitionOf: (key: Uint8Array) => number;
  /** Of Redis's 16,384 slots; keys of another number of copies are elsewhere. */
  readonly partitionOfSlot: (slot: number) => number;
  /** Rises with every change of what is below. */
  readonly version: number;
  readonly members: readonly string[];
  /** Members of one zone fail together. Empty where none was given. */
  readonly zoneOf: (member: string) => string;
  /** Those that count for reads. */
  readonly owners: (partition: number) => readonly string[];
  /** Those that also get every write. */
  readonly joining: (partition: number) => readonly string[];
  /** Groups of which each needs a majority, for what must be linearizable: two while it moves. */
  readonly quorums: (partition: number) => readonly (readonly string[])[];
  /** The version from which a partition is as it is now; who asks by an older one is refused. */
  readonly since: (partition: number) => number;
}

export interface NodePorts {
  readonly clock: Clock;
  readonly log: Log;
  readonly random: Random;
  readonly network: Network;
  readonly storage: Storage;
}
