/**
 * Where a Snowflake generator stands: the arithmetic of ticks and sequence
 * numbers, apart from how IDs are written.
 *
 * The position is a counter that the clock drags along, (tick, next sequence):
 *
 *     clock > tick            →  (clock, 0)           the usual case
 *     next < sequences        →  (tick, next + 1)     same tick, or the clock stepped back
 *     otherwise               →  (tick + 1, 0)        the tick is full: borrow the next
 *
 * No branch ever goes down. Two lines bound it from above:
 *
 *            highest clock reading          + aheadTicks
 *   ─────────────────┼─────────────────────────┤·················▶ tick
 *      used          │      may be borrowed    │    clock_behind
 *   ───────────────────────────────────┤··························
 *                              the stored mark │    time_not_reserved
 *
 * A clock that is beyond the mark counts as standing on the mark: IDs then lag
 * a little behind time, instead of failing, until the mark has been moved on.
 */
import { uniqueIdErrors } from "./errors.ts";
import type { SnowflakeLayout } from "./snowflake-layout.ts";

/** What to do while the clock is behind where it has been. */
export type ClockStepPolicy = "borrow" | "wait" | "refuse";

/** Told what the clock does; must not throw. */
export interface SnowflakeObserver {
  /** `ticks` were full, and as many borrowed from the future. */
  overflowed?(ticks: number): void;
  /** The clock reads `ms` less than it did. */
  steppedBack?(ms: number): void;
  /** The clock is beyond the mark: time to move it on. Called with every ID until then. */
  shortOfTime?(): void;
}

export interface PositionOptions {
  layout: SnowflakeLayout;
  /** The tick after which to begin; -1 for the beginning of time. */
  tick: number;
  aheadMsMax: number;
  onClockStep: ClockStepPolicy;
  /** No tick above is used until `allowUntil` says so. */
  markMs: number | undefined;
}

export class Position {
  /** The tick of the newest ID. */
  tick: number;
  /** The next sequence number within it; `sequences` when it is full. */
  next: number;
  readonly sequences: number;
  readonly #options: PositionOptions;
  readonly #observer: SnowflakeObserver;
  readonly #tickMax: number;
  readonly #aheadTicks: number;
  /** The highest and the latest reading of the clock, and the stored mark, in ticks. */
  #highest: number;
  #latest = -1;
  #mark: number;
  /** The last tick that may be used just now. */
  #bound = -1;

  constructor(options: PositionOptions, observer: SnowflakeObserver) {
    const { layout, tick, aheadMsMax, markMs } = options;
    this.#options = options;
    this.#observer = observer;
    this.#tickMax = 2 ** layout.timeBits - 1;
    this.#aheadTicks = Math.floor(aheadMsMax / layout.tickMs);
    this.sequences = 2 ** layout.sequenceBits;
    this.tick = tick;
    this.next = this.sequences;
    this.#highest = tick;
    this.#mark = markMs === undefined ? Infinity : this.#tickOf(markMs);
  }

  /** Takes in a reading of the clock. Throws when no ID may be made at it. O(1). */
  observe(nowMs: number): void {
    let now = this.#tickOf(nowMs);
    if (now > this.#tickMax) throw this.#outOfRange(nowMs);
    if (now > this.#highest) this.#highest = now;
    else if (!(now >= this.#latest)) this.#notice(now);
    this.#latest = now;
    if (now < this.#highest && this.#options.onClockStep !== "borrow") throw this.#behind();
    if (now > this.#mark) {
      this.#observer.shortOfTime?.();
      now = this.#mark;
    }
    if (now > this.tick) {
      this.tick = now;
      this.next = 0;
    } else if (this.tick < 0) {
      throw this.#mark < 0 ? this.#notReserved() : this.#outOfRange(nowMs);
    }
    this.#bound = Math.min(this.#highest + this.#aheadTicks, this.#mark, this.#tickMax);
  }

  /** How many IDs may be made before the clock must have moved on. O(1). */
  room(): number {
    return Math.max(0, this.#bound - this.tick) * this.sequences + this.sequences - this.next;
  }

  /** Borrows `ticks` from the future. Throws when that is beyond the bound. */
  borrow(ticks: number): void {
    if (this.tick + ticks > this.#bound) throw this.#full();
    this.#observer.overflowed?.(ticks);
  }

  /** Lets ticks up to `ms` be used. Never takes back. */
  allowUntil(ms: number): void {
    this.#mark = Math.max(this.#mark, this.#tickOf(ms));
  }

  /** The ms of the newest ID. */
  get lastMs(): number | undefined {
    const { tickMs, epochMs } = this.#options.layout;
    return this.tick < 0 ? undefined : this.tick * tickMs + tickMs - 1 + epochMs;
  }

  /** How far the newest ID is ahead of the clock's latest reading, in ms. */
  get aheadMs(): number {
    return Math.max(0, this.tick - this.#latest) * this.#options.layout.tickMs;
  }

  #tickOf(ms: number): number {
    const { tickMs, epochMs } = this.#options.layout;
    return Math.floor((ms - epochMs) / tickMs);
  }

  #notice(now: number): void {
    if (this.#latest < 0) return;
    this.#observer.steppedBack?.((this.#latest - now) * this.#options.layout.tickMs);
  }

  #full(): Error {
    if (this.tick >= this.#tickMax) return this.#outOfRange(this.lastMs ?? 0);
    if (this.#bound === this.#mark && this.#mark < this.#highest + this.#aheadTicks) {
      this.#observer.shortOfTime?.();
      return this.#notReserved();
    }
    return this.#behind();
  }

  #behind(): Error {
    const { layout, aheadMsMax, onClockStep } = this.#options;
    const behindMs = (Math.max(this.tick, this.#highest) - this.#latest) * layout.tickMs;
    const spentMs = onClockStep === "borrow" ? aheadMsMax : 0;
    return uniqueIdErrors.clock_behind({
      detail:
        onClockStep === "borrow"
          ? `The clock is ${behindMs} ms behind the newest ID, and ${aheadMsMax} ms of future are used up.`
          : `The clock is ${behindMs} ms behind where it has been.`,
      hint: "Try again when the clock has caught up; if it stepped back, check its synchronisation.",
      retryAfterSeconds: Math.max(1, Math.ceil((behindMs - spentMs) / 1_000)),
    });
  }

  #notReserved(): Error {
    return uniqueIdErrors.time_not_reserved({ retryAfterSeconds: 1 });
  }

  #outOfRange(nowMs: number): Error {
    const { timeBits, epochMs, tickMs } = this.#options.layout;
    return uniqueIdErrors.clock_out_of_range({
      detail: `The clock says ${nowMs} ms, which is not within 2^${timeBits} ticks of ${tickMs} ms after the epoch ${epochMs}.`,
    });
  }
}
