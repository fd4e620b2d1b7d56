/**
 * What the algorithms in memory share: the question they are asked and the
 * arithmetic of granting.
 *
 * A question is a record that a limiter in memory uses again and again, so
 * that deciding allocates only the decision.
 */
import type { Decision } from "../decision.ts";
import { createLimit, type Limit } from "../limit.ts";

/** take: charge what is granted · look: charge nothing · force: charge, whatever is left. */
export type Mode = "take" | "look" | "force";

export interface Question {
  limit: Limit;
  /** The key's hash. */
  low: number;
  high: number;
  mode: Mode;
  /** Units asked for, and how few of them will do, at least 1. */
  cost: number;
  least: number;
  /** Names the units taken from a concurrency limit. */
  token: number;
}

const none = createLimit({ name: "none", algorithm: "fixed-window", limit: 1, windowMs: 1 });

/** A question that is about nothing yet. */
export function createQuestion(): Question {
  return { limit: none, low: 0, high: 0, mode: "look", cost: 1, least: 1, token: 0 };
}

/** An algorithm in memory: keeps the counters of all limits of its kind. */
export interface Meter {
  /** `nowMs` is monotonic; for fixed windows, wall time. */
  decide(question: Question, nowMs: number): Decision;
  forget(low: number, high: number): void;
  readonly keys: number;
  readonly bytes: number;
}

/** Units that are charged when `free` whole units are. */
export function grantOf(question: Question, free: number): number {
  if (question.mode !== "take" || free < question.least) return 0;
  return question.cost < free ? question.cost : free;
}

/** How long who was refused has to wait, at least 1 ms; Infinity when the cost never fits. */
export function retryAfter(question: Question, exactMs: number): number {
  if (question.least > question.limit.capacity) return Number.POSITIVE_INFINITY;
  return Math.max(1, Math.ceil(exactMs));
}
