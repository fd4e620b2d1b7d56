/** What an owner does for its own keys in the background: ends what has expired, sweeps, forgets. */
import type { Clock } from "@tenfold/core";
import { partitionOfCellKey } from "../cell-key.ts";
import type { AntiEntropy } from "./anti-entropy.ts";
import type { KeyCoordinator } from "./key-coordinator.ts";
import type { Peers } from "./peers.ts";
import type { Placement } from "./ports.ts";
import type { Replica } from "./replica.ts";

export interface HousekeepingDeps {
  readonly self: string;
  readonly clock: Clock;
  readonly placement: Placement;
  readonly peers: Peers;
  readonly replica: Replica;
  readonly keys: KeyCoordinator;
  readonly antiEntropy: Pick<AntiEntropy, "forget">;
}

/** Expired collections that are ended in one round. */
const ENDED_MAX = 32;
/** Partitions of which tombstones are forgotten in one round, where no other owner has a say. */
const FORGOTTEN_MAX = 8;

/** One bounded round. */
export function createHousekeeping(deps: HousekeepingDeps): () => Promise<void> {
  const { self, clock, placement, peers, replica, keys, antiEntropy } = deps;
  /** One of the owners does it, so that its elements do not get several floors. */
  const isMine = (partition: number): boolean => {
    const owners = placement.owners(partition);
    return owners.find((owner) => owner === self || peers.isReachable(owner)) === self;
  };
  let turn = 0;
  const forgetAlone = async (): Promise<void> => {
    for (let count = 0; count < Math.min(FORGOTTEN_MAX, placement.partitions); count++) {
      turn = (turn + 1) % placement.partitions;
      const owners = placement.owners(turn);
      // With other owners it follows each comparison; see `repair.ts`.
      if (owners.length !== 1 || owners[0] !== self) continue;
      if (!replica.mayHaveTombstones(turn)) continue;
      const isMade = replica.madeTree(turn) !== undefined;
      await antiEntropy.forget(turn, clock.now());
      // It was gone through for that, which is enough for one round.
      if (!isMade) return;
    }
  };
  return async () => {
    const nowMs = clock.now();
    const ended = replica.expired(nowMs).filter((head) => isMine(partitionOfCellKey(head)));
    for (const place of ended.slice(0, ENDED_MAX)) {
      await keys.edit({
        edit: { place, edit: { kind: "end" }, elements: [], nowMs },
        readQuorum: 1,
        writeQuorum: 1,
        durability: "memory",
      });
    }
    await replica.sweep();
    await forgetAlone();
  };
}
