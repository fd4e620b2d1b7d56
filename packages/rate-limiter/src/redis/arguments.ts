/** Limits as the script's arguments, and its answers as decisions. */
import { createWindowCache } from "../calendar.ts";
import type { Decision } from "../decision.ts";
import type { Limit } from "../limit.ts";

/** Numbers in the answer for each limit. */
const ANSWERS = 6;

/** The limit's part of its arguments: shadow and the four numbers of its kind. */
export interface LimitArguments {
  readonly kind: string;
  readonly shadow: string;
  readonly numbers: (nowMs: number) => readonly string[];
}

const kinds = {
  "token-bucket": "bucket",
  "leaking-bucket": "bucket",
  "fixed-window": "window",
  "calendar-window": "window",
  "sliding-counter": "counter",
  "sliding-log": "log",
  concurrency: "holders",
} as const;

/** Made once for each limit. */
export function argumentsOf(limit: Limit): LimitArguments {
  const { policy } = limit;
  const spanMs = limit.intervalMs > 0 ? limit.intervalMs : limit.windowMs;
  const plain = [String(spanMs * 1_000), String(limit.capacity), limit.waits ? "1" : "0"];
  const fixed = [...plain, ""];
  const common = { kind: kinds[limit.algorithm], shadow: limit.shadow ? "1" : "0" };
  if (policy.algorithm !== "calendar-window") {
    return { ...common, numbers: () => fixed };
  }
  // The calendar is ours, the time Redis's own: it picks among the windows around our now.
  const windowOf = createWindowCache(policy);
  const nextOf = createWindowCache(policy);
  return {
    ...common,
    numbers(nowMs) {
      const { startMs, endMs } = windowOf(nowMs);
      return [...plain, `${startMs},${endMs},${nextOf(endMs).endMs}`];
    },
  };
}

/** The answer about the limit at `index` of a call. */
export function decisionAt(answer: unknown, index: number, limit: Limit): Decision {
  const number = (offset: number): number => {
    const value: unknown = Array.isArray(answer) ? answer[index * ANSWERS + offset] : undefined;
    if (typeof value !== "number")
      throw new TypeError("Redis answered something else than numbers");
    return value;
  };
  const retryAfterMs = number(4);
  return {
    allowed: number(0) === 1,
    rule: limit.name,
    limit: limit.capacity,
    granted: number(1),
    remaining: number(2),
    waitMs: number(3),
    retryAfterMs: retryAfterMs < 0 ? Number.POSITIVE_INFINITY : retryAfterMs,
    resetMs: number(5),
  };
}
