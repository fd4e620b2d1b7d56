/**
 * A Snowflake generator: unique 64-bit IDs that rise with time, made in
 * process with no coordination but a worker ID of one's own (Twitter, 2010;
 * layout in `snowflake-layout.ts`).
 *
 * The generator is a counter that the clock drags along. It holds the last
 * position it issued, (ms, sequence); each call moves to the next one:
 *
 *     clock > ms            →  (clock, 0)          the usual case
 *     sequence < 4095       →  (ms, sequence + 1)  same ms, or the clock stepped back
 *     otherwise             →  (ms + 1, 0)         the ms is full: borrow the next
 *
 * No branch ever goes down, so within one generator IDs strictly increase and
 * none is issued twice, whatever the clock does. Nor does it ever wait: a full
 * millisecond is answered from the next one at once.
 *
 * What is borrowed must be bounded, or the IDs would drift away from time. The
 * debt is how far the position is ahead of the *highest* clock reading so far;
 * past `aheadMsMax` the call throws `clock_behind`, which is worth a retry.
 * After a step back of an hour there is thus a budget of
 * `aheadMsMax` × 4,096 IDs (4.1 million by default) until the clock catches
 * up: hours of an ordinary load, not an hour of errors.
 *
 * Two generators with one worker ID do collide. Take the worker ID by a lease,
 * pass its signal, and see the README for what a successor must know.
 *
 * Cost: one clock reading, small-integer arithmetic and one allocation per ID.
 */
import type { Clock } from "@tenfold/core";
import { uniqueIdErrors } from "./errors.ts";
import {
  decodeSnowflake,
  SNOWFLAKE_EPOCH_MS,
  SNOWFLAKE_TIME_MS_MAX as TIME_MS_MAX,
  snowflakeFromTime,
  type SnowflakeParts,
} from "./snowflake-layout.ts";

export interface SnowflakeDeps {
  clock: Pick<Clock, "now">;
  /** The lease on the worker ID: once aborted, no ID is issued any more. */
  signal?: AbortSignal;
}

export interface SnowflakeOptions {
  /** In [0, 32); unique among the running generators of its data centre. */
  workerId: number;
  /** In [0, 32). */
  datacenterId: number;
  /** When time begins, in ms since the Unix epoch. Must never change. Twitter's by default. */
  epochMs?: number;
  /** How far IDs may run ahead of the highest clock reading, in ms. 1,000 by default. */
  aheadMsMax?: number;
  /** The last ms that this worker ID may have been used in; the first ID is after it. */
  lastIssuedMs?: number | undefined;
}

export interface Snowflake {
  /** The next ID. Throws `clock_behind`, `lease_lost` or `clock_out_of_range`. */
  next(): bigint;
  /** The next ID as decimal text, quicker than `next().toString()`. */
  nextText(): string;
  /** The ms of the newest ID, borrowed or not; what a successor passes as `lastIssuedMs`. */
  lastIssuedMs(): number | undefined;
  /** `decodeSnowflake` and `snowflakeFromTime` with this generator's epoch. */
  decode(id: bigint | string): SnowflakeParts;
  idFromTime(timeMs: number): bigint;
}

const SEQUENCE_MAX = 4095;
const BILLION = 1_000_000_000;

/** Makes a generator. Throws a RangeError for options that do not fit the layout. */
export function createSnowflake(deps: SnowflakeDeps, options: SnowflakeOptions): Snowflake {
  const { clock, signal } = deps;
  const { epochMs, aheadMsMax, lastIssuedMs } = checked(options);
  const node = ((options.datacenterId << 5) | options.workerId) << 12;

  // The last position issued, and the highest clock reading; ms since the epoch.
  let ms = lastIssuedMs === undefined ? -1 : lastIssuedMs - epochMs;
  let sequence = SEQUENCE_MAX;
  let clockMs = ms;

  const advance = (): void => {
    if (signal?.aborted) throw leaseLost(signal);
    const nowMs = Math.floor(clock.now()) - epochMs;
    if (nowMs > TIME_MS_MAX) throw outOfRange(nowMs + epochMs, epochMs);
    if (nowMs > clockMs) clockMs = nowMs;
    if (nowMs > ms) {
      ms = nowMs;
      sequence = 0;
    } else if (sequence < SEQUENCE_MAX) {
      sequence += 1;
    } else {
      // Nothing was issued yet and the clock is before the epoch; or time is at its end.
      if (ms < 0 || ms === TIME_MS_MAX) throw outOfRange(nowMs + epochMs, epochMs);
      if (ms + 1 - clockMs > aheadMsMax) throw clockBehind(ms - nowMs, aheadMsMax);
      ms += 1;
      sequence = 0;
    }
  };

  const word = new DataView(new ArrayBuffer(8));
  const write = createDecimalWriter(node);

  return Object.freeze({
    next() {
      advance();
      // ms << 22 is split at bit 32: the upper 31 bits of ms, and its lower 10.
      word.setUint32(0, Math.floor(ms / 1024));
      word.setUint32(4, ((ms % 1024) << 22) | node | sequence);
      return word.getBigUint64(0);
    },
    nextText() {
      advance();
      return write(ms, sequence);
    },
    lastIssuedMs: () => (ms < 0 ? undefined : ms + epochMs),
    decode: (id: bigint | string) => decodeSnowflake(id, epochMs),
    idFromTime: (timeMs: number) => snowflakeFromTime(timeMs, epochMs),
  });
}

/**
 * Decimal text without bigint work per ID: the first ID of a ms is divided by
 * 10^9 once, and the others of that ms only add to the lower half.
 */
function createDecimalWriter(node: number): (ms: number, sequence: number) => string {
  let writtenMs = -1;
  let upper = 0;
  let lower = 0;
  let upperText = "";
  return (ms, sequence) => {
    if (ms !== writtenMs) {
      const first = (BigInt(ms) << 22n) | BigInt(node);
      writtenMs = ms;
      upper = Number(first / BigInt(BILLION));
      lower = Number(first % BigInt(BILLION));
      upperText = String(upper);
    }
    const end = lower + sequence;
    if (end >= BILLION) return `${upper + 1}${String(end).slice(1)}`;
    return upper === 0 ? String(end) : upperText + String(end + BILLION).slice(1);
  };
}

function checked(options: SnowflakeOptions): {
  epochMs: number;
  aheadMsMax: number;
  lastIssuedMs: number | undefined;
} {
  const { workerId, datacenterId, lastIssuedMs } = options;
  const { epochMs = SNOWFLAKE_EPOCH_MS, aheadMsMax = 1_000 } = options;
  const within = (name: string, value: number, min: number, max: number): void => {
    if (!Number.isInteger(value) || value < min || value > max) {
      throw new RangeError(`${name} must be a whole number from ${min} to ${max}, not ${value}`);
    }
  };
  within("workerId", workerId, 0, 31);
  within("datacenterId", datacenterId, 0, 31);
  within("epochMs", epochMs, 0, Number.MAX_SAFE_INTEGER - TIME_MS_MAX);
  within("aheadMsMax", aheadMsMax, 0, 86_400_000);
  if (lastIssuedMs !== undefined) {
    within("lastIssuedMs", lastIssuedMs, epochMs, epochMs + TIME_MS_MAX);
  }
  return { epochMs, aheadMsMax, lastIssuedMs };
}

function clockBehind(behindMs: number, aheadMsMax: number): Error {
  return uniqueIdErrors.clock_behind({
    detail: `The clock is ${behindMs} ms behind the newest ID, and ${aheadMsMax} ms of future are used up.`,
    hint: "Try again when the clock has caught up; if it stepped back, check its synchronisation.",
    retryAfterSeconds: Math.max(1, Math.ceil((behindMs - aheadMsMax) / 1000)),
  });
}

function leaseLost(signal: AbortSignal): Error {
  return uniqueIdErrors.lease_lost({
    hint: "Take a new lease and make a new generator.",
    cause: signal.reason,
  });
}

function outOfRange(nowMs: number, epochMs: number): Error {
  return uniqueIdErrors.clock_out_of_range({
    detail: `The clock says ${nowMs} ms, which is not within 2^41 ms after the epoch ${epochMs}.`,
  });
}
