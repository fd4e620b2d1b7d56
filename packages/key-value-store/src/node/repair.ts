/**
 * What a node does for its partitions in the background: compares itself with the
 * other owners, and forgets what all have seen.
 *
 *     survey    with one owner after the other: where do we differ?
 *     roots     of those partitions, some hundred at once
 *     compare   those whose roots differ, several at once
 *
 * A quiet cluster ships a few KB a round. Where much differs, as after a node was
 * away, a round goes on until it has seen everything; under load, where what is on
 * its way always differs, it stops after a while and goes on in the next.
 */
import type { Clock } from "@tenfold/core";
import type { AntiEntropy } from "./anti-entropy.ts";
import type { Digests } from "./digests.ts";
import type { Peers } from "./peers.ts";
import type { Placement } from "./ports.ts";
import type { Replica } from "./replica.ts";

export interface RepairDeps {
  readonly self: string;
  readonly clock: Clock;
  readonly placement: Placement;
  readonly peers: Peers;
  readonly replica: Replica;
  readonly digests: Digests;
  readonly antiEntropy: AntiEntropy;
}

export interface RepairProgress {
  /** Partitions whose last comparison with some owner found a difference. */
  readonly divergent: number;
  /** Since the owner longest not surveyed was, to the end. `undefined` before all were. */
  readonly lagMs: number | undefined;
  readonly comparisons: number;
  /** Cells that comparisons brought here. */
  readonly cellsRepaired: number;
}

export interface Repair {
  readonly round: () => Promise<void>;
  /** The same, unless the last one found little and is not long over: to be called at any pace. */
  readonly turn: () => Promise<void>;
  readonly progress: () => RepairProgress;
}

/** Partitions whose roots are asked for in one message. */
const ROOTS = 256;
/** Partitions asked about in one round, unless many of them do differ. */
const PER_ROUND = 1_024;
/** Partitions compared at the same time. */
const AT_ONCE = 8;
/** Of so many cells that a round repaired, the next follows at once. */
const MANY_CELLS = 256;
/**
 * Otherwise it rests by what the round had to do, for each partition that two nodes
 * share and for each that was asked about: some twenty times what that costs, since
 * calls come first. What it waited for is no work.
 */
const REST_MS_SHARED = 0.1;
const REST_MS_ASKED = 2;

export function createRepair(deps: RepairDeps): Repair {
  const { self, clock, placement, peers, replica, digests, antiEntropy } = deps;
  const divergent = new Map<string, Set<number>>();
  const surveyedAtMs = new Map<string, number>();
  let comparisons = 0;
  let rounds = 0;
  let restMs = 0;
  let restsUntilMs = 0;

  const compareAll = async (peer: string, partitions: number[]): Promise<void> => {
    const open = divergent.get(peer) ?? new Set();
    divergent.set(peer, open);
    const lane = async (): Promise<void> => {
      for (let next = partitions.shift(); next !== undefined; next = partitions.shift()) {
        comparisons += 1;
        open.add(next);
        if (await antiEntropy.compare(peer, next)) open.delete(next);
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, lane));
  };
  /** How many of some partitions did differ. */
  const examine = async (peer: string, partitions: readonly number[]): Promise<number> => {
    const equal = await antiEntropy.compareMany(peer, partitions);
    for (const partition of equal) divergent.get(peer)?.delete(partition);
    const unequal = partitions.filter((partition) => !equal.has(partition));
    const count = unequal.length;
    restMs += REST_MS_ASKED * partitions.length;
    if (peers.isReachable(peer)) await compareAll(peer, unequal);
    for (const partition of partitions) {
      if (replica.mayHaveTombstones(partition)) await antiEntropy.forget(partition, clock.now());
    }
    return count;
  };
  const repairWith = async (peer: string): Promise<void> => {
    const found = await antiEntropy.survey(peer);
    if (found === undefined) return;
    // A comparison that was cut off may have been made good by others since.
    const open = divergent.get(peer);
    const differing = new Set(found.differing);
    for (const partition of open ?? []) if (!differing.has(partition)) open?.delete(partition);
    const shared = [...digests.sharedWith(peer).values()].flat();
    restMs += REST_MS_SHARED * shared.length;
    const buried = shared.filter((partition) => replica.mayHaveTombstones(partition));
    const all = [...new Set([...found.differing, ...buried, ...found.unlearnt])];
    // Not always the same ones first.
    const start = all.length > PER_ROUND ? (rounds * PER_ROUND) % all.length : 0;
    const queue = [...all.slice(start), ...all.slice(0, start)];
    for (let asked = 0; asked < queue.length; asked += ROOTS) {
      const differed = await examine(peer, queue.slice(asked, asked + ROOTS));
      if (asked + ROOTS >= PER_ROUND && differed < ROOTS / 8) return;
      if (!peers.isReachable(peer)) return;
    }
    surveyedAtMs.set(peer, clock.monotonic());
  };
  const others = (): string[] => placement.members.filter((member) => member !== self);
  const round = async (): Promise<void> => {
    rounds += 1;
    for (const peer of others()) if (peers.isReachable(peer)) await repairWith(peer);
  };

  return {
    round,
    async turn() {
      if (clock.monotonic() < restsUntilMs) return;
      const before = antiEntropy.repaired();
      restMs = 0;
      await round();
      if (antiEntropy.repaired() - before < MANY_CELLS) restsUntilMs = clock.monotonic() + restMs;
    },
    progress() {
      const seen = others().map((peer) => surveyedAtMs.get(peer));
      const known = seen.filter((atMs) => atMs !== undefined);
      const isComplete = known.length === seen.length;
      return {
        divergent: new Set([...divergent.values()].flatMap((open) => [...open])).size,
        lagMs: isComplete ? clock.monotonic() - Math.min(clock.monotonic(), ...known) : undefined,
        comparisons,
        cellsRepaired: antiEntropy.repaired(),
      };
    },
  };
}
