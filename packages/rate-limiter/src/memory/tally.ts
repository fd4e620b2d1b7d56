/**
 * One question to a meter and its answer, in one record that a limiter in
 * memory uses again and again: deciding then allocates only the decision.
 */
import type { Decision } from "../decision.ts";
import type { Limit } from "../limit.ts";

/** take: charge what is granted · look: charge nothing · force: charge, whatever is left. */
export type Mode = "take" | "look" | "force";

export interface Tally {
  limit: Limit;
  /** The key's hash. */
  low: number;
  high: number;
  /** Monotonic; for fixed windows, wall time. */
  nowMs: number;
  /** Units asked for, and how few of them will do, at least 1. */
  cost: number;
  least: number;
  mode: Mode;
  /** Names the units taken from a concurrency limit. */
  token: number;

  allowed: boolean;
  granted: number;
  remaining: number;
  waitMs: number;
  retryAfterMs: number;
  resetMs: number;
}

/** An algorithm in memory: keeps counters, and answers into the tally. */
export interface Meter {
  decide(tally: Tally): void;
  forget(low: number, high: number): void;
  readonly keys: number;
  readonly bytes: number;
}

export function createTally(limit: Limit): Tally {
  return {
    limit,
    low: 0,
    high: 0,
    nowMs: 0.5, // Not whole, so that the field holds a double from the start.
    cost: 1,
    least: 1,
    mode: "take",
    token: 0,
    allowed: true,
    granted: 0,
    remaining: 0,
    waitMs: 0,
    retryAfterMs: 0,
    resetMs: 0,
  };
}

/** Given the whole units that are free, decides who gets them. */
export function grant(tally: Tally, free: number): void {
  tally.allowed = free >= tally.least;
  const takes = tally.mode === "take" && tally.allowed;
  tally.granted = takes ? (tally.cost < free ? tally.cost : free) : 0;
  tally.remaining = free > tally.granted ? free - tally.granted : 0;
}

/** A wait of at least 1 ms for who was refused; never is Infinity. */
export function retryAfter(tally: Tally, exactMs: number): number {
  if (tally.allowed) return 0;
  return tally.least > tally.limit.capacity ? Number.POSITIVE_INFINITY : Math.max(1, Math.ceil(exactMs));
}

export function decisionOf(tally: Tally): Decision {
  return {
    allowed: tally.allowed,
    rule: tally.limit.name,
    limit: tally.limit.capacity,
    remaining: tally.remaining,
    granted: tally.mode === "force" ? tally.cost : tally.granted,
    waitMs: tally.waitMs,
    retryAfterMs: tally.retryAfterMs,
    resetMs: tally.resetMs,
  };
}
