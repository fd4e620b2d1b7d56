/** What is owed when a reservation ends. */
import type { JointDecision } from "./decision.ts";
import type { Charge } from "./limiter.ts";

/**
 * One charge for each counter that changes: for a concurrency limit the units
 * to give back, for others the difference to `cost`, which may be negative.
 */
export function settlements(ended: {
  readonly charges: readonly Charge[];
  readonly decision: JointDecision;
  readonly cost: number | undefined;
}): Charge[] {
  const { charges, decision, cost } = ended;
  const due: Charge[] = [];
  let part = 0;
  let shadow = 0;
  for (const { limit, key } of charges) {
    const made = limit.shadow ? decision.shadows[shadow++] : decision.parts[part++];
    if (made === undefined || made.granted === 0) continue;
    const held = limit.algorithm === "concurrency";
    const change = held ? made.granted : (cost ?? made.granted) - made.granted;
    if (change !== 0) due.push({ limit, key, cost: change });
  }
  return due;
}
