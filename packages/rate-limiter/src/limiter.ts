/**
 * The port of the package: one interface for memory, Redis, and what is built
 * around them (the failure guard, leased quota).
 *
 * A limiter in memory answers at once, one on Redis with a promise. `When`
 * tells them apart: `Limiter<"now">` returns plain values and makes no
 * promise, `Limiter<"later">` returns promises, and `Limiter` is either:
 * `await` takes both, and `instanceof Promise` tells where that matters.
 *
 * The contract
 *   Order       decisions about one key are serial; what one call charged, the next one sees.
 *   Atomicity   `consumeAll` and `reserve` are all-or-nothing: when one enforced limit refuses,
 *               nothing is charged anywhere. Naming one counter twice in a call is refused.
 *   Shadow      a shadow limit never refuses. It is charged whenever the call is allowed and it
 *               would have allowed it, so that it counts as it would when enforced.
 *   Units       whole numbers; a cost of 0 asks without charging.
 *   Unknown     a key never seen has its whole limit left.
 *   Identity    a counter is named by its limit's name and algorithm, and the key. A changed limit
 *               of the same name and algorithm goes on with the same counters.
 *   Unspecified which of several refusing limits is looked at first; time's resolution below 1 ms.
 */
import type { Decision, JointDecision } from "./decision.ts";
import type { Limit } from "./limit.ts";

/** Whether answers come at once, by promise, or either way. */
export type When = "now" | "later";

/** `Value` for "now", a promise of it for "later", both for either. */
export type Answer<W extends When, Value> = W extends "now" ? Value : Promise<Value>;

/** One limit's part in a call. */
export interface Charge {
  readonly limit: Limit;
  /** Who or what is counted; any characters. */
  readonly key: string;
  /** Default 1. */
  readonly cost?: number;
}

export interface Limiter<W extends When = When> {
  /** Takes `cost` units (default 1), or none and says when. */
  consume(limit: Limit, key: string, cost?: number): Answer<W, Decision>;
  /** As many as are left, up to `most`; `granted` says how many. Refused when that is none. */
  consumeUpTo(limit: Limit, key: string, most: number): Answer<W, Decision>;
  /** Takes from every limit, or from none. One round trip, however many. */
  consumeAll(charges: readonly Charge[]): Answer<W, JointDecision>;
  /** As `consumeAll`, for what must be given back, or whose cost is known only afterwards. */
  reserve(charges: readonly Charge[]): Answer<W, Reservation<W>>;
  /** What is left; charges nothing. Refused when not one unit is. */
  peek(limit: Limit, key: string): Answer<W, Decision>;
  /**
   * Charges `units` whatever is left, so that the key may owe; negative gives
   * back, at most to a full limit. Not for concurrency limits.
   */
  penalize(limit: Limit, key: string, units: number): Answer<W, Decision>;
  /** Forgets the counter. */
  reset(limit: Limit, key: string): Answer<W, void>;
}

/** Units taken that are not yet paid for. */
export interface Reservation<W extends When = When> {
  readonly decision: JointDecision;
  /**
   * Ends it: units of concurrency limits are given back, and every other
   * charge becomes `cost` instead of what was reserved (as `penalize` would);
   * without `cost` they stay as they are. Later calls do nothing, and so does
   * one on a refused reservation.
   */
  readonly settle: (cost?: number) => Answer<W, void>;
}
