/**
 * How a Snowflake ID is laid out, and how to read one.
 *
 *    63  62                                          22 21    17 16    12 11          0
 *   ┌───┬──────────────────────────────────────────────┬────────┬────────┬────────────┐
 *   │ 0 │        ms since the epoch (41 bits)          │ centre │ worker │  sequence  │   twitterLayout
 *   └───┴──────────────────────────────────────────────┴────────┴────────┴────────────┘
 *     1                      41                            5        5          12
 *   ┌───┬────────────────────────────────────────┬──────────────┬─────────────────────┐
 *   │ 0 │   10 ms since the epoch (39 bits)      │    worker    │      sequence       │   longLayout
 *   └───┴────────────────────────────────────────┴──────────────┴─────────────────────┘
 *     1                   39                            16                8
 *   ┌───────────┬────────────────────────────────────────────┬──────────┬─────────────┐
 *   │ 0 (11)    │       ms since the epoch (41 bits)         │  worker  │  sequence   │   safeLayout
 *   └───────────┴────────────────────────────────────────────┴──────────┴─────────────┘
 *        11                        41                             6            6
 *
 * Time is on top, so IDs sort by time. The first bit stays 0, so an ID is
 * positive in a signed 64-bit column. An ID of more than 53 bits does not fit
 * a JavaScript number: it is a bigint, or decimal text.
 *
 * Source: Twitter's Snowflake (2010) and Sonyflake (2014).
 */
import { uniqueIdErrors } from "./errors.ts";
import { within } from "./within.ts";

/** Twitter's epoch: 2010-11-04T01:42:54.657Z. */
export const SNOWFLAKE_EPOCH_MS = 1_288_834_974_657;

/** How the bits are split. Neither it nor the epoch may change once IDs are stored. */
export interface SnowflakeLayout {
  timeBits: number;
  datacenterBits: number;
  workerBits: number;
  sequenceBits: number;
  /** When time begins, in ms since the Unix epoch. */
  epochMs: number;
  /** How long one unit of the time part is, in ms. */
  tickMs: number;
}

const SEQUENCE_BITS_MAX = 22;
const LOW_BITS_MAX = 31;
const BITS_MAX = 63;
const DAY_MS = 86_400_000;

/** Checks a split and fills in what is missing. Throws a RangeError for one that does not fit 63 bits. */
export function defineSnowflakeLayout(
  split: Pick<SnowflakeLayout, "timeBits" | "sequenceBits"> & Partial<SnowflakeLayout>,
): Readonly<SnowflakeLayout> {
  const layout = {
    datacenterBits: 0,
    workerBits: 0,
    epochMs: SNOWFLAKE_EPOCH_MS,
    tickMs: 1,
    ...split,
  };
  const { timeBits, datacenterBits, workerBits, sequenceBits, epochMs, tickMs } = layout;
  within("timeBits", timeBits, 1, 52);
  within("datacenterBits", datacenterBits, 0, 16);
  within("workerBits", workerBits, 0, 16);
  within("sequenceBits", sequenceBits, 1, SEQUENCE_BITS_MAX);
  within("the bits below the time", lowBitsOf(layout), 1, LOW_BITS_MAX);
  within("all bits", bitsOf(layout), 1, BITS_MAX);
  within("tickMs", tickMs, 1, DAY_MS);
  // The end of time must be a time that JavaScript can say.
  within("epochMs", epochMs, 0, Math.max(0, Number.MAX_SAFE_INTEGER - 2 ** timeBits * tickMs));
  return Object.freeze(layout);
}

/** 41 + 5 + 5 + 12: 4,096,000 IDs a second on each of 1,024 workers, until 2080. */
export const twitterLayout: Readonly<SnowflakeLayout> = defineSnowflakeLayout({
  timeBits: 41,
  datacenterBits: 5,
  workerBits: 5,
  sequenceBits: 12,
});

/**
 * 39 ticks of 10 ms + 16 + 8: 25,600 IDs a second on each of 65,536 workers, until 2188.
 * Sonyflake's sizes; its own order is time, sequence, machine.
 */
export const longLayout: Readonly<SnowflakeLayout> = defineSnowflakeLayout({
  timeBits: 39,
  workerBits: 16,
  sequenceBits: 8,
  tickMs: 10,
  epochMs: Date.UTC(2014, 8, 1),
});

/** 41 + 6 + 6 = 53 bits, for JavaScript numbers: 64,000 IDs a second on each of 64 workers, until 2094. */
export const safeLayout: Readonly<SnowflakeLayout> = defineSnowflakeLayout({
  timeBits: 41,
  workerBits: 6,
  sequenceBits: 6,
  epochMs: Date.UTC(2025, 0, 1),
});

/** The bits below the time: data centre, worker and sequence. */
export function lowBitsOf(layout: SnowflakeLayout): number {
  return layout.datacenterBits + layout.workerBits + layout.sequenceBits;
}

/** The bits of an ID in use; up to 53 it is exact as a JavaScript number. */
export function bitsOf(layout: SnowflakeLayout): number {
  return layout.timeBits + lowBitsOf(layout);
}

export interface SnowflakeParts {
  /** When it was made, in ms since the Unix epoch; the beginning of its tick. */
  timeMs: number;
  datacenterId: number;
  workerId: number;
  sequence: number;
}

/**
 * The parts of `id`: a bigint, its decimal text, or a safe integer. Throws
 * `id_invalid` for what is no ID of `layout`.
 */
export function decodeSnowflake(
  id: bigint | string | number,
  layout: SnowflakeLayout = twitterLayout,
): SnowflakeParts {
  const value = valueOf(id);
  const idMax = 2n ** BigInt(bitsOf(layout)) - 1n;
  if (value < 0n || value > idMax) {
    throw uniqueIdErrors.id_invalid({
      detail: `${value} is not within 0 and 2^${bitsOf(layout)} - 1.`,
    });
  }
  const lowBits = lowBitsOf(layout);
  const low = Number(value & (2n ** BigInt(lowBits) - 1n));
  const { sequenceBits, workerBits } = layout;
  return {
    timeMs: Number(value >> BigInt(lowBits)) * layout.tickMs + layout.epochMs,
    datacenterId: low >>> (sequenceBits + workerBits),
    workerId: (low >>> sequenceBits) & (2 ** workerBits - 1),
    sequence: low & (2 ** sequenceBits - 1),
  };
}

/**
 * The smallest ID that can be made at `timeMs`, for range scans: the IDs of
 * [from, to) are `idFromTime(from) <= id AND id < idFromTime(to)`. Times outside
 * what the layout can hold give the nearest ID, so that an open range needs no care.
 */
export function snowflakeFromTime(timeMs: number, layout: SnowflakeLayout = twitterLayout): bigint {
  if (Number.isNaN(timeMs)) throw new RangeError("snowflakeFromTime() takes a time, not NaN");
  // An instant within a tick: the IDs made at or after it start with the next.
  const ticks = Math.ceil((timeMs - layout.epochMs) / layout.tickMs);
  if (ticks > 2 ** layout.timeBits - 1) return 2n ** BigInt(bitsOf(layout)) - 1n;
  return BigInt(Math.max(ticks, 0)) << BigInt(lowBitsOf(layout));
}

function valueOf(id: bigint | string | number): bigint {
  if (typeof id === "bigint") return id;
  if (typeof id === "number") {
    if (Number.isSafeInteger(id)) return BigInt(id);
    throw uniqueIdErrors.id_invalid({
      detail: "This JavaScript number is not a whole number below 2^53, and has lost digits.",
      hint: "Keep IDs as text or bigint.",
    });
  }
  // Nineteen digits hold 2^63 - 1; the bound keeps BigInt() from chewing on a long text.
  if (!/^\d{1,19}$/.test(id)) {
    throw uniqueIdErrors.id_invalid({ detail: "An ID is written with 1 to 19 decimal digits." });
  }
  return BigInt(id);
}
