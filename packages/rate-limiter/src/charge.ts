/** What every driver checks about a call before it counts anything. */
import { rateLimiterErrors } from "./errors.ts";
import type { Charge } from "./limiter.ts";

/** The most units that one call may ask for. */
const COST_MAX = 2 ** 31 - 1;

/** The most limits that one call may name. */
const CHARGES_MAX = 64;

/** Throws `charge_invalid` unless `cost` is a whole number from 0. */
export function assertCost(cost: number): void {
  if (Number.isInteger(cost) && cost >= 0 && cost <= COST_MAX) return;
  throw rateLimiterErrors.charge_invalid({
    detail: `A cost is a whole number from 0 to ${COST_MAX}, not ${cost}.`,
  });
}

/** Throws `charge_invalid` unless the charges can be made together. O(n²), n ≤ 64. */
export function assertCharges(charges: readonly Charge[]): void {
  if (charges.length > CHARGES_MAX) {
    throw rateLimiterErrors.charge_invalid({
      detail: `One call may name ${CHARGES_MAX} limits, not ${charges.length}.`,
    });
  }
  for (let index = 0; index < charges.length; index++) {
    const charge = charges[index];
    if (charge === undefined) continue;
    const { limit, key, cost = 1 } = charge;
    assertCost(cost);
    for (let other = 0; other < index; other++) {
      const twin = charges[other];
      if (twin?.key !== key || twin.limit.name !== limit.name) continue;
      if (twin.limit.algorithm !== limit.algorithm) continue;
      throw rateLimiterErrors.charge_invalid({
        detail: `The counter of limit "${limit.name}" for "${key}" is named twice in one call.`,
        hint: "Ask once, with the sum of the costs.",
      });
    }
  }
}

/** Throws `charge_invalid` unless `units` is a whole number and the limit counts units over time. */
export function assertPenalty({ limit, cost = 1 }: Charge): void {
  assertCost(Math.abs(cost));
  if (limit.algorithm !== "concurrency") return;
  throw rateLimiterErrors.charge_invalid({
    detail: `Limit "${limit.name}" counts what is held at once: nothing can be added to that.`,
    hint: "Use reserve(), and settle() to give back.",
  });
}
