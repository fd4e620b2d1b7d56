/**
 * IDs in blocks from a durable counter: dense, small, and with no clock in
 * them (Flickr's ticket server; Meituan's Leaf, "segment" mode).
 *
 * One counter, in a database, is moved on by `blockSize` in a transaction of
 * its own; the numbers in between are then ours to hand out from memory. The
 * database is asked once per block, and before the block runs out:
 *
 *        block 1                 block 2 (taken ahead)
 *   ├────────────────┼────────┤ ├─────────────────────────┤
 *   first          20 % left  end
 *                    └─▶ take() in the background
 *
 * A number is handed out at most once, since blocks never overlap and a block
 * lives in one process's memory only. What a crash leaves unused is a gap, at
 * most two blocks per process. Within one allocator numbers rise; between
 * processes their order says nothing about time.
 */
import { silentLog, type Log } from "@tenfold/core";
import { uniqueIdErrors } from "./errors.ts";

export interface SegmentDeps {
  /**
   * Moves the durable counter on by `count` and gives the first number of that
   * stretch; committed before it resolves. At most one call is in flight.
   */
  take(count: number): Promise<{ first: bigint }>;
  /** Told when a block could not be taken ahead. */
  log?: Log;
}

export interface SegmentOptions {
  /** Numbers per block: as many as are used in about ten minutes is a good size. */
  blockSize: number;
}

export interface SegmentAllocator {
  /**
   * The next number, at once while there is a block. Rejects with
   * `segment_unavailable` when a new block was needed and could not be taken,
   * with `segment_invalid` when the counter went back, and with the signal's
   * reason when aborted.
   */
  next(signal?: AbortSignal): Promise<bigint>;
}

interface Block {
  next: bigint;
  /** How many numbers are left in it. */
  left: number;
}

/** The share of a block that is left when the next one is taken ahead. */
const REFILL_SHARE = 0.2;

/** Makes an allocator. Nothing is taken before the first `next()`. */
export function createSegmentAllocator(
  deps: SegmentDeps,
  options: SegmentOptions,
): SegmentAllocator {
  const { blockSize } = options;
  const { log = silentLog } = deps;
  checkBlockSize(blockSize);
  const refillAt = Math.floor(blockSize * REFILL_SHARE);
  let current: Block = { next: 0n, left: 0 };
  let spare: Block | undefined;
  let taking: Promise<void> | undefined;
  let aheadAt = refillAt;
  // Where the newest block ended: nothing below may come again.
  let floor: bigint | undefined;

  const take = async (): Promise<void> => {
    const first = await takeFirst(deps, blockSize);
    if (floor !== undefined && first < floor) {
      throw uniqueIdErrors.segment_invalid({
        detail: `The counter gave a block at ${first}, after one that ended before ${floor}.`,
        hint: "Was it restored from a backup, or read from a lagging replica?",
      });
    }
    floor = first + BigInt(blockSize);
    spare = { next: first, left: blockSize };
    aheadAt = refillAt;
  };
  const takeOnce = (): Promise<void> =>
    (taking ??= take().finally(() => {
      taking = undefined;
    }));

  const takeAhead = (): void => {
    // A failure matters only to a caller who finds no block, and is tried anew then.
    // Until then, try again each time that half of the rest is used up.
    aheadAt = Math.floor(current.left / 2);
    takeOnce().catch((error: unknown) => {
      log.warn({ error, left: current.left }, "no block of IDs could be taken ahead");
    });
  };

  return {
    async next(signal) {
      signal?.throwIfAborted();
      while (current.left === 0) {
        if (spare === undefined) {
          await abortable(takeOnce(), signal);
        } else {
          current = spare;
          spare = undefined;
        }
      }
      const id = current.next;
      current.next += 1n;
      current.left -= 1;
      if (current.left <= aheadAt && spare === undefined && taking === undefined) takeAhead();
      return id;
    },
  };
}

function checkBlockSize(blockSize: number): void {
  if (!Number.isInteger(blockSize) || blockSize < 1 || blockSize > 1_000_000_000) {
    throw new RangeError(`blockSize must be a whole number from 1 to 10^9, not ${blockSize}`);
  }
}

async function takeFirst(deps: SegmentDeps, count: number): Promise<bigint> {
  try {
    return (await deps.take(count)).first;
  } catch (cause) {
    throw uniqueIdErrors.segment_unavailable({ cause });
  }
}

/** `work`, or the signal's reason when that comes first; the work itself goes on. */
async function abortable(work: Promise<void>, signal: AbortSignal | undefined): Promise<void> {
  if (signal === undefined) return await work;
  const aborted = Promise.withResolvers<never>();
  const abort = (): void => aborted.reject(signal.reason);
  signal.addEventListener("abort", abort, { once: true });
  try {
    await Promise.race([work, aborted.promise]);
  } finally {
    signal.removeEventListener("abort", abort);
  }
}
