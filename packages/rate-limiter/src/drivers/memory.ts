/**
 * Limits in this process's memory: the executable specification of the port,
 * and what a single process uses. Decisions are plain values, made at once.
 *
 * Time is the monotonic clock, so that no step of the wall clock frees or
 * punishes anybody; only fixed windows, which are aligned to the calendar,
 * follow wall time.
 */
import { systemClock, systemRandom, type Clock, type Random } from "@tenfold/core";
import { assertCharges, assertCost, assertPenalty } from "../charge.ts";
import { joinDecisions, type Decision, type JointDecision } from "../decision.ts";
import { createLimit, type Limit } from "../limit.ts";
import type { Charge, Limiter, Reservation } from "../limiter.ts";
import { BucketMeter } from "../memory/bucket-meter.ts";
import { ConcurrencyMeter } from "../memory/concurrency-meter.ts";
import { KeyHash } from "../memory/key-hash.ts";
import { LogMeter } from "../memory/log-meter.ts";
import type { Meter, Mode, Question } from "../memory/meter.ts";
import { SlidingMeter } from "../memory/sliding-meter.ts";
import { WindowMeter } from "../memory/window-meter.ts";
import { settlements } from "../settle.ts";

export interface MemoryLimiterDeps {
  /** Default: the machine's. */
  readonly clock?: Clock;
  /** Draws the secret of the keys' hash. Default: the operating system's. */
  readonly random?: Random;
}

export interface MemoryLimiterOptions {
  /** Live keys of each algorithm that are counted apart, at least; further ones share counters. */
  readonly keysMax: number;
}

export const memoryLimiterDefaults: MemoryLimiterOptions = Object.freeze({ keysMax: 1_000_000 });

export interface MemoryLimiter extends Limiter<"now"> {
  /** Slots taken, and bytes held by them; for a gauge. */
  usage(): { readonly keys: number; readonly bytes: number };
}

/** A limiter that answers at once. Constructing it allocates some 64 KB per algorithm. */
export function memoryLimiter(
  deps: MemoryLimiterDeps = {},
  options: Partial<MemoryLimiterOptions> = {},
): MemoryLimiter {
  return new MemoryDriver(deps, { ...memoryLimiterDefaults, ...options });
}

/** What the question is about before the first one. */
const none = createLimit({ name: "none", algorithm: "fixed-window", limit: 1, windowMs: 1 });

class MemoryDriver implements MemoryLimiter {
  readonly #clock: Clock;
  readonly #hash: KeyHash;
  readonly #buckets: BucketMeter;
  readonly #windows: WindowMeter;
  readonly #logs: LogMeter;
  readonly #counters: SlidingMeter;
  readonly #holders: ConcurrencyMeter;
  readonly #question: Question = {
    limit: none,
    low: 0,
    high: 0,
    mode: "look",
    cost: 1,
    least: 1,
    token: 0,
  };
  #tokens = 0;

  constructor(deps: MemoryLimiterDeps, { keysMax }: MemoryLimiterOptions) {
    this.#clock = deps.clock ?? systemClock;
    this.#hash = new KeyHash(deps.random ?? systemRandom);
    this.#buckets = new BucketMeter(keysMax);
    this.#windows = new WindowMeter(keysMax);
    this.#logs = new LogMeter(keysMax);
    this.#counters = new SlidingMeter(keysMax);
    this.#holders = new ConcurrencyMeter(keysMax);
  }

  consume(limit: Limit, key: string, cost = 1): Decision {
    assertCost(cost);
    const question = this.#ask(limit, key, "take");
    question.cost = cost;
    question.least = cost > 1 ? cost : 1;
    return this.#decide(question);
  }

  consumeUpTo(limit: Limit, key: string, most: number): Decision {
    assertCost(most);
    const question = this.#ask(limit, key, "take");
    question.cost = most;
    question.least = 1;
    return this.#decide(question);
  }

  peek(limit: Limit, key: string): Decision {
    return this.#look({ limit, key, cost: 0 });
  }

  consumeAll(charges: readonly Charge[]): JointDecision {
    assertCharges(charges);
    return this.#consumeAll(charges, ++this.#tokens);
  }

  reserve(charges: readonly Charge[]): Reservation<"now"> {
    assertCharges(charges);
    const token = ++this.#tokens;
    const decision = this.#consumeAll(charges, token);
    let open = decision.allowed;
    const settle = (cost?: number): void => {
      if (cost !== undefined) assertCost(cost);
      if (!open) return;
      open = false;
      for (const due of settlements({ charges, decision, cost })) this.#settle(due, token);
    };
    return { decision, settle };
  }

  penalize(limit: Limit, key: string, units: number): Decision {
    assertPenalty({ limit, key, cost: units });
    const question = this.#ask(limit, key, "force");
    question.cost = units;
    question.least = 1;
    return this.#decide(question);
  }

  reset(limit: Limit, key: string): void {
    const question = this.#ask(limit, key, "look");
    this.#meterOf(limit).forget(question.low, question.high);
  }

  usage(): { keys: number; bytes: number } {
    const meters = [this.#buckets, this.#windows, this.#logs, this.#counters, this.#holders];
    const sum = (field: "keys" | "bytes"): number =>
      meters.reduce((total, meter) => total + meter[field], 0);
    return { keys: sum("keys"), bytes: sum("bytes") };
  }

  /** Looks at all, and when nobody refuses asks all again, now for good. */
  #consumeAll(charges: readonly Charge[], token: number): JointDecision {
    const looks = charges.map((charge) => this.#look(charge));
    const refused = looks.some((look, index) => !look.allowed && !charges[index]?.limit.shadow);
    const parts: Decision[] = [];
    const shadows: Decision[] = [];
    for (const [index, { limit, key, cost = 1 }] of charges.entries()) {
      const look = looks[index];
      const decision =
        refused && look !== undefined ? look : this.#take({ limit, key, cost }, token);
      (limit.shadow ? shadows : parts).push(decision);
    }
    return joinDecisions(parts, shadows);
  }

  #look({ limit, key, cost = 1 }: Charge): Decision {
    const question = this.#ask(limit, key, "look");
    question.cost = cost;
    question.least = Math.max(1, cost);
    return this.#decide(question);
  }

  #take({ limit, key, cost = 1 }: Charge, token: number): Decision {
    const question = this.#ask(limit, key, "take");
    question.cost = cost;
    question.least = Math.max(1, cost);
    question.token = token;
    return this.#decide(question);
  }

  #settle({ limit, key, cost = 0 }: Charge, token: number): void {
    if (limit.algorithm !== "concurrency") return void this.penalize(limit, key, cost);
    const { low, high } = this.#ask(limit, key, "look");
    this.#holders.release(low, high, token);
  }

  #ask(limit: Limit, key: string, mode: Mode): Question {
    const question = this.#question;
    const hash = this.#hash;
    hash.hash(limit, key);
    question.low = hash.low;
    question.high = hash.high;
    question.limit = limit;
    question.mode = mode;
    return question;
  }

  /** A call of its own for each meter: one call site for all would make them slow for each other. */
  #decide(question: Question): Decision {
    switch (question.limit.algorithm) {
      case "token-bucket":
      case "leaking-bucket":
        return this.#buckets.decide(question, this.#clock.monotonic());
      case "fixed-window":
      case "calendar-window":
        return this.#windows.decide(question, this.#clock.now());
      case "sliding-counter":
        return this.#counters.decide(question, this.#clock.monotonic());
      case "sliding-log":
        return this.#logs.decide(question, this.#clock.monotonic());
      default:
        return this.#holders.decide(question, this.#clock.monotonic());
    }
  }

  #meterOf({ algorithm }: Limit): Meter {
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
        return this.#holders;
    }
  }
}
