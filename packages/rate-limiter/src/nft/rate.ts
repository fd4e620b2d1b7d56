/**
 * A limit as the kernel's token bucket: `limit rate over 600/minute burst 600
 * packets`. The rate must be a whole number per second, minute, hour or day.
 *
 * The kernel must never refuse what the rule would allow, so whatever a policy
 * admits in any span, its bucket admits too:
 *
 *   token, leaking bucket   the same bucket
 *   sliding log             ≤ limit · (⌊span/window⌋ + 1)   a bucket of `limit`
 *   fixed window, counter   ≤ limit · (⌊span/window⌋ + 2)   a bucket of 2 · `limit`
 */
import type { Limit } from "../limit.ts";

const units = [
  { name: "second", ms: 1_000 },
  { name: "minute", ms: 60_000 },
  { name: "hour", ms: 3_600_000 },
  { name: "day", ms: 86_400_000 },
] as const;

/** The kernel counts a burst in 32 bits. */
const BURST_MAX = 2 ** 32 - 1;

export interface KernelRate {
  /** `600/minute burst 600 packets` */
  text: string;
  /** How long an idle counter has to be kept: then its bucket is full again. */
  timeoutSeconds: number;
}

/** The kernel's bucket for a limit; `undefined` where there is none. */
export function kernelRate(limit: Limit, factor: number): KernelRate | undefined {
  if (limit.algorithm === "concurrency") return undefined;
  const twoWindows = ["fixed-window", "calendar-window", "sliding-counter"].includes(
    limit.algorithm,
  );
  const distance = (ms: number): number => (ms === limit.windowMs ? 0 : ms);
  const perMs = (limit.policy.limit * factor) / limit.windowMs;
  const burst = Math.min(BURST_MAX, Math.ceil(limit.capacity * (twoWindows ? 2 : 1) * factor));
  // The rule's own unit reads best; of the others, the shortest that is exact.
  const ordered = [...units].sort((a, b) => distance(a.ms) - distance(b.ms));
  const exact = ordered.find(({ ms }) => isWhole(perMs * ms));
  // Never below the rule's rate: the longest unit rounds up the least.
  const { name, ms } = exact ?? units[3];
  const rate = exact === undefined ? Math.ceil(perMs * ms) : Math.round(perMs * ms);
  return {
    text: `${rate}/${name} burst ${burst} packets`,
    timeoutSeconds: Math.max(1, Math.ceil(burst / perMs / 1000)),
  };
}

/** Whole but for what floating point leaves. */
function isWhole(value: number): boolean {
  const nearest = Math.round(value);
  return nearest >= 1 && Math.abs(value - nearest) < nearest * 1e-9;
}
