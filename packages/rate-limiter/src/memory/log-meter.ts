/**
 * Sliding window from a log of all grants: exact for every span of time, at
 * the price of remembering each. O(1) amortised, and O(grants) to say when there
 * is room again; 24 bytes a slot, and 8 for each grant within the window, or 16
 * for one of several units (`grant-logs.ts`).
 *
 *   cells: [ when the newest grant is over, reference | units in the log ]
 */
import type { Decision } from "../decision.ts";
import { GrantLogs } from "./grant-logs.ts";
import { grantOf, retryAfter, type Meter, type Question } from "./meter.ts";
import { Table } from "./table.ts";

export class LogMeter implements Meter {
  readonly #logs = new GrantLogs();
  readonly #table: Table;

  constructor(keysMax: number) {
    const logs = this.#logs;
    this.#table = new Table({
      width: 2,
      keysMax,
      dropped: (cells, at) => logs.clear(cells, at),
      copied: (cells, at) => logs.separate(cells, at),
    });
  }

  decide(question: Question, nowMs: number): Decision {
    const { limit, mode, least, cost } = question;
    const { windowMs, capacity } = limit;
    const logs = this.#logs;
    const at = this.#table.locate(question, nowMs);
    const cells = this.#table.found;
    const expiresMs = at < 0 ? 0 : (cells.floats[at] ?? 0);
    let total = 0;
    if (expiresMs > 0) total = logs.prune(cells, at, nowMs - windowMs);
    else if (at >= 0) logs.clear(cells, at);
    if (mode === "force") total = logs.add(cells, at, { ms: nowMs, units: cost });
    const free = capacity - total;
    const allowed = free >= least;
    const granted = grantOf(question, free);
    if (granted > 0) logs.add(cells, at, { ms: nowMs, units: granted });
    const newestMs = granted > 0 ? nowMs : total > 0 ? logs.newest(cells, at) : nowMs - windowMs;
    if (mode !== "look") cells.floats[at] = newestMs + windowMs;
    return {
      allowed,
      rule: limit.name,
      limit: capacity,
      remaining: Math.max(0, free - granted),
      granted: mode === "force" ? cost : granted,
      waitMs: 0,
      retryAfterMs: allowed
        ? 0
        : retryAfter(question, logs.timeOf(cells, at, least - free) + windowMs - nowMs),
      resetMs: Math.max(0, Math.ceil(newestMs + windowMs - nowMs)),
    };
  }

  forget(low: number, high: number): void {
    this.#table.release(low, high);
  }

  get keys(): number {
    return this.#table.used;
  }

  get bytes(): number {
    return this.#table.bytes + this.#logs.bytes;
  }
}
