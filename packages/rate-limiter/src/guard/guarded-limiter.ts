/**
 * A limiter that always answers in time, whatever its store does.
 *
 *   call ──▶ breaker closed? ──yes──▶ store ──in time──▶ its answer
 *                  │                    └──late, failed──┐
 *                  └──no──────────────────────────────▶ each limit's own policy:
 *                                                        allow · refuse · local share
 *
 * What is granted then: by "local", all replicas together keep to the limit
 * (or one unit each, if those are more), on top of what the store had granted
 * before; when the store comes back it knows nothing of that, so around each
 * change a window may hold up to twice the limit. The local counters are kept
 * warm with what the store grants, so that usually it is far less. A call that
 * is answered too late has been charged in the store all the same.
 */
import {
  noMetrics,
  silentLog,
  systemClock,
  TenfoldError,
  type Clock,
  type Log,
  type Metrics,
} from "@tenfold/core";
import type { Decision, JointDecision } from "../decision.ts";
import { memoryLimiter, type MemoryLimiter } from "../drivers/memory.ts";
import type { Limit } from "../limit.ts";
import type { Charge, Limiter, Reservation } from "../limiter.ts";
import { Breaker, type BreakerOptions } from "./breaker.ts";
import { Deadlines } from "./deadlines.ts";
import { WithoutStore } from "./without-store.ts";

export interface GuardedLimiterDeps {
  /** The shared store: a `redisLimiter`. */
  readonly limiter: Limiter<"later">;
  /** Decides while the store is away. Default: a memory limiter of its own. */
  readonly local?: MemoryLimiter;
  readonly clock?: Clock;
  readonly log?: Log;
  readonly metrics?: Metrics;
}

export interface GuardedLimiterOptions extends BreakerOptions {
  /** How long a decision may wait for the store. */
  readonly deadlineMs: number;
  /** Processes that share the limits. */
  readonly replicas: number;
}

export const guardedLimiterDefaults: GuardedLimiterOptions = Object.freeze({
  deadlineMs: 3,
  replicas: 1,
  failuresMax: 5,
  probeEveryMs: 250,
});

/** Rejects only for the caller's own mistakes; while the store is away, answers at once. */
export function guardedLimiter(
  deps: GuardedLimiterDeps,
  options: Partial<GuardedLimiterOptions> = {},
): Limiter {
  return new GuardedDriver(deps, { ...guardedLimiterDefaults, ...options });
}

interface Ask<Value> {
  readonly first: Charge | undefined;
  readonly store: () => Promise<Value>;
  readonly without: () => Value;
  /** What the store answered in time; and what it answered too late. */
  readonly answered?: (value: Value) => void;
  readonly late?: (value: Value) => void;
}

class GuardedDriver implements Limiter {
  readonly #store: Limiter<"later">;
  readonly #without: WithoutStore;
  readonly #breaker: Breaker;
  readonly #deadlines: Deadlines;

  constructor(deps: GuardedLimiterDeps, options: GuardedLimiterOptions) {
    const { clock = systemClock, log = silentLog, metrics = noMetrics } = deps;
    const { replicas, probeEveryMs, deadlineMs } = options;
    this.#store = deps.limiter;
    const local = deps.local ?? memoryLimiter({ clock });
    this.#without = new WithoutStore(local, { replicas, retryAfterMs: probeEveryMs });
    this.#breaker = new Breaker({ clock, log, metrics }, options);
    this.#deadlines = new Deadlines(clock, deadlineMs);
  }

  consume(limit: Limit, key: string, cost = 1): Decision | Promise<Decision> {
    const { local } = this.#without;
    return this.#ask({
      first: { limit, key },
      store: () => this.#store.consume(limit, key, cost),
      without: () => this.#without.one(limit, (share) => local.consume(share, key, cost)),
      answered: ({ granted }) => this.#warm({ limit, key, cost: granted }),
    });
  }

  consumeUpTo(limit: Limit, key: string, most: number): Decision | Promise<Decision> {
    const { local } = this.#without;
    return this.#ask({
      first: { limit, key },
      store: () => this.#store.consumeUpTo(limit, key, most),
      without: () => this.#without.one(limit, (share) => local.consumeUpTo(share, key, most)),
      answered: ({ granted }) => this.#warm({ limit, key, cost: granted }),
    });
  }

  peek(limit: Limit, key: string): Decision | Promise<Decision> {
    const { local } = this.#without;
    return this.#ask({
      first: { limit, key },
      store: () => this.#store.peek(limit, key),
      without: () => this.#without.one(limit, (share) => local.peek(share, key)),
    });
  }

  penalize(limit: Limit, key: string, units: number): Decision | Promise<Decision> {
    const { local } = this.#without;
    return this.#ask({
      first: { limit, key },
      store: () => this.#store.penalize(limit, key, units),
      without: () => this.#without.one(limit, (share) => local.penalize(share, key, units)),
    });
  }

  consumeAll(charges: readonly Charge[]): JointDecision | Promise<JointDecision> {
    return this.#ask({
      first: charges[0],
      store: () => this.#store.consumeAll(charges),
      without: () => this.#without.reserve(charges).decision,
      answered: (decision) => this.#warmAll(charges, decision),
    });
  }

  reserve(charges: readonly Charge[]): Reservation | Promise<Reservation> {
    return this.#ask<Reservation>({
      first: charges[0],
      store: async () => this.#guardSettling(await this.#store.reserve(charges)),
      without: () => this.#without.reserve(charges),
      answered: ({ decision }) => this.#warmAll(charges, decision),
      // The caller has another reservation by now: this one is given back.
      late: (reservation) => void reservation.settle(0),
    });
  }

  reset(limit: Limit, key: string): void | Promise<void> {
    this.#without.local.reset(this.#without.shareOf(limit), key);
    return this.#ask({
      first: { limit, key },
      store: () => this.#store.reset(limit, key),
      without: () => undefined,
    });
  }

  #guardSettling({ decision, settle }: Reservation<"later">): Reservation {
    return {
      decision,
      settle: (cost) =>
        this.#ask({ first: undefined, store: () => settle(cost), without: () => undefined }),
    };
  }

  #ask<Value>(ask: Ask<Value>): Value | Promise<Value> {
    if (!this.#breaker.isOpen) return this.#race(ask);
    const { first } = ask;
    if (first !== undefined && this.#breaker.probeDue()) {
      const store = async (): Promise<void> =>
        void (await this.#store.peek(first.limit, first.key));
      // Only whether it is answered matters, and the breaker is told that.
      this.#race({ first, store, without: () => undefined }).catch(() => undefined);
    }
    return ask.without();
  }

  #race<Value>({ store, without, answered, late }: Ask<Value>): Promise<Value> {
    return new Promise((resolve, reject) => {
      let open = true;
      const giveUp = (error: unknown): void => {
        if (!open) return;
        open = false;
        this.#breaker.failed(error);
        resolve(without());
      };
      store().then(
        (value) => {
          if (!open) return late?.(value);
          open = false;
          this.#breaker.succeeded();
          answered?.(value);
          resolve(value);
        },
        (error: unknown) => {
          // Ours are about the call itself: the store is well.
          if (!(error instanceof TenfoldError)) return giveUp(error);
          open = false;
          reject(error);
        },
      );
      this.#deadlines.add(() => giveUp(new Error("no answer within the deadline")));
    });
  }

  #warmAll(charges: readonly Charge[], { allowed }: JointDecision): void {
    if (allowed) for (const charge of charges) this.#warm(charge);
  }

  /** Counts locally what the store granted. */
  #warm({ limit, key, cost = 1 }: Charge): void {
    if (cost === 0 || limit.whenUnavailable !== "local" || limit.algorithm === "concurrency")
      return;
    this.#without.local.consumeUpTo(this.#without.shareOf(limit), key, cost);
  }
}
