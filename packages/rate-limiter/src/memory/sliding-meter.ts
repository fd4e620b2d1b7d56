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
 * for what that comes to. O(1), 32 bytes a slot.
 *
 *   cells: [ end of the window after, current, previous ]
 */
import { Table } from "./table.ts";
import { grant, retryAfter, type Meter, type Tally } from "./tally.ts";

/** Sums that should be whole units may be this far below. */
const SLACK_UNITS = 1e-9;

export class SlidingMeter implements Meter {
  readonly #table: Table;

  constructor(keysMax: number) {
    this.#table = new Table({ width: 3, keysMax });
  }

  decide(tally: Tally): void {
    const { limit, nowMs, mode } = tally;
    const { windowMs, capacity } = limit;
    const table = this.#table;
    const at =
      mode === "look"
        ? table.find(tally.low, tally.high)
        : table.claim(tally.low, tally.high, nowMs);
    const cells = table.cells;
    const window = Math.floor(nowMs / windowMs);
    const endMs = (window + 1) * windowMs;
    const expiresMs = at < 0 ? 0 : (cells[at] ?? 0);
    let current = 0;
    let previous = 0;
    if (expiresMs > endMs) {
      current = cells[at + 1] ?? 0;
      previous = cells[at + 2] ?? 0;
    } else if (expiresMs > nowMs) {
      previous = cells[at + 1] ?? 0;
    }
    if (mode === "force") {
      current += tally.cost;
      // What was given back and is not of this window was of the one before.
      if (current < 0) previous = Math.max(0, previous + current);
      current = Math.max(0, current);
    }
    const faded = previous * ((endMs - nowMs) / windowMs);
    grant(tally, Math.floor(capacity - current - faded + SLACK_UNITS));
    current += tally.granted;
    if (tally.granted > 0 || mode === "force") {
      cells[at] = endMs + windowMs;
      cells[at + 1] = current;
      cells[at + 2] = previous;
    }
    tally.waitMs = 0;
    const room = capacity - tally.least;
    tally.retryAfterMs = retryAfter(
      tally,
      current <= room
        ? endMs - nowMs - (windowMs * (room - current)) / previous
        : endMs - nowMs + windowMs * (1 - room / current),
    );
    tally.resetMs = Math.ceil(
      current > 0 ? endMs + windowMs - nowMs : previous > 0 ? endMs - nowMs : 0,
    );
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
