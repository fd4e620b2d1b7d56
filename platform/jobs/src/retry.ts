/**
 * When a failed job is tried again.
 *
 *   retry        1        2         3          n
 *   ceiling   delay   2·delay   4·delay   min(max, 2ⁿ⁻¹·delay)
 *   wait      ceiling/2 … ceiling, drawn evenly ("equal jitter")
 *
 * The jitter is inside the ceiling: no wait grows beyond the maximum, and jobs
 * that failed together at the maximum still come back apart. (pg-boss cuts off
 * after its jitter, so there they all come back at once; its unit is seconds.)
 */
import type { Random } from "@tenfold/core";

export interface RetryLimits {
  retryDelayMs: number;
  retryDelayMsMax: number;
}

/** How long to wait before trying again a job that has been retried `retries` times. */
export function retryWaitMs(limits: RetryLimits, retries: number, random: Random): number {
  const doublings = Math.min(retries, 40);
  const ceilingMs = Math.min(limits.retryDelayMsMax, limits.retryDelayMs * 2 ** doublings);
  return Math.round(ceilingMs / 2 + (ceilingMs / 2) * random.float());
}
