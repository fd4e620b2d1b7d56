/**
 * Leases with fencing tokens, one row of `tenfold.leases` per slot.
 *
 *   slot │ token │ holder │ expires_at
 *   ─────┼───────┼────────┼───────────   free when expires_at has passed;
 *     0  │   7   │  a1f…  │ 12:00:30     taking it adds 1 to the token;
 *     1  │   2   │  9bc…  │ 11:58:02     rows are never deleted
 *
 * Expiry is decided by the database's clock alone. The holder counts from
 * before its request was sent, so it gives up earlier than anyone else can
 * begin (Gray & Cheriton 1989). It counts with two clocks and believes the one
 * that has gone further: the monotonic one may stand still while a laptop
 * sleeps, and the wall clock may be set back. A process that was stopped in
 * mid-write can still come late, which is what the token is for: whoever
 * stores something under the lease refuses a smaller token than it has seen.
 */
import { randomUUID } from "node:crypto";

import type { Clock, Log, Random } from "@tenfold/core";

import type { Pool } from "./pool.ts";
import type { Lease, LeaseRequest } from "./sql.ts";

export interface LeaseDeps {
  clock: Clock;
  log: Log;
  random: Random;
  pool: Pool;
}

/** Given up this part of the time early, for clocks that run at different speeds. */
const safetyShare = 0.1;
const retryShare = 1 / 12;
const waitMsMax = 1_000;
const racedWaitMs = 10;

/** Answers one row: how many slots seemed free (0 or 1), and the slot if it could be taken. */
const takeText = `
  with free as (
    select candidate.slot from generate_series(0, $2::int - 1) as candidate (slot)
    left join tenfold.leases held on held.name = $1 and held.slot = candidate.slot
    where held.slot is null or held.expires_at <= clock_timestamp()
    order by held.expires_at nulls first, candidate.slot limit 1
  ), taken as (
    insert into tenfold.leases as lease (name, slot, token, holder, expires_at)
    select $1, free.slot, 1, $3, clock_timestamp() + $4 * interval '1 ms' from free
    on conflict (name, slot) do update
      set token = lease.token + 1, holder = excluded.holder, expires_at = excluded.expires_at
      where lease.expires_at <= clock_timestamp()
    returning slot, token
  )
  select (select count(*) from free)::int as free, taken.slot, taken.token
  from (values (1)) as always left join taken on true`;

const renewText = `
  update tenfold.leases set expires_at = clock_timestamp() + $5 * interval '1 ms'
  where name = $1 and slot = $2 and token = $3 and holder = $4`;

const releaseText = `
  update tenfold.leases set expires_at = clock_timestamp()
  where name = $1 and slot = $2 and token = $3 and holder = $4 and expires_at > clock_timestamp()`;

interface Deadline {
  monotonicMs: number;
  wallMs: number;
}

function deadlineFromNow(clock: Clock, ttlMs: number): Deadline {
  const usableMs = ttlMs * (1 - safetyShare);
  return { monotonicMs: clock.monotonic() + usableMs, wallMs: clock.now() + usableMs };
}

interface Taken {
  slot: number;
  token: bigint;
  holder: string;
  deadline: Deadline;
}

/** A slot in hand, kept until it is released or lost. */
class HeldLease implements Lease {
  readonly slot: number;
  readonly token: bigint;
  readonly signal: AbortSignal;
  readonly #deps: LeaseDeps;
  readonly #request: LeaseRequest;
  readonly #row: readonly unknown[];
  readonly #over = new AbortController();
  readonly #working: Promise<unknown>;
  #deadline: Deadline;
  #released: Promise<void> | undefined;

  constructor(deps: LeaseDeps, request: LeaseRequest, taken: Taken) {
    this.slot = taken.slot;
    this.token = taken.token;
    this.signal = this.#over.signal;
    this.#deps = deps;
    this.#request = request;
    this.#row = [request.name, taken.slot, String(taken.token), taken.holder];
    this.#deadline = taken.deadline;
    this.#working = Promise.all([this.#watchDeadline(), this.#keepRenewing()]);
  }

  held(): boolean {
    if (!this.signal.aborted && this.#msLeft() <= 0) this.#lose("it was not renewed in time");
    return !this.signal.aborted;
  }

  release(): Promise<void> {
    return (this.#released ??= this.#giveBack());
  }

  async #giveBack(): Promise<void> {
    this.#over.abort(new Error(`the lease ${this.#request.name}/${this.slot} was released`));
    await this.#working;
    // Unreachable: it expires by itself.
    await this.#deps.pool.query(releaseText, this.#row, undefined).catch(() => undefined);
  }

  /** By the clock that has gone further: either may stand still or be set back. */
  #msLeft(): number {
    const { clock } = this.#deps;
    const { monotonicMs, wallMs } = this.#deadline;
    return Math.min(monotonicMs - clock.monotonic(), wallMs - clock.now());
  }

  #lose(why: string): void {
    if (this.signal.aborted) return;
    const { name } = this.#request;
    const token = String(this.token);
    this.#deps.log.warn({ lease: name, slot: this.slot, token, why }, "lost a lease");
    this.#over.abort(new Error(`the lease ${name}/${this.slot} was lost: ${why}`));
  }

  /** Sleeps; false when the lease is over. */
  async #pause(ms: number): Promise<boolean> {
    await this.#deps.clock.sleep(Math.max(0, ms), this.signal).catch(() => undefined);
    return !this.signal.aborted;
  }

  async #watchDeadline(): Promise<void> {
    // Looks again often enough to notice a wall clock that has jumped.
    while (await this.#pause(Math.min(this.#msLeft(), this.#request.ttlMs / 6))) this.held();
  }

  async #keepRenewing(): Promise<void> {
    const { ttlMs } = this.#request;
    let waitMs = ttlMs / 3;
    while (await this.#pause(waitMs)) {
      waitMs = (await this.#renew()) ? ttlMs / 3 : ttlMs * retryShare;
    }
  }

  async #renew(): Promise<boolean> {
    const { clock, log, pool } = this.#deps;
    const { name, ttlMs } = this.#request;
    const next = deadlineFromNow(clock, ttlMs);
    try {
      const { rowCount } = await pool.query(renewText, [...this.#row, ttlMs], undefined);
      if (rowCount === 0) this.#lose("another holder has taken it");
      else if (this.held()) this.#deadline = next;
      return rowCount > 0;
    } catch (error) {
      log.debug({ lease: name, slot: this.slot, error }, "a lease could not be renewed yet");
      return false;
    }
  }
}

interface Attempt {
  free: number;
  slot: number | null;
  token: string | null;
}

/** Takes a free slot; else says whether one seemed free and someone was quicker. */
async function tryTake(deps: LeaseDeps, request: LeaseRequest): Promise<Lease | "raced" | "full"> {
  const { clock, pool } = deps;
  const holder = randomUUID();
  const deadline = deadlineFromNow(clock, request.ttlMs);
  const values = [request.name, request.slots, holder, request.ttlMs];
  const { rows } = await pool.query<Attempt>(takeText, values, undefined);
  const { free = 0, slot = null, token = null } = rows[0] ?? {};
  if (slot === null || token === null) return free > 0 ? "raced" : "full";
  return new HeldLease(deps, request, { slot, token: BigInt(token), holder, deadline });
}

function assertSensible({ name, slots, ttlMs }: LeaseRequest): void {
  if (name !== "" && Number.isInteger(slots) && slots >= 1 && slots <= 65_536 && ttlMs >= 100)
    return;
  throw new RangeError("a lease needs a name, 1 to 65,536 slots and at least 100 ms");
}

/** Waits for a free slot. Rejects when `signal` aborts, and when the database is not there. */
export async function takeLease(
  deps: LeaseDeps,
  request: LeaseRequest,
  signal: AbortSignal,
): Promise<Lease> {
  assertSensible(request);
  for (;;) {
    signal.throwIfAborted();
    const taken = await tryTake(deps, request);
    if (typeof taken === "object") {
      if (!signal.aborted) return taken;
      await taken.release();
      continue;
    }
    const waitMs = taken === "raced" ? racedWaitMs : Math.min(waitMsMax, request.ttlMs / 4);
    // Unequal waits, so that those who wait do not all ask at once.
    await deps.clock.sleep(waitMs * (0.5 + deps.random.float()), signal);
  }
}
