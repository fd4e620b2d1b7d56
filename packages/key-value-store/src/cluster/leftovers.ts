/**
 * Partitions that this node holds and that are not its own any more. It takes no
 * writes for them; before it deletes one, enough of the present owners must have
 * compared themselves with it, so that nothing that only it had is lost.
 */
import type { Log } from "@tenfold/core";
import { partitionRange } from "../cell-key.ts";
import type { Reply, Request } from "../node/messages.ts";
import type { Placement, Storage } from "../node/ports.ts";

export interface LeftoversDeps {
  readonly self: string;
  readonly storage: Storage;
  readonly log: Log;
  readonly placement: Placement;
  readonly isReachable: (name: string) => boolean;
  readonly ask: (to: string, request: Request) => Promise<Reply | undefined>;
  /** Deletes all of a partition, knowledge included. */
  readonly drop: (partition: number) => Promise<void>;
}

export interface Leftovers {
  /** Partitions of which this node has just stopped being an owner. */
  readonly add: (partitions: Iterable<number>) => void;
  /** The first one looks through the disk, for what was held when the process ended. */
  readonly round: () => Promise<void>;
  /** How many are still held. */
  readonly count: () => number;
  /** Whether a partition is being deleted, and must not be filled meanwhile. */
  readonly isDropping: (partition: number) => boolean;
}

/** Partitions let go in one round, so that a round ends soon. */
const AT_ONCE = 32;

export function createLeftovers(deps: LeftoversDeps): Leftovers {
  const { self, storage, log, placement, isReachable, ask } = deps;
  const held = new Set<number>();
  const dropping = new Set<number>();
  /** Until the disk was looked through, nobody may say that nothing is left. */
  let isOpen = false;
  const isOwn = (partition: number): boolean =>
    placement.owners(partition).includes(self) || placement.joining(partition).includes(self);

  const look = async (): Promise<void> => {
    for (let partition = 0; partition < placement.partitions; partition++) {
      if (isOwn(partition)) continue;
      const range = { ...partitionRange(partition), limit: 1 };
      if ((await storage.range(range)).length > 0) held.add(partition);
    }
  };
  const letGo = async (partition: number): Promise<void> => {
    if (isOwn(partition)) {
      held.delete(partition);
      return;
    }
    const owners = placement.owners(partition);
    const reachable = owners.filter(isReachable);
    const enough = Math.floor(owners.length / 2) + 1;
    if (reachable.length < enough) return;
    const replies = await Promise.all(
      reachable.map((owner) => ask(owner, { kind: "take-over", partition })),
    );
    const taken = replies.filter((reply) => reply?.kind === "done");
    // It may have been given back meanwhile.
    if (taken.length < enough || isOwn(partition)) return;
    dropping.add(partition);
    try {
      await deps.drop(partition);
      held.delete(partition);
    } finally {
      dropping.delete(partition);
    }
  };
  return {
    add(partitions) {
      for (const partition of partitions) held.add(partition);
    },
    async round() {
      if (!isOpen) await look();
      isOpen = true;
      for (const partition of [...held].slice(0, AT_ONCE)) {
        try {
          await letGo(partition);
        } catch (error) {
          log.error({ error, partition }, "a partition could not be let go");
        }
      }
    },
    isDropping: (partition) => dropping.has(partition),
    count: () => (isOpen ? held.size : Math.max(1, held.size)),
  };
}
