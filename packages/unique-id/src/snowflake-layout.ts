/**
 * How a Snowflake ID is laid out, and how to read one.
 *
 *    63  62                                          22 21    17 16    12 11          0
 *   ┌───┬──────────────────────────────────────────────┬────────┬────────┬────────────┐
 *   │ 0 │        ms since the epoch (41 bits)          │ centre │ worker │  sequence  │
 *   └───┴──────────────────────────────────────────────┴────────┴────────┴────────────┘
 *     1                      41                            5        5          12
 *
 * Time is on top, so IDs sort by time. The first bit stays 0, so an ID is
 * positive in a signed 64-bit column. 41 bits of ms last 69.7 years from the
 * epoch. An ID does not fit a JavaScript number: it is a bigint, or decimal text.
 */
import { uniqueIdErrors } from "./errors.ts";

/** Twitter's epoch: 2010-11-04T01:42:54.657Z. IDs of it last until 2080-07-10. */
export const SNOWFLAKE_EPOCH_MS = 1_288_834_974_657;

/** Sizes of the parts, in bits; the layout above is the only one. */
export const SNOWFLAKE_BITS = Object.freeze({ time: 41, datacenter: 5, worker: 5, sequence: 12 });

/** The last ms that fits, counted from the epoch. */
export const SNOWFLAKE_TIME_MS_MAX = 2 ** SNOWFLAKE_BITS.time - 1;

const TIME_SHIFT = 22n;
const ID_MAX = 2n ** 63n - 1n;

export interface SnowflakeParts {
  /** When it was made, in ms since the Unix epoch. */
  timeMs: number;
  datacenterId: number;
  workerId: number;
  sequence: number;
}

/** The parts of `id`, a bigint or its decimal text. Throws `id_invalid` outside [0, 2^63). */
export function decodeSnowflake(id: bigint | string, epochMs = SNOWFLAKE_EPOCH_MS): SnowflakeParts {
  const value = typeof id === "string" ? parseId(id) : id;
  if (value < 0n || value > ID_MAX) {
    throw uniqueIdErrors.id_invalid({ detail: `${value} is not within 0 and 2^63 - 1.` });
  }
  const low = Number(value & 0x3f_ffffn);
  return {
    timeMs: Number(value >> TIME_SHIFT) + epochMs,
    datacenterId: low >>> 17,
    workerId: (low >>> 12) & 31,
    sequence: low & 4095,
  };
}

/**
 * The smallest ID that can be made at `timeMs`, for range scans: the IDs of
 * [from, to) are `idFromTime(from) <= id AND id < idFromTime(to)`. Times outside
 * what the layout can hold give the nearest ID, so that an open range needs no care.
 */
export function snowflakeFromTime(timeMs: number, epochMs = SNOWFLAKE_EPOCH_MS): bigint {
  if (Number.isNaN(timeMs)) throw new RangeError("snowflakeFromTime() takes a time, not NaN");
  // An instant between two ms: the IDs made at or after it start with the next.
  const sinceMs = Math.ceil(timeMs - epochMs);
  if (sinceMs > SNOWFLAKE_TIME_MS_MAX) return ID_MAX;
  return BigInt(Math.max(sinceMs, 0)) << TIME_SHIFT;
}

function parseId(text: string): bigint {
  // Nineteen digits hold 2^63 - 1; the bound keeps BigInt() from chewing on a long text.
  if (!/^\d{1,19}$/.test(text)) {
    throw uniqueIdErrors.id_invalid({ detail: "An ID is written with 1 to 19 decimal digits." });
  }
  return BigInt(text);
}
