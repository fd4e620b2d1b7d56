/**
 * Where decisions are made.
 *
 *   one process      memory
 *   many             Redis, one round trip for all limits of a request ─▶ guarded: a
 *                    deadline, a breaker, and each limit's own policy while Redis is away
 *                    └▶ leased: for redirects, which take quota in blocks and do not wait
 *
 * In a Redis cluster limits spread over the nodes by what they count. Those of one
 * request are often about different keys (an account, an address): each node then
 * decides about its own, and a refusal is undone on the others.
 */
import {
  guardedLimiter,
  leasedLimiter,
  memoryLimiter,
  redisLimiter,
  type Limiter,
} from "@tenfold/rate-limiter";
import type { Platform } from "@tenfold/system";
import type { RateLimitsOptions } from "./options.ts";

export interface Stores {
  kind: "memory" | "redis";
  /** Decides about requests. */
  limiter: Limiter;
  /** Decides for routes that must not wait. */
  quick: Limiter;
  /** Counts in this process whatever the rest does. */
  local: Limiter<"now">;
  healthy(): boolean;
}

/** Begins the keys of all limits, after the installation's own prefix. */
const PREFIX = "limit:";

/** Chooses by what the platform stands on. */
export function createStores(
  platform: Pick<Platform, "clock" | "random" | "log" | "metrics" | "state">,
  { deadlineMs, replicas }: Pick<RateLimitsOptions, "deadlineMs" | "replicas">,
): Stores {
  const { clock, random, log, metrics, state } = platform;
  const local = memoryLimiter({ clock, random });
  const { scripts } = state;
  if (scripts === undefined) {
    return { kind: "memory", limiter: local, quick: local, local, healthy: () => true };
  }
  const redis = redisLimiter({ client: scripts, clock, random }, { prefix: PREFIX });
  const limiter = guardedLimiter({ limiter: redis, clock, log, metrics }, { deadlineMs, replicas });
  const quick = leasedLimiter({ limiter, clock });
  return { kind: "redis", limiter, quick, local, healthy: () => state.healthy() };
}
