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
import type { Decision } from "../decision.ts";
import { grantOf, retryAfter, type Meter, type Question } from "./meter.ts";
import { Table } from "./table.ts";

/** Sums of fractions of a millisecond end up this far off at most: 15 ns, in 8 years. */
const SLACK_MS = 2 ** -16;

export class BucketMeter implements Meter {
  readonly #table: Table;

  constructor(keysMax: number) {
    this.#table = new Table({ width: 1, keysMax });
  }

  decide(question: Question, nowMs: number): Decision {
    const { limit, mode, least, cost } = question;
    const { intervalMs, capacity } = limit;
    const table = this.#table;
    const at = table.locate(question, nowMs);
    const cells = table.found.floats;
    const storedMs = at < 0 ? 0 : (cells[at] ?? 0);
    let arrivalMs = storedMs > nowMs ? storedMs : nowMs;
    if (mode === "force") {
      arrivalMs = Math.max(nowMs, arrivalMs + cost * intervalMs);
      cells[at] = arrivalMs;
    }
    const slackMs = Math.min(SLACK_MS, intervalMs / 1024);
    const backlogMs = arrivalMs - nowMs - slackMs;
    const free = Math.floor(capacity - backlogMs / intervalMs);
    const allowed = free >= least;
    const granted = grantOf(question, free);
    const spentMs = granted * intervalMs;
    if (granted > 0) cells[at] = arrivalMs + spentMs;
    return {
      allowed,
      rule: limit.name,
      limit: capacity,
      remaining: Math.max(0, free - granted),
      granted: mode === "force" ? cost : granted,
      waitMs: limit.waits && allowed && backlogMs > 0 ? Math.ceil(backlogMs) : 0,
      retryAfterMs: allowed ? 0 : retryAfter(question, backlogMs + (least - capacity) * intervalMs),
      resetMs: Math.max(0, Math.ceil(backlogMs + spentMs)),
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
