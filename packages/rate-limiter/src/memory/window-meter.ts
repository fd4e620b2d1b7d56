/**
 * Fixed windows, aligned to wall time: a counter that starts over when its
 * window ends. Exact about each window, blind to the edge between two: twice
 * the limit fits around it. O(1), 24 bytes a slot.
 *
 *   cells: [ window's end, units used ]
 */
import { createWindowCache, type TimeWindow } from "../calendar.ts";
import type { Limit } from "../limit.ts";
import { Table } from "./table.ts";
import { grant, retryAfter, type Meter, type Tally } from "./tally.ts";

export class WindowMeter implements Meter {
  readonly #table: Table;
  readonly #windows = new WeakMap<Limit, (wallMs: number) => TimeWindow>();

  constructor(keysMax: number) {
    this.#table = new Table({ width: 2, keysMax });
  }

  decide(tally: Tally): void {
    const { limit, nowMs, mode } = tally;
    const table = this.#table;
    const at =
      mode === "look"
        ? table.find(tally.low, tally.high)
        : table.claim(tally.low, tally.high, nowMs);
    const cells = table.cells;
    let endMs = this.#endOf(limit, nowMs);
    const storedEndMs = at < 0 ? 0 : (cells[at] ?? 0);
    let used = 0;
    // A clock set back a little goes on with the later window; set back far, it starts over.
    if (storedEndMs > nowMs && storedEndMs <= endMs + limit.windowMs) {
      endMs = storedEndMs;
      used = cells[at + 1] ?? 0;
    }
    if (mode === "force") used = Math.max(0, used + tally.cost);
    grant(tally, limit.capacity - used);
    used += tally.granted;
    if (tally.granted > 0 || mode === "force") {
      cells[at] = endMs;
      cells[at + 1] = used;
    }
    tally.waitMs = 0;
    tally.retryAfterMs = retryAfter(tally, endMs - nowMs);
    tally.resetMs = used > 0 ? Math.ceil(endMs - nowMs) : 0;
  }

  #endOf(limit: Limit, nowMs: number): number {
    const { policy } = limit;
    if (policy.algorithm !== "fixed-window") throw new TypeError("not a fixed window");
    if ("windowMs" in policy) return (Math.floor(nowMs / policy.windowMs) + 1) * policy.windowMs;
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
