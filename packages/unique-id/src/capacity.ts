/** How much a layout holds, and which layout holds how much. */
import { bitsOf, defineSnowflakeLayout, type SnowflakeLayout } from "./snowflake-layout.ts";
import { within } from "./within.ts";

export interface SnowflakeCapacity {
  /** IDs one worker can make in one tick, and in a second. */
  idsPerTick: number;
  idsPerSecondPerWorker: number;
  /** Workers over all data centres. */
  workers: number;
  /** IDs all workers can make in a second. */
  idsPerSecond: number;
  /** How long the time part lasts, in years of 365.25 days. */
  years: number;
  /** The last ms that fits, since the Unix epoch. */
  lastMs: number;
  bits: number;
  /** Whether each ID is exact as a JavaScript number. */
  fitsNumber: boolean;
}

const YEAR_MS = 365.25 * 86_400_000;

/** What `layout` can hold. */
export function snowflakeCapacity(layout: SnowflakeLayout): SnowflakeCapacity {
  const { timeBits, tickMs, epochMs } = layout;
  const idsPerTick = 2 ** layout.sequenceBits;
  const workers = 2 ** (layout.datacenterBits + layout.workerBits);
  const idsPerSecondPerWorker = (idsPerTick * 1_000) / tickMs;
  const lifeMs = 2 ** timeBits * tickMs;
  return {
    idsPerTick,
    idsPerSecondPerWorker,
    workers,
    idsPerSecond: idsPerSecondPerWorker * workers,
    years: lifeMs / YEAR_MS,
    lastMs: epochMs + lifeMs - 1,
    bits: bitsOf(layout),
    fitsNumber: bitsOf(layout) <= 53,
  };
}

export interface SnowflakeNeed {
  workers: number;
  idsPerSecondPerWorker: number;
  /** How many years from the epoch IDs must last. */
  years: number;
  /** 63 for a signed 64-bit column, 53 for JavaScript numbers. */
  bits?: 53 | 63;
  tickMs?: number;
  epochMs?: number;
}

/**
 * The split that holds what is needed, with the spare bits given to the time.
 * Throws a RangeError that says by how many bits the need is too large.
 */
export function planSnowflakeLayout(need: SnowflakeNeed): Readonly<SnowflakeLayout> {
  const { workers, idsPerSecondPerWorker, years, bits = 63, tickMs = 1, epochMs } = need;
  within("workers", workers, 1, 65_536);
  if (!(idsPerSecondPerWorker > 0) || !(years > 0)) {
    throw new RangeError("idsPerSecondPerWorker and years must be above 0");
  }
  const workerBits = bitsFor(workers);
  const sequenceBits = Math.max(1, bitsFor((idsPerSecondPerWorker * tickMs) / 1_000));
  const timeBits = bits - workerBits - sequenceBits;
  const timeBitsNeeded = bitsFor((years * YEAR_MS) / tickMs);
  if (timeBits < timeBitsNeeded) {
    throw new RangeError(
      `this needs ${timeBitsNeeded + workerBits + sequenceBits} bits, and there are ${bits}: ` +
        "fewer workers, a lower rate, fewer years, or a longer tick",
    );
  }
  // Beyond 42 bits a time would not be told from eternity: the rest goes to the sequence.
  const sparedBits = Math.max(0, timeBits - Math.max(42, timeBitsNeeded));
  const sequenceBitsMax = Math.max(sequenceBits, Math.min(22, 31 - workerBits));
  return defineSnowflakeLayout({
    timeBits: timeBits - sparedBits,
    workerBits,
    sequenceBits: Math.min(sequenceBitsMax, sequenceBits + sparedBits),
    tickMs,
    ...(epochMs === undefined ? {} : { epochMs }),
  });
}

/** The fewest bits that tell `count` things apart. */
function bitsFor(count: number): number {
  return Math.max(0, Math.ceil(Math.log2(count)));
}
