/**
 * Remembers whether the store answers.
 *
 *   closed ──failuresMax in a row──▶ open ──a probe is answered──▶ closed
 *
 * While open nobody waits for the store; one call in `probeEveryMs` is probed
 * on the side.
 */
import type { Clock, Counter, Gauge, Log, Metrics } from "@tenfold/core";

export interface BreakerDeps {
  readonly clock: Clock;
  readonly log: Log;
  readonly metrics: Metrics;
}

export interface BreakerOptions {
  /** Calls in a row that fail or miss the deadline. */
  readonly failuresMax: number;
  readonly probeEveryMs: number;
}

export class Breaker {
  readonly #deps: BreakerDeps;
  readonly #options: BreakerOptions;
  readonly #up: Gauge;
  readonly #failed: Counter;
  #failures = 0;
  #open = false;
  #probeAtMs = 0;

  constructor(deps: BreakerDeps, options: BreakerOptions) {
    this.#deps = deps;
    this.#options = options;
    this.#up = deps.metrics.gauge({
      name: "tenfold_rate_limiter_store_up",
      help: "1 while the store of limits answers in time, 0 while limits are decided without it",
    });
    this.#failed = deps.metrics.counter({
      name: "tenfold_rate_limiter_store_failures_total",
      help: "Calls to the store of limits that failed or were not answered in time",
    });
    this.#up.set(1);
  }

  get isOpen(): boolean {
    return this.#open;
  }

  /** True once per interval while open: then a probe is due. */
  probeDue(): boolean {
    const nowMs = this.#deps.clock.monotonic();
    if (!this.#open || nowMs < this.#probeAtMs) return false;
    this.#probeAtMs = nowMs + this.#options.probeEveryMs;
    return true;
  }

  succeeded(): void {
    this.#failures = 0;
    if (!this.#open) return;
    this.#open = false;
    this.#up.set(1);
    this.#deps.log.info({}, "the store of limits answers again");
  }

  failed(error: unknown): void {
    this.#failures++;
    this.#failed.add();
    if (this.#open || this.#failures < this.#options.failuresMax) return;
    this.#open = true;
    this.#probeAtMs = this.#deps.clock.monotonic() + this.#options.probeEveryMs;
    this.#up.set(0);
    this.#deps.log.warn({ error }, "the store of limits does not answer; deciding without it");
  }
}
