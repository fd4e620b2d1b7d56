/**
 * Multi-master IDs: several databases count at once, each in its own lane.
 *
 *   step 3     offset 1:  1     4     7     10
 *              offset 2:    2     5     8      11
 *              offset 3:      3     6     9       12
 *
 * It is MySQL's `auto_increment_increment` and `auto_increment_offset`. Lanes
 * never meet, so the databases need not know each other. IDs rise within a lane
 * only. The step is for ever: to grow later, give it room at first (step 8 with
 * three databases), or move every counter above the highest ID of all lanes
 * before the first counts in the new step: `counterAbove()` says to where.
 */
import { createSegmentAllocator, type SegmentAllocator, type SegmentDeps } from "./segment.ts";
import { within } from "./within.ts";

export interface Lane {
  /** This database's lane, in [1, step]. */
  offset: number;
  /** How many lanes there are, used or not. */
  step: number;
}

/**
 * IDs of one lane, from a durable counter of its own that begins at 1. Rejects
 * as `SegmentAllocator.next()` does. O(1), and one `take()` for each block.
 */
export function createMultiMaster(
  deps: SegmentDeps,
  options: Lane & { blockSize: number },
): SegmentAllocator {
  const { offset, step, blockSize } = options;
  checkLane(options);
  const counter = createSegmentAllocator(deps, { blockSize });
  return {
    async next(signal) {
      return ((await counter.next(signal)) - 1n) * BigInt(step) + BigInt(offset);
    },
  };
}

/** The smallest counter whose ID in `lane` is above `id`: where to move a counter on to. */
export function counterAbove(id: bigint, lane: Lane): bigint {
  checkLane(lane);
  const beyond = id - BigInt(lane.offset);
  return beyond < 0n ? 1n : beyond / BigInt(lane.step) + 2n;
}

function checkLane({ offset, step }: Lane): void {
  within("step", step, 1, 65_536);
  within("offset", offset, 1, step);
}
