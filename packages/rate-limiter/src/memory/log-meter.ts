/**
 * Sliding window from a log of all grants: exact for every span of time, at
 * the price of remembering each. O(1) amortised; 16 bytes per grant within the
 * window, on top of the slot.
 */
import type { Decision } from "../decision.ts";
import { grantOf, retryAfter, type Meter, type Question } from "./meter.ts";
import { PooledTable } from "./pool.ts";
import type { Table } from "./table.ts";

/** Grants in the order of time; those before `head` are forgotten. */
interface GrantLog {
  times: number[];
  units: number[];
  head: number;
  total: number;
}

const create = (): GrantLog => ({ times: [], units: [], head: 0, total: 0 });
const clone = (log: GrantLog): GrantLog => ({
  ...log,
  times: [...log.times],
  units: [...log.units],
});

export class LogMeter implements Meter {
  readonly #logs: PooledTable<GrantLog>;
  readonly #table: Table;

  constructor(keysMax: number) {
    this.#logs = new PooledTable(keysMax, { create, clone });
    this.#table = this.#logs.table;
  }

  decide(question: Question, nowMs: number): Decision {
    const { limit, mode, least, cost } = question;
    const { windowMs, capacity } = limit;
    const at = this.#table.locate(question, nowMs);
    const log = (mode === "look" ? this.#logs.get(at) : this.#logs.make(at)) ?? create();
    if (at >= 0 && (this.#table.cells[at] ?? 0) === 0) clear(log);
    forgetUntil(log, nowMs - windowMs);
    if (mode === "force") append(log, nowMs, cost);
    const free = capacity - log.total;
    const allowed = free >= least;
    const granted = grantOf(question, free);
    if (granted > 0) append(log, nowMs, granted);
    const restMs = (log.times.at(-1) ?? nowMs - windowMs) + windowMs - nowMs;
    if (mode !== "look") this.#table.cells[at] = nowMs + restMs;
    return {
      allowed,
      rule: limit.name,
      limit: capacity,
      remaining: Math.max(0, free - granted),
      granted: mode === "force" ? cost : granted,
      waitMs: 0,
      retryAfterMs: allowed
        ? 0
        : retryAfter(question, timeOf(log, least - free) + windowMs - nowMs),
      resetMs: Math.max(0, Math.ceil(restMs)),
    };
  }

  forget(low: number, high: number): void {
    this.#table.release(low, high);
  }

  get keys(): number {
    return this.#table.used;
  }

  /** Without the logs themselves. */
  get bytes(): number {
    return this.#table.bytes;
  }
}

function clear(log: GrantLog): void {
  log.times = [];
  log.units = [];
  log.head = 0;
  log.total = 0;
}

function forgetUntil(log: GrantLog, ms: number): void {
  while (log.head < log.times.length && (log.times[log.head] ?? 0) <= ms) {
    log.total -= log.units[log.head] ?? 0;
    log.head++;
  }
  if (log.head < 32 || log.head * 2 < log.times.length) return;
  log.times.splice(0, log.head);
  log.units.splice(0, log.head);
  log.head = 0;
}

/** Adds a grant; a negative one takes back the latest ones. */
function append(log: GrantLog, ms: number, units: number): void {
  if (units > 0) {
    const last = log.times.length - 1;
    if (last >= log.head && log.times[last] === ms) {
      log.units[last] = (log.units[last] ?? 0) + units;
    } else {
      log.times.push(ms);
      log.units.push(units);
    }
    log.total += units;
    return;
  }
  for (let left = -units; left > 0 && log.times.length > log.head;) {
    const last = log.times.length - 1;
    const back = Math.min(left, log.units[last] ?? 0);
    left -= back;
    log.total -= back;
    log.units[last] = (log.units[last] ?? 0) - back;
    if (log.units[last] !== 0) break;
    log.times.pop();
    log.units.pop();
  }
}

/** When the grants that hold the `excess` oldest units were made. */
function timeOf(log: GrantLog, excess: number): number {
  let left = excess;
  for (let at = log.head; at < log.times.length; at++) {
    left -= log.units[at] ?? 0;
    if (left <= 0) return log.times[at] ?? 0;
  }
  return log.times.at(-1) ?? 0;
}
