/**
 * A hybrid logical clock (Kulkarni et al., 2014): stamps that are close to wall
 * time, rise with every tick, and are above every stamp that was observed.
 *
 *     ┌───────────────────────────────┬──────────────┐
 *     │ 41 bits: ms since 2020-01-01  │ 12 bits: seq │   one exact number, to 2089
 *     └───────────────────────────────┴──────────────┘
 *
 * A full ms borrows from the next, and a clock that stepped back is stood upon
 * until it catches up, so stamps never fall. One foreign stamp from a clock that
 * runs far ahead would drag every node along; it is refused instead.
 */

const EPOCH_MS = 1_577_836_800_000;
const STAMPS_PER_MS = 4_096;

/** The wall time of a stamp, in ms since the Unix epoch. */
export function stampMs(stamp: number): number {
  return EPOCH_MS + Math.floor(stamp / STAMPS_PER_MS);
}

export interface HybridClock {
  /** A stamp above all that were ticked or observed before. O(1). */
  tick(): number;
  /**
   * A stamp to send along: as `tick`, but never so far ahead of this node's wall time
   * that others would refuse it. A clock that was wrong for a moment left its mark in
   * the stamps; once it is right again, the node must be heard again.
   */
  tell(): number;
  /** The highest stamp that was ticked, observed or raised to. */
  last(): number;
  /** Raises the clock to a stamp of its own past, whatever the wall clock says now. */
  raise(stamp: number): void;
  /** Raises the clock to a foreign stamp. False, and nothing is raised, when it is too far ahead. */
  observe(stamp: number): boolean;
}

export interface HybridClockOptions {
  /** How far ahead of this node's wall time a foreign stamp may be. Default one minute. */
  aheadMsMax?: number;
}

/** `now` gives wall time in ms and may step in either direction. */
export function createHybridClock(
  now: () => number,
  { aheadMsMax = 60_000 }: HybridClockOptions = {},
): HybridClock {
  let last = 0;
  const wall = (): number => Math.max(0, Math.floor(now()) - EPOCH_MS) * STAMPS_PER_MS;
  return {
    tick() {
      last = Math.max(last + 1, wall());
      return last;
    },
    tell() {
      last = Math.max(last + 1, wall());
      return Math.min(last, wall() + (aheadMsMax / 2) * STAMPS_PER_MS);
    },
    last: () => last,
    raise(stamp) {
      last = Math.max(last, stamp);
    },
    observe(stamp) {
      if (!Number.isSafeInteger(stamp) || stamp > wall() + aheadMsMax * STAMPS_PER_MS) return false;
      last = Math.max(last, stamp);
      return true;
    },
  };
}
