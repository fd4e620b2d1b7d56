/**
 * At most `limit` units held at once. Each holder has a token and a lease:
 * it gives its units back, or loses them when the lease ends, so that a holder
 * that died blocks nobody for long. O(1) amortised.
 */
import type { Decision } from "../decision.ts";
import { grantOf, retryAfter, type Meter, type Question } from "./meter.ts";
import { PooledTable } from "./pool.ts";

interface Lease {
  readonly endMs: number;
  readonly units: number;
}

/** Leases by token, oldest first. */
interface Holders {
  leases: Map<number, Lease>;
  held: number;
}

const create = (): Holders => ({ leases: new Map(), held: 0 });
const clone = (holders: Holders): Holders => ({ ...holders, leases: new Map(holders.leases) });

export class ConcurrencyMeter implements Meter {
  readonly #holders: PooledTable<Holders>;

  constructor(keysMax: number) {
    this.#holders = new PooledTable(keysMax, { create, clone });
  }

  decide(question: Question, nowMs: number): Decision {
    const { limit, mode, least } = question;
    const { table } = this.#holders;
    const at = table.locate(question, nowMs);
    const cells = table.found.floats;
    const holders = (mode === "look" ? this.#holders.get(at) : this.#holders.make(at)) ?? create();
    if (at >= 0 && (cells[at] ?? 0) === 0) drop(holders, Number.POSITIVE_INFINITY);
    drop(holders, nowMs);
    const free = limit.capacity - holders.held;
    const allowed = free >= least;
    const granted = grantOf(question, free);
    if (granted > 0) {
      const endMs = nowMs + limit.windowMs;
      holders.leases.set(question.token, { endMs, units: granted });
      holders.held += granted;
      cells[at] = Math.max(cells[at] ?? 0, endMs);
    }
    return {
      allowed,
      rule: limit.name,
      limit: limit.capacity,
      remaining: Math.max(0, free - granted),
      granted,
      waitMs: 0,
      retryAfterMs: allowed ? 0 : retryAfter(question, freedAt(holders, least - free) - nowMs),
      resetMs: holders.held > 0 ? Math.ceil((cells[at] ?? nowMs) - nowMs) : 0,
    };
  }

  /** Gives back what `token` holds; nothing when its lease has ended. */
  release(low: number, high: number, token: number): void {
    const holders = this.#holders.get(this.#holders.table.find(low, high));
    const lease = holders?.leases.get(token);
    if (holders === undefined || lease === undefined) return;
    holders.leases.delete(token);
    holders.held -= lease.units;
  }

  forget(low: number, high: number): void {
    this.#holders.table.release(low, high);
  }

  get keys(): number {
    return this.#holders.table.used;
  }

  get bytes(): number {
    return this.#holders.table.bytes;
  }
}

function drop(holders: Holders, nowMs: number): void {
  for (const [token, lease] of holders.leases) {
    if (lease.endMs > nowMs) return;
    holders.leases.delete(token);
    holders.held -= lease.units;
  }
}

/** When leases over `units` will have ended; a holder may give back sooner. */
function freedAt({ leases }: Holders, units: number): number {
  let left = units;
  let endMs = 0;
  for (const lease of leases.values()) {
    endMs = lease.endMs;
    left -= lease.units;
    if (left <= 0) break;
  }
  return endMs;
}
