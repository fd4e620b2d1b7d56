/** What a node does for others in the background: hands over hints, compares itself, forgets. */
import type { Clock } from "@tenfold/core";
import { partitionOfCellKey } from "../cell-key.ts";
import type { AntiEntropy } from "./anti-entropy.ts";
import type { Hint, Hints } from "./hints.ts";
import type { Peers } from "./peers.ts";
import type { Placement } from "./ports.ts";
import type { Replica } from "./replica.ts";

export interface RepairDeps {
  readonly self: string;
  readonly clock: Clock;
  readonly placement: Placement;
  readonly peers: Peers;
  readonly hints: Hints;
  readonly replica: Replica;
  readonly antiEntropy: AntiEntropy;
  readonly requestTimeoutMs: number;
}

/** Hints handed over to one owner in one round, so that it is not flooded. */
const HINTS_PER_ROUND = 32;

/** One round: hand over hints, compare one partition with one owner. */
export function createRepairRound(deps: RepairDeps): () => Promise<void> {
  const { self, clock, placement, peers, antiEntropy } = deps;
  const handOver = createHandOver(deps);
  let pairs: { partition: number; owner: string }[] = [];
  let version = 0;
  let turn = 0;
  return async () => {
    if (version !== placement.version) {
      version = placement.version;
      pairs = pairsOf(placement, self);
    }
    await handOver();
    // In turns rather than by lot, so that every pair is compared within a known time.
    const pair = pairs[turn % pairs.length];
    turn += 1;
    if (pair === undefined || !peers.isReachable(pair.owner)) return;
    await antiEntropy.compare(pair.owner, pair.partition);
    await antiEntropy.forget(pair.partition, clock.now());
  };
}

/** The partitions of this node, each with every other owner. */
function pairsOf(placement: Placement, self: string): { partition: number; owner: string }[] {
  return Array.from({ length: placement.partitions }, (_, partition) => partition).flatMap(
    (partition) => {
      const owners = placement.owners(partition);
      if (!owners.includes(self)) return [];
      return owners.filter((owner) => owner !== self).map((owner) => ({ partition, owner }));
    },
  );
}

/**
 * Hands hints over to those they are for. One for a node that does not hold the
 * partition any more goes to those that do: they drop what they know to be gone.
 */
function createHandOver(deps: RepairDeps): () => Promise<void> {
  const { self, placement, peers, hints, replica, requestTimeoutMs } = deps;
  const bring = async (target: string, { place, cell }: Hint): Promise<boolean> => {
    if (target === self) {
      await replica.merge(place, cell);
      return true;
    }
    const reply = await peers.request(target, { kind: "merge", place, cell }, requestTimeoutMs);
    return reply?.kind === "done";
  };
  const handOverTo = async (target: string): Promise<void> => {
    for (const hint of await hints.list(target, HINTS_PER_ROUND)) {
      const partition = partitionOfCellKey(hint.place);
      const owners = placement.owners(partition);
      const isTheirs = owners.includes(target) || placement.joining(partition).includes(target);
      const targets = isTheirs ? [target] : owners;
      const isAtHand = targets.every((each) => each === self || peers.isReachable(each));
      const brought = isAtHand
        ? await Promise.all(targets.map((each) => bring(each, hint)))
        : [false];
      if (!brought.includes(false)) await hints.forget(hint);
      // What one target did not take it will not take more of; owners differ by hint.
      else if (isTheirs) return;
    }
  };
  return async () => {
    if (hints.count() === 0) return;
    await Promise.all(hints.targets().map(({ name }) => handOverTo(name)));
  };
}
