/** One replica's share of a limit, for when replicas cannot agree. */
import { createLimit, type Limit, type LimitSpec } from "../limit.ts";
import type { Policy } from "../policy.ts";

/**
 * limit ÷ replicas. Where that is less than one unit, one unit in a window
 * that is as much longer; a calendar window or a concurrency limit keeps one.
 */
export function shareOf(limit: Limit, replicas: number): Limit {
  const { name, shadow, whenUnavailable } = limit;
  const spec: LimitSpec = {
    ...sharedPolicy(limit.policy, replicas),
    name,
    shadow,
    whenUnavailable,
  };
  return createLimit(spec);
}

function sharedPolicy(policy: Policy, replicas: number): Policy {
  const part = (units: number): number => Math.max(1, Math.floor(units / replicas));
  const limit = part(policy.limit);
  if (policy.algorithm === "calendar-window" || policy.algorithm === "concurrency") {
    return { ...policy, limit };
  }
  // Longer by what rounding gave too much, so that the rates add up to the limit's.
  const longer = Math.max(1, (limit * replicas) / policy.limit);
  const windowMs = Math.ceil(policy.windowMs * longer);
  if (policy.algorithm === "token-bucket" && policy.burst !== undefined) {
    return { ...policy, limit, windowMs, burst: part(policy.burst) };
  }
  if (policy.algorithm === "leaking-bucket" && policy.queue !== undefined) {
    return { ...policy, limit, windowMs, queue: part(policy.queue) };
  }
  return { ...policy, limit, windowMs };
}
