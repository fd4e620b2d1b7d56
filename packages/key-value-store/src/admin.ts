/**
 * What an operator may see of a node and ask of it. The CLI, the console and the
 * `KV.…` commands know a node through this alone.
 */
import type { Service } from "@tenfold/core";

/** How the node that answers sees another one, or itself. */
export interface MemberStatus {
  readonly name: string;
  readonly state: "up" | "suspect" | "down" | "joining" | "leaving";
  readonly zone: string;
  readonly weight: number;
  /** For clients, `host:port`; `undefined` while it is not known. */
  readonly address: string | undefined;
  /** Partitions it owns, each counted once per copy. */
  readonly partitions: number;
  /** Of its replicas, those it would be asked first for. */
  readonly firstOf: number;
}

/** A node as it sees itself and its cluster. Plain JSON; sizes in bytes, times in ms. */
export interface NodeStatus {
  readonly name: string;
  readonly cluster: string;
  readonly version: string;
  readonly state: "starting" | "joining" | "serving" | "leaving" | "read-only" | "stopped";
  /** Why, when it is read-only. */
  readonly reason: string | undefined;
  readonly uptimeMs: number;
  readonly table: {
    /** Rises with every change of members or ownership. */
    readonly version: number;
    readonly partitions: number;
    readonly copies: number;
    /** Of keys that begin so, the longest that fits. */
    readonly prefixes: readonly { readonly prefix: string; readonly copies: number }[];
    /** Runs of neighbouring partitions with the same owners, in order, for drawing. */
    readonly runs: readonly {
      readonly first: number;
      readonly last: number;
      readonly owners: readonly string[];
    }[];
  };
  readonly members: readonly MemberStatus[];
  /** Partitions on their way, and how far they are. */
  readonly moves: {
    readonly waiting: number;
    readonly done: number;
    readonly bytes: number;
  };
  readonly hints: readonly {
    readonly node: string;
    readonly count: number;
    readonly oldestMs: number | undefined;
  }[];
  readonly repair: {
    /** Partitions this node owns whose last comparison found a difference. */
    readonly divergent: number;
    /** Since the partition longest uncompared was compared. */
    readonly lagMs: number | undefined;
    readonly comparisons: number;
    readonly cellsRepaired: number;
  };
  readonly keys: {
    /** That this node's clients ask for most, in the last ten seconds and more. */
    readonly hottest: readonly { readonly key: string; readonly perSecond: number }[];
    /** What this node holds, as of the last time it went through its disk. */
    readonly counted:
      | {
          readonly keys: number;
          readonly cells: number;
          readonly tombstones: number;
          /** Keys with several concurrent values, and the most that one has. */
          readonly siblings: number;
          readonly siblingsMax: number;
          /** In bytes on the disk. */
          readonly biggest: readonly {
            readonly key: string;
            readonly bytes: number;
            readonly elements: number;
          }[];
          readonly ageMs: number;
        }
      | undefined;
  };
  readonly storage: {
    /** Of sorted files; what is in the log is not in them yet. */
    readonly bytes: number;
    readonly residentBytes: number;
  };
}

/** Rejects with an error of the table when a node is not known or may not go. */
export interface Admin {
  status(): NodeStatus | Promise<NodeStatus>;
  /** In the text format of Prometheus. */
  metrics(): string | Promise<string>;
  /** Plans ownership anew for the members as they are; how many partitions will move. */
  rebalance(): Promise<{ moves: number }>;
  /** Hands all of a member's partitions to others, then lets it go. Resolves when that is decided. */
  drain(name: string): Promise<void>;
  /** Lets a member go that will not come back; others fill in for it. */
  remove(name: string): Promise<void>;
  /** Compares everything this node owns with the other owners now. Resolves when it is through. */
  repair(): Promise<{ partitions: number; cellsRepaired: number }>;
  /** Writes a copy of what this node holds into a new folder, consistent as of one moment. */
  backup(folder: string): Promise<{ cells: number; bytes: number }>;
}

/** A running node, as whoever started it holds it. */
export interface ServingNode extends Service, Admin {
  /** For clients; after `start()`. */
  readonly respPort: number;
  /** For other nodes; after `start()`. */
  readonly peerPort: number;
}
