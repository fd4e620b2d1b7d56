/** Limits as the script's arguments, and its answers as decisions. */
import type { Clock } from "@tenfold/core";
import { createWindowCache } from "../calendar.ts";
import type { Decision } from "../decision.ts";
import type { Limit } from "../limit.ts";
import type { Kind } from "./script.ts";

/** Numbers in the answer for each limit. */
const ANSWERS = 6;

/** The limit's part of its arguments: shadow and the four numbers of its kind. */
export interface LimitArguments {
  readonly kind: Kind;
  readonly shadow: string;
  readonly numbers: (clock: Clock) => readonly string[];
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
    numbers(clock) {
      const { startMs, endMs } = windowOf(clock.now());
      return [...plain, `${startMs},${endMs},${nextOf(endMs).endMs}`];
    },
  };
}

/** What the script answers about the limit in place `index`. */
export function decisionAt(answer: readonly unknown[], index: number, limit: Limit): Decision {
  const number = (offset: number): number => {
    const value = answer[index * ANSWERS + offset];
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
