/** The algorithms in memory, each with the counters of all limits of its kind. */
import type { Decision } from "../decision.ts";
import type { Limit } from "../limit.ts";
import { BucketMeter } from "./bucket-meter.ts";
import { ConcurrencyMeter } from "./concurrency-meter.ts";
import { LogMeter } from "./log-meter.ts";
import type { Meter, Question } from "./meter.ts";
import { SlidingMeter } from "./sliding-meter.ts";
import { WindowMeter } from "./window-meter.ts";

export class Meters {
  readonly holders: ConcurrencyMeter;
  readonly #buckets: BucketMeter;
  readonly #windows: WindowMeter;
  readonly #logs: LogMeter;
  readonly #counters: SlidingMeter;

  constructor(keysMax: number) {
    this.holders = new ConcurrencyMeter(keysMax);
    this.#buckets = new BucketMeter(keysMax);
    this.#windows = new WindowMeter(keysMax);
    this.#logs = new LogMeter(keysMax);
    this.#counters = new SlidingMeter(keysMax);
  }

  /**
   * Decides at `nowMs`: wall time for limits that follow the calendar, else monotonic.
   * A call of its own for each meter: one call site for all would make them slow for each other.
   */
  decide(question: Question, nowMs: number): Decision {
    switch (question.limit.algorithm) {
      case "token-bucket":
      case "leaking-bucket":
        return this.#buckets.decide(question, nowMs);
      case "fixed-window":
      case "calendar-window":
        return this.#windows.decide(question, nowMs);
      case "sliding-counter":
        return this.#counters.decide(question, nowMs);
      case "sliding-log":
        return this.#logs.decide(question, nowMs);
      default:
        return this.holders.decide(question, nowMs);
    }
  }

  /** Forgets the counter of a hash under `limit`. */
  forget({ algorithm }: Limit, { low, high }: Question): void {
    this.#meterOf(algorithm).forget(low, high);
  }

  /** Slots taken, and bytes held. */
  usage(): { keys: number; bytes: number } {
    const meters = [this.#buckets, this.#windows, this.#logs, this.#counters, this.holders];
    const sum = (field: "keys" | "bytes"): number =>
      meters.reduce((total, meter) => total + meter[field], 0);
    return { keys: sum("keys"), bytes: sum("bytes") };
  }

  #meterOf(algorithm: Limit["algorithm"]): Meter {
    switch (algorithm) {
      case "token-bucket":
      case "leaking-bucket":
        return this.#buckets;
      case "fixed-window":
      case "calendar-window":
        return this.#windows;
      case "sliding-log":
        return this.#logs;
      case "sliding-counter":
        return this.#counters;
      default:
        return this.holders;
    }
  }
}
