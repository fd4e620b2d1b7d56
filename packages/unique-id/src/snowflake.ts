/**
 * A Snowflake generator: unique IDs that rise with time, made in process with
 * no coordination but a worker ID of one's own (Twitter, 2010; layouts in
 * `snowflake-layout.ts`).
 *
 * It is a counter that the clock drags along and that never goes down; see
 * `position.ts` for its three moves. So within one generator IDs strictly
 * increase and none is issued twice, whatever the clock does. Nor does it wait:
 * a full tick is answered from the next one at once.
 *
 * What is borrowed must be bounded, or the IDs would drift away from time. The
 * debt is how far the position is ahead of the *highest* clock reading so far;
 * past `aheadMsMax` the call throws `clock_behind`, which is worth a retry.
 * After a step back of an hour there is thus a budget of `aheadMsMax` × 4,096
 * IDs (4.1 million by default) until the clock catches up: hours of an ordinary
 * load, not an hour of errors. Where an ID must never carry a time that is not,
 * `onClockStep` says to wait or to refuse instead.
 *
 * Two generators with one worker ID do collide. Within a process the second is
 * refused; between processes the worker ID must be leased: `worker-ids.ts`
 * does all of it.
 *
 * Cost: O(1) for an ID: one clock reading (with a lease, what `held()` reads),
 * small-integer arithmetic, one allocation. A batch reads the clocks once, and
 * writes two 32-bit halves an ID, with no bigint in the loop.
 */
import type { Clock } from "@tenfold/core";
import { uniqueIdErrors } from "./errors.ts";
import { Position, type ClockStepPolicy, type SnowflakeObserver } from "./position.ts";
import {
  bitsOf,
  decodeSnowflake,
  defineSnowflakeLayout,
  lowBitsOf,
  snowflakeFromTime,
  twitterLayout,
  type SnowflakeLayout,
  type SnowflakeParts,
} from "./snowflake-layout.ts";
import { within } from "./within.ts";
import { processRegistry, type WorkerRegistry } from "./worker-registry.ts";

export type { ClockStepPolicy, SnowflakeObserver } from "./position.ts";

/** A lease, as far as the generator looks at it. */
export interface LeaseWatch {
  /** Asks the clocks now whether the lease can have expired; once false, false for ever. */
  held(): boolean;
  readonly signal?: AbortSignal;
}

export interface SnowflakeDeps {
  clock: Pick<Clock, "now">;
  /** Once aborted, no ID is issued any more. */
  signal?: AbortSignal;
  /** The lease on the worker ID, asked before each ID or batch. */
  lease?: LeaseWatch;
  observer?: SnowflakeObserver;
  /** The process's own by default. */
  registry?: WorkerRegistry;
}

export interface SnowflakeOptions {
  /** In [0, 2^workerBits); unique among the running generators of its data centre. */
  workerId: number;
  /** In [0, 2^datacenterBits); 0 by default. */
  datacenterId?: number;
  /** `twitterLayout` by default. */
  layout?: SnowflakeLayout;
  /** Replaces the layout's epoch. Must never change. */
  epochMs?: number;
  /** How far IDs may run ahead of the highest clock reading, in ms. 1,000 by default. */
  aheadMsMax?: number;
  /**
   * While the clock is behind where it has been: `borrow` goes on from the
   * newest ID within `aheadMsMax` (the default); `wait` and `refuse` issue
   * nothing, and `take()` of the first waits.
   */
  onClockStep?: ClockStepPolicy;
  /** The last ms that this worker ID may have been used in; the first ID is after it. */
  lastIssuedMs?: number | undefined;
  /** The stored time mark: no ID of a later ms is issued until `allowUntil()` moves it on. */
  markMs?: number | undefined;
}

/** Each call throws `clock_behind`, `time_not_reserved`, `lease_lost` or `clock_out_of_range`, and then has issued nothing. */
export interface Snowflake {
  /** The next ID. */
  next(): bigint;
  /** The next ID as decimal text, quicker than `next().toString()`. */
  nextText(): string;
  /** The next ID as a number; a RangeError for layouts of more than 53 bits. */
  nextNumber(): number;
  /** Fills `ids` with the next IDs: all or none. */
  fillBigInts(ids: BigUint64Array): void;
  /** The same into upper and lower halves, of equal length. */
  fillHalves(high: Uint32Array, low: Uint32Array): void;
  /** The same as numbers; a RangeError for layouts of more than 53 bits. */
  fillNumbers(ids: Float64Array): void;
  /** The next `count` IDs as decimal text: all or none. */
  nextTexts(count: number): string[];
  /** How many IDs could be issued at once, now. Never throws: 0 when none could. */
  room(): number;
  /** Moves the time mark on; never back. */
  allowUntil(ms: number): void;
  /** The ms of the newest ID, borrowed or not; what a successor passes as `lastIssuedMs`. */
  lastIssuedMs(): number | undefined;
  /** How far the newest ID is ahead of the clock, in ms. */
  aheadMs(): number;
  /** `decodeSnowflake` and `snowflakeFromTime` with this generator's layout. */
  decode(id: bigint | string | number): SnowflakeParts;
  idFromTime(timeMs: number): bigint;
  readonly layout: Readonly<SnowflakeLayout>;
  /** Issues nothing more, and frees the worker ID in this process. Idempotent. */
  close(): void;
}

const BILLION = 1_000_000_000;
const LITTLE_ENDIAN = new Uint8Array(new Uint32Array([1]).buffer)[0] === 1;

/** Writes `length` IDs of one tick, from sequence number `first` on, as the batch's items from `at` on. */
type WriteRun = (tick: number, first: number, at: number, length: number) => void;

/**
 * Makes a generator. Throws a RangeError for options that do not fit the
 * layout, and `worker_id_in_use` while this process has another with the same
 * worker ID.
 */
export function createSnowflake(deps: SnowflakeDeps, options: SnowflakeOptions): Snowflake {
  const { layout, node, position, draw } = openGenerator(deps, options);
  const lowBits = lowBitsOf(layout);
  // tick << lowBits, split at bit 32.
  const highStep = 2 ** (32 - lowBits);
  const high = (tick: number): number => Math.floor(tick / highStep);
  const low = (tick: number): number => (((tick % highStep) << lowBits) | node) >>> 0;
  const numbers = bitsOf(layout) <= 53;
  const word = new DataView(new ArrayBuffer(8));
  const write = createDecimalWriter(lowBits, node);

  const fillWords = (words: Uint32Array, count: number): void => {
    const [highAt, lowAt] = LITTLE_ENDIAN ? [1, 0] : [0, 1];
    draw.many(count, (tick, first, at, length) => {
      const upper = high(tick);
      const lower = low(tick) + first;
      for (let index = 0; index < length; index += 1) {
        words[2 * (at + index) + lowAt] = lower + index;
        words[2 * (at + index) + highAt] = upper;
      }
    });
  };
  const requireNumbers = (): void => {
    if (!numbers) throw new RangeError(`IDs of ${bitsOf(layout)} bits do not fit a number`);
  };

  return Object.freeze({
    next() {
      const sequence = draw.one();
      word.setUint32(0, high(position.tick));
      word.setUint32(4, low(position.tick) | sequence);
      return word.getBigUint64(0);
    },
    nextText() {
      const sequence = draw.one();
      return write(position.tick, sequence);
    },
    nextNumber() {
      requireNumbers();
      const sequence = draw.one();
      return position.tick * 2 ** lowBits + (node | sequence);
    },
    fillBigInts(ids: BigUint64Array) {
      fillWords(new Uint32Array(ids.buffer, ids.byteOffset, ids.length * 2), ids.length);
    },
    fillHalves(highs: Uint32Array, lows: Uint32Array) {
      if (highs.length !== lows.length) throw new RangeError("the halves must be of one length");
      draw.many(highs.length, (tick, first, at, length) => {
        highs.fill(high(tick), at, at + length);
        const lower = low(tick) + first;
        for (let index = 0; index < length; index += 1) lows[at + index] = lower + index;
      });
    },
    fillNumbers(ids: Float64Array) {
      requireNumbers();
      draw.many(ids.length, (tick, first, at, length) => {
        const start = tick * 2 ** lowBits + (node | first);
        for (let index = 0; index < length; index += 1) ids[at + index] = start + index;
      });
    },
    nextTexts(count: number) {
      within("count", count, 0, 10_000_000);
      const texts: string[] = [];
      draw.many(count, (tick, first, _at, length) => {
        for (let index = 0; index < length; index += 1) texts.push(write(tick, first + index));
      });
      return texts;
    },
    room: () => draw.room(),
    allowUntil: (ms: number) => position.allowUntil(ms),
    lastIssuedMs: () => position.lastMs,
    aheadMs: () => position.aheadMs,
    decode: (id: bigint | string | number) => decodeSnowflake(id, layout),
    idFromTime: (timeMs: number) => snowflakeFromTime(timeMs, layout),
    layout,
    close: () => draw.close(),
  });
}

interface Draw {
  /** The next position: its tick is `position.tick`, its sequence number the answer. */
  one(): number;
  /** The next `count` positions, tick by tick; none when there is no room for all. */
  many(count: number, write: WriteRun): void;
  room(): number;
  close(): void;
}

function openGenerator(deps: SnowflakeDeps, given: SnowflakeOptions) {
  const options = checked(given);
  const { layout, workerId, datacenterId } = options;
  const node = ((datacenterId << layout.workerBits) | workerId) << layout.sequenceBits;
  const seat = (deps.registry ?? processRegistry()).enter(JSON.stringify({ ...layout, node }));
  const position = new Position(
    { ...options, tick: Math.max(options.tick, seat.tick) },
    deps.observer ?? {},
  );
  const leave = (): void => seat.leave(position.tick);
  return { layout, node, position, draw: createDraw(deps, position, leave) };
}

function createDraw(deps: SnowflakeDeps, position: Position, leave: () => void): Draw {
  const { clock, lease } = deps;
  let ended: Error | undefined;
  const end = (reason: unknown): void => {
    if (ended !== undefined) return;
    ended = leaseLost(reason);
    leave();
  };
  for (const signal of [deps.signal, lease?.signal]) {
    if (signal?.aborted === true) end(signal.reason);
    else signal?.addEventListener("abort", () => end(signal.reason), { once: true });
  }
  const observe = (): void => {
    // Asked last thing before the ID: a process that was paused has not run its timers.
    if (lease !== undefined && !lease.held()) end(lease.signal?.reason);
    if (ended !== undefined) throw ended;
    position.observe(clock.now());
  };

  return {
    one() {
      observe();
      if (position.next === position.sequences) {
        position.borrow(1);
        position.tick += 1;
        position.next = 0;
      }
      const sequence = position.next;
      position.next = sequence + 1;
      return sequence;
    },
    many(count, write) {
      if (count === 0) return;
      observe();
      const { sequences } = position;
      const borrowed = Math.ceil((count - (sequences - position.next)) / sequences);
      if (borrowed > 0) position.borrow(borrowed);
      for (let at = 0; at < count;) {
        if (position.next === sequences) {
          position.tick += 1;
          position.next = 0;
        }
        const length = Math.min(sequences - position.next, count - at);
        write(position.tick, position.next, at, length);
        position.next += length;
        at += length;
      }
    },
    room() {
      try {
        observe();
        return position.room();
      } catch {
        // Whoever draws next is told why.
        return 0;
      }
    },
    close: () => end(new Error("the generator was closed")),
  };
}

/**
 * Decimal text without bigint work per ID: the first ID of a tick is divided by
 * 10^9 once, and the others of that tick only add to the lower half.
 */
function createDecimalWriter(
  lowBits: number,
  node: number,
): (tick: number, sequence: number) => string {
  let writtenTick = -1;
  let upper = 0;
  let lower = 0;
  let upperText = "";
  return (tick, sequence) => {
    if (tick !== writtenTick) {
      const first = (BigInt(tick) << BigInt(lowBits)) | BigInt(node);
      writtenTick = tick;
      upper = Number(first / BigInt(BILLION));
      lower = Number(first % BigInt(BILLION));
      upperText = String(upper);
    }
    const end = lower + sequence;
    if (end >= BILLION) return `${upper + 1}${String(end).slice(1)}`;
    return upper === 0 ? String(end) : upperText + String(end + BILLION).slice(1);
  };
}

function checked(options: SnowflakeOptions) {
  const { workerId, datacenterId = 0, lastIssuedMs, markMs } = options;
  const { aheadMsMax = 1_000, onClockStep = "borrow" } = options;
  const base = options.layout ?? twitterLayout;
  const layout = defineSnowflakeLayout({ ...base, epochMs: options.epochMs ?? base.epochMs });
  const { epochMs, tickMs, timeBits } = layout;
  within("workerId", workerId, 0, 2 ** layout.workerBits - 1);
  within("datacenterId", datacenterId, 0, 2 ** layout.datacenterBits - 1);
  within("aheadMsMax", aheadMsMax, 0, 86_400_000);
  if (lastIssuedMs !== undefined) {
    within("lastIssuedMs", lastIssuedMs, epochMs, epochMs + 2 ** timeBits * tickMs - 1);
  }
  const tick = lastIssuedMs === undefined ? -1 : Math.floor((lastIssuedMs - epochMs) / tickMs);
  return { layout, workerId, datacenterId, aheadMsMax, onClockStep, tick, markMs };
}

function leaseLost(cause: unknown): Error {
  return uniqueIdErrors.lease_lost({
    hint: "Take a new lease and make a new generator.",
    cause,
  });
}
