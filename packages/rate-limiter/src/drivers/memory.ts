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
import type { Limit } from "../limit.ts";
import type { Charge, Limiter, Reservation } from "../limiter.ts";
import { KeyHash } from "../memory/key-hash.ts";
import { createQuestion, type Mode, type Question } from "../memory/meter.ts";
import { Meters } from "../memory/meters.ts";
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

class MemoryDriver implements MemoryLimiter {
  readonly #clock: Clock;
  readonly #hash: KeyHash;
  readonly #meters: Meters;
  /** One for each charge of a call, used again and again; the first is every other call's. */
  readonly #question = createQuestion();
  readonly #questions = [this.#question];
  #tokens = 0;
  #wallMs = 0;
  #monotonicMs = 0;

  constructor(deps: MemoryLimiterDeps, { keysMax }: MemoryLimiterOptions) {
    this.#clock = deps.clock ?? systemClock;
    this.#hash = new KeyHash(deps.random ?? systemRandom);
    this.#meters = new Meters(keysMax);
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
    const question = this.#ask(limit, key, "look");
    question.cost = 0;
    question.least = 1;
    return this.#decide(question);
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
    this.#meters.forget(limit, this.#ask(limit, key, "look"));
  }

  usage(): { keys: number; bytes: number } {
    return this.#meters.usage();
  }

  /**
   * Looks at all limits but one, takes from that one, then from the others. It is the last that
   * can refuse: when it does, nothing has been charged.
   */
  #consumeAll(charges: readonly Charge[], token: number): JointDecision {
    const pivot = this.#prepare(charges, token);
    this.#readClocks(charges);
    const decisions: Decision[] = [];
    let refused = false;
    for (let index = 0; index < charges.length; index++) {
      if (index !== pivot && this.#refuses(index, "look", decisions)) refused = true;
    }
    if (pivot >= 0 && this.#refuses(pivot, refused ? "look" : "take", decisions)) refused = true;
    const takers = refused ? 0 : charges.length;
    for (let index = 0; index < takers; index++) {
      if (index !== pivot) this.#refuses(index, "take", decisions);
    }
    return split(charges, decisions);
  }

  /** Asks one of the questions again; whether its limit is enforced and refuses. */
  #refuses(index: number, mode: Mode, decisions: Decision[]): boolean {
    const question = this.#questions[index];
    if (question === undefined) return false;
    const { limit } = question;
    question.mode = mode;
    const nowMs = followsCalendar(limit) ? this.#wallMs : this.#monotonicMs;
    const decision = this.#meters.decide(question, nowMs);
    decisions[index] = decision;
    return !decision.allowed && !limit.shadow;
  }

  /**
   * One question for each charge, so that each key is hashed once. Answers the number of the last
   * one that is enforced, or -1.
   */
  #prepare(charges: readonly Charge[], token: number): number {
    let pivot = -1;
    for (let index = 0; index < charges.length; index++) {
      const charge = charges[index];
      if (charge === undefined) continue;
      const { limit, key, cost = 1 } = charge;
      const question = (this.#questions[index] ??= createQuestion());
      this.#hash.hashInto(question, limit, key);
      question.limit = limit;
      question.cost = cost;
      question.least = cost > 1 ? cost : 1;
      question.token = token;
      if (!limit.shadow) pivot = index;
    }
    return pivot;
  }

  #settle({ limit, key, cost = 0 }: Charge, token: number): void {
    if (limit.algorithm !== "concurrency") return void this.penalize(limit, key, cost);
    const { low, high } = this.#ask(limit, key, "look");
    this.#meters.holders.release(low, high, token);
  }

  #ask(limit: Limit, key: string, mode: Mode): Question {
    const question = this.#question;
    this.#hash.hashInto(question, limit, key);
    question.limit = limit;
    question.mode = mode;
    return question;
  }

  #decide(question: Question): Decision {
    const nowMs = followsCalendar(question.limit) ? this.#clock.now() : this.#clock.monotonic();
    return this.#meters.decide(question, nowMs);
  }

  /** Reads each clock that the charges need, once. */
  #readClocks(charges: readonly Charge[]): void {
    let wall = false;
    let monotonic = false;
    for (const { limit } of charges) {
      if (followsCalendar(limit)) wall = true;
      else monotonic = true;
    }
    if (wall) this.#wallMs = this.#clock.now();
    if (monotonic) this.#monotonicMs = this.#clock.monotonic();
  }
}

const followsCalendar = ({ algorithm }: Limit): boolean =>
  algorithm === "fixed-window" || algorithm === "calendar-window";

/** The answers of enforced and of shadow limits, each in the order of the charges. */
function split(charges: readonly Charge[], decisions: readonly Decision[]): JointDecision {
  const parts: Decision[] = [];
  const shadows: Decision[] = [];
  for (let index = 0; index < decisions.length; index++) {
    const decision = decisions[index];
    if (decision === undefined) continue;
    if (charges[index]?.limit.shadow === true) shadows.push(decision);
    else parts.push(decision);
  }
  return joinDecisions(parts, shadows);
}
