/**
 * Hands hints over to those they are for. One for a node that does not hold the
 * partition any more goes to those that do: they drop what they know to be gone.
 */
import type { Clock } from "@tenfold/core";
import { partitionOfCellKey } from "../cell-key.ts";
import { createThrottle } from "../cluster/throttle.ts";
import type { Hint, Hints } from "./hints.ts";
import type { Peers } from "./peers.ts";
import type { Placement } from "./ports.ts";
import type { Replica } from "./replica.ts";

export interface HandOverDeps {
  readonly self: string;
  readonly clock: Clock;
  readonly placement: Placement;
  readonly peers: Peers;
  readonly hints: Hints;
  readonly replica: Replica;
  readonly requestTimeoutMs: number;
  readonly hintBytesPerSecond: number;
}

/** Hints under way to one target at the same time: they share its fsyncs. */
const AT_ONCE = 64;
/** Pages of hints in one round, so that comparisons get their turn. */
const PAGES = 16;

/** One round: to every target that can be reached, until it does not take them or none is left. */
export function createHandOver(deps: HandOverDeps): () => Promise<void> {
  const { self, placement, peers, hints, replica, requestTimeoutMs } = deps;
  const throttle = createThrottle(deps.clock, deps.hintBytesPerSecond);
  const bring = async (target: string, { place, cell }: Hint): Promise<boolean> => {
    const placed = { place, cell };
    if (target === self) return replica.merge(placed);
    const reply = await peers.request(target, { kind: "merge", placed }, requestTimeoutMs);
    return reply?.kind === "done";
  };
  /** Whether it went to all that are to have it. */
  const handOver = async (hint: Hint): Promise<boolean> => {
    const partition = partitionOfCellKey(hint.place);
    const owners = placement.owners(partition);
    const isTheirs =
      owners.includes(hint.target) || placement.joining(partition).includes(hint.target);
    const targets = isTheirs ? [hint.target] : owners;
    const isAtHand = targets.every((each) => each === self || peers.isReachable(each));
    if (targets.length === 0 || !isAtHand) return false;
    const brought = await Promise.all(targets.map((target) => bring(target, hint)));
    if (brought.includes(false)) return false;
    await hints.forget(hint);
    return true;
  };
  const handOverTo = async (target: string): Promise<void> => {
    let after: Uint8Array = new Uint8Array();
    for (let page = 0; page < PAGES; page++) {
      const next = await hints.list(target, { after, limit: AT_ONCE });
      const last = next.at(-1);
      if (last === undefined) return;
      after = last.place;
      const brought = await Promise.all(next.map(handOver));
      await throttle.passed(next.reduce((sum, { bytes }) => sum + bytes, 0));
      // Nothing of a page was taken: it will not take more now.
      if (!brought.includes(true)) return;
    }
  };
  return async () => {
    if (hints.count() === 0) return;
    await Promise.all(hints.targets().map(({ name }) => handOverTo(name)));
  };
}
