/** Limits as the script's arguments, and its answers as decisions. */
import type { Clock } from "@tenfold/core";
import { createWindowCache } from "../calendar.ts";
import type { Decision } from "../decision.ts";
import type { Limit } from "../limit.ts";
import type { Kind } from "./script.ts";

/** Numbers in the answer for each charge. */
const ANSWERS = 4;
/** How the script says that a call can never succeed. */
const NEVER = 2 ** 53;

/** A limit as the script is told about it. */
export interface LimitArguments {
  readonly kind: Kind;
  /** Its kind, shadow, and the four arguments of the kind. */
  readonly list: () => readonly string[];
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
export function argumentsOf(limit: Limit, clock: Clock): LimitArguments {
  const { policy } = limit;
  const kind = kinds[limit.algorithm];
  const spanUs = (limit.intervalMs > 0 ? limit.intervalMs : limit.windowMs) * 1_000;
  const numbers = [spanUs, limit.capacity, limit.waits ? 1 : 0];
  const plain = [kind, limit.shadow ? "1" : "0", ...numbers.map(String)];
  const fixed = [...plain, ""];
  if (policy.algorithm !== "calendar-window") return { kind, list: () => fixed };
  // The calendar is ours, the time Redis's own: it picks among the windows around our now.
  const windowOf = createWindowCache(policy);
  const nextOf = createWindowCache(policy);
  return {
    kind,
    list() {
      const { startMs, endMs } = windowOf(clock.now());
      return [...plain, `${startMs},${endMs},${nextOf(endMs).endMs}`];
    },
  };
}

/** What the script answers about the charge in place `index`. */
export function decisionAt(answer: readonly unknown[], index: number, limit: Limit): Decision {
  const at = index * ANSWERS;
  const holdMs = numberAt(answer, at + 2);
  const allowed = holdMs <= 0;
  return {
    allowed,
    rule: limit.name,
    limit: limit.capacity,
    remaining: numberAt(answer, at + 1),
    granted: numberAt(answer, at),
    waitMs: holdMs < 0 ? -holdMs : 0,
    retryAfterMs: allowed ? 0 : holdMs >= NEVER ? Number.POSITIVE_INFINITY : holdMs,
    resetMs: numberAt(answer, at + 3),
  };
}

function numberAt(answer: readonly unknown[], at: number): number {
  const value = answer[at];
  if (typeof value === "number") return value;
  throw new TypeError("Redis answered something else than numbers");
}
