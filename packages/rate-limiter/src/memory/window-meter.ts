/**
 * Fixed and calendar windows, aligned to wall time: a counter that starts over when its
 * window ends. Exact about each window, blind to the edge between two: twice
 * the limit fits around it. O(1), 24 bytes a slot.
 *
 *   cells: [ window's end, units used ]
 */
import { createWindowCache, type TimeWindow } from "../calendar.ts";
import type { Decision } from "../decision.ts";
import type { Limit } from "../limit.ts";
import { grantOf, retryAfter, type Meter, type Question } from "./meter.ts";
import { Table } from "./table.ts";

export class WindowMeter implements Meter {
  readonly #table: Table;
  readonly #windows = new WeakMap<Limit, (wallMs: number) => TimeWindow>();

  constructor(keysMax: number) {
    this.#table = new Table({ width: 2, keysMax });
  }

  decide(question: Question, nowMs: number): Decision {
    const { limit, mode, least, cost } = question;
    const at = this.#table.locate(question, nowMs);
    const cells = this.#table.found.floats;
    let endMs = this.#endOf(limit, nowMs);
    const storedEndMs = at < 0 ? 0 : (cells[at] ?? 0);
    let used = 0;
    // A clock set back a little goes on with the later window; set back far, it starts over.
    if (storedEndMs > nowMs && storedEndMs <= endMs + limit.windowMs) {
      endMs = storedEndMs;
      used = cells[at + 1] ?? 0;
    }
    if (mode === "force") used = Math.max(0, used + cost);
    const free = limit.capacity - used;
    const allowed = free >= least;
    const granted = grantOf(question, free);
    used += granted;
    if (mode !== "look") {
      cells[at] = endMs;
      cells[at + 1] = used;
    }
    return {
      allowed,
      rule: limit.name,
      limit: limit.capacity,
      remaining: Math.max(0, free - granted),
      granted: mode === "force" ? cost : granted,
      waitMs: 0,
      retryAfterMs: allowed ? 0 : retryAfter(question, endMs - nowMs),
      resetMs: used > 0 ? Math.ceil(endMs - nowMs) : 0,
    };
  }

  #endOf(limit: Limit, nowMs: number): number {
    const { policy } = limit;
    if (policy.algorithm !== "calendar-window") {
      return (Math.floor(nowMs / limit.windowMs) + 1) * limit.windowMs;
    }
    let windowOf = this.#windows.get(limit);
    if (windowOf === undefined) {
      windowOf = createWindowCache(policy);
      this.#windows.set(limit, windowOf);
    }
    return windowOf(nowMs).endMs;
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
