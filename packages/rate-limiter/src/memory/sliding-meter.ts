/**
 * Sliding window from two counters: the units of the window before count as if
 * spread evenly, so that they fade as the new window goes by.
 *
 *        window before        current window
 *   ├──────────────────────┼──────────────────────┤
 *        previous = 8      ·   current = 3  now
 *              ├───────────┼────────────────┤
 *              the last `windowMs`:  8 × ¼ + 3 = 5
 *
 * Wrong by as much as the units before were not spread evenly: see README.md
 * for what that comes to. O(1), 24 bytes a slot.
 *
 *   cells: [ end of the window after, current | previous ]
 */
import type { Decision } from "../decision.ts";
import { grantOf, retryAfter, type Meter, type Question } from "./meter.ts";
import { Table } from "./table.ts";

/** Sums that should be whole units may be this far below. */
const SLACK_UNITS = 1e-9;
/** Who owes more units than this owes this. */
const UNITS_MAX = 2 ** 31 - 1;

export class SlidingMeter implements Meter {
  readonly #table: Table;

  constructor(keysMax: number) {
    this.#table = new Table({ width: 2, keysMax });
  }

  decide(question: Question, nowMs: number): Decision {
    const { limit, mode, least, cost } = question;
    const { windowMs, capacity } = limit;
    const at = this.#table.locate(question, nowMs);
    const { floats, ints } = this.#table.found;
    const endMs = (Math.floor(nowMs / windowMs) + 1) * windowMs;
    const expiresMs = at < 0 ? 0 : (floats[at] ?? 0);
    let current = 0;
    let previous = 0;
    if (expiresMs > endMs) {
      current = ints[2 * at + 2] ?? 0;
      previous = ints[2 * at + 3] ?? 0;
    } else if (expiresMs > nowMs) {
      previous = ints[2 * at + 2] ?? 0;
    }
    if (mode === "force") {
      current = Math.min(UNITS_MAX, current + cost);
      // What was given back and is not of this window was of the one before.
      if (current < 0) previous = Math.max(0, previous + current);
      current = Math.max(0, current);
    }
    const restMs = endMs - nowMs;
    let free = capacity - current;
    if (previous > 0) free = Math.floor(free - (previous * restMs) / windowMs + SLACK_UNITS);
    const allowed = free >= least;
    const granted = grantOf(question, free);
    current += granted;
    if (mode !== "look") {
      ints[2 * at + 2] = current;
      if (expiresMs !== endMs + windowMs || mode === "force") {
        floats[at] = endMs + windowMs;
        ints[2 * at + 3] = previous;
      }
    }
    return {
      allowed,
      rule: limit.name,
      limit: capacity,
      remaining: Math.max(0, free - granted),
      granted: mode === "force" ? cost : granted,
      waitMs: 0,
      retryAfterMs: allowed
        ? 0
        : retryAfter(question, neededMs(question, current, previous, restMs)),
      resetMs: Math.ceil(current > 0 ? restMs + windowMs : previous > 0 ? restMs : 0),
    };
  }

  forget(low: number, high: number): void {
    this.#table.release(low, high);
  }

  get keys(): number {
    return this.#table.used;
  }

  get bytes(): number {
    return this.#table.bytes;
  }
}

/** Either what is before fades enough within this window, or this one has to in the next. */
function neededMs(
  { limit: { capacity, windowMs }, least }: Question,
  current: number,
  previous: number,
  restMs: number,
): number {
  const room = capacity - least;
  return current <= room
    ? restMs - (windowMs * (room - current)) / previous
    : restMs + (windowMs * (current - room)) / current;
}
