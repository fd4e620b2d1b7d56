/**
 * At most `limit` units held at once. Each holder has a token and a lease:
 * it gives its units back, or loses them when the lease ends, so that a holder
 * that died blocks nobody for long. O(1) amortised.
 */
import { PooledTable } from "./pool.ts";
import type { Table } from "./table.ts";
import { grant, retryAfter, type Meter, type Tally } from "./tally.ts";

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
  readonly #table: Table;

  constructor(keysMax: number) {
    this.#holders = new PooledTable(keysMax, { create, clone });
    this.#table = this.#holders.table;
  }

  decide(tally: Tally): void {
    const { limit, nowMs, low, high } = tally;
    const looks = tally.mode !== "take";
    const at = looks ? this.#table.find(low, high) : this.#table.claim(low, high, nowMs);
    const holders = (looks ? this.#holders.get(at) : this.#holders.make(at)) ?? create();
    if (at >= 0 && (this.#table.cells[at] ?? 0) === 0) drop(holders, Number.POSITIVE_INFINITY);
    drop(holders, nowMs);
    grant(tally, limit.capacity - holders.held);
    if (tally.granted > 0) {
      const endMs = nowMs + limit.windowMs;
      holders.leases.set(tally.token, { endMs, units: tally.granted });
      holders.held += tally.granted;
      this.#table.cells[at] = Math.max(this.#table.cells[at] ?? 0, endMs);
    }
    tally.waitMs = 0;
    tally.retryAfterMs = tally.allowed ? 0 : this.#retryAfter(tally, holders);
    const expiresMs = holders.held > 0 ? (this.#table.cells[at] ?? 0) : nowMs;
    tally.resetMs = Math.max(0, Math.ceil(expiresMs - nowMs));
  }

  /** At the latest: a holder may give back sooner. */
  #retryAfter(tally: Tally, { leases, held }: Holders): number {
    let free = tally.limit.capacity - held;
    for (const { endMs, units } of leases.values()) {
      free += units;
      if (free >= tally.least) return retryAfter(tally, endMs - tally.nowMs);
    }
    return retryAfter(tally, tally.limit.windowMs);
  }

  /** Gives back what `token` holds; nothing when its lease has ended. */
  release(low: number, high: number, token: number): void {
    const holders = this.#holders.get(this.#table.find(low, high));
    const lease = holders?.leases.get(token);
    if (holders === undefined || lease === undefined) return;
    holders.leases.delete(token);
    holders.held -= lease.units;
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

function drop(holders: Holders, nowMs: number): void {
  for (const [token, lease] of holders.leases) {
    if (lease.endMs > nowMs) return;
    holders.leases.delete(token);
    holders.held -= lease.units;
  }
}
