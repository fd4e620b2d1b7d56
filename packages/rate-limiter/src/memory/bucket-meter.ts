/**
 * Token bucket and leaking bucket as one number per key: the generic cell rate
 * algorithm (ITU-T I.371, "virtual scheduling").
 *
 * The number is the theoretical arrival time: when the bucket will be full
 * again (token bucket), or when the queue will be empty (leaking bucket). A
 * unit moves it by the interval at which units come back:
 *
 *        now                                            now + capacity × interval
 *   ──────┼─────────────────────▲─────────────────────────────┼──────▶ time
 *         │◀──── backlog ──────▶│◀────────── room ───────────▶│
 *                        arrival time
 *
 * Both buckets grant what fits into the room. They differ in when one may go:
 * at once, or after the backlog. O(1), 16 bytes a slot.
 */
import { Table } from "./table.ts";
import { grant, retryAfter, type Meter, type Tally } from "./tally.ts";

/** Sums of fractions of a millisecond end up this far off at most: 15 ns, in 8 years. */
const SLACK_MS = 2 ** -16;

export class BucketMeter implements Meter {
  readonly #table: Table;

  constructor(keysMax: number) {
    this.#table = new Table({ width: 1, keysMax });
  }

  decide(tally: Tally): void {
    const { limit, nowMs, mode } = tally;
    const table = this.#table;
    const at =
      mode === "look"
        ? table.find(tally.low, tally.high)
        : table.claim(tally.low, tally.high, nowMs);
    const cells = table.cells;
    let arrivalMs = at < 0 ? nowMs : Math.max(nowMs, cells[at] ?? 0);
    const { intervalMs } = limit;
    if (mode === "force") {
      arrivalMs = Math.max(nowMs, arrivalMs + tally.cost * intervalMs);
      cells[at] = arrivalMs;
    }
    const slackMs = Math.min(SLACK_MS, intervalMs / 1024);
    const backlogMs = arrivalMs - nowMs - slackMs;
    const capacityMs = limit.capacity * intervalMs;
    grant(tally, Math.floor((capacityMs - backlogMs) / intervalMs));
    if (tally.granted > 0) {
      arrivalMs += tally.granted * intervalMs;
      cells[at] = arrivalMs;
    }
    const waits = limit.algorithm === "leaking-bucket" && tally.allowed && backlogMs > 0;
    tally.waitMs = waits ? Math.ceil(backlogMs) : 0;
    tally.retryAfterMs = retryAfter(tally, backlogMs + tally.least * intervalMs - capacityMs);
    tally.resetMs = Math.max(0, Math.ceil(arrivalMs - nowMs - slackMs));
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
