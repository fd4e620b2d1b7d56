/**
 * How often somebody may try, in this process's memory. Asked only when a code is
 * not in memory, so that a redirect never pays for it.
 */
import type { Clock } from "@tenfold/core";
import { addressKey, createLimit, memoryLimiter } from "@tenfold/rate-limiter";

export interface Attempts {
  /** True when the minute's attempts are used up. Counts nothing. */
  exceeded(key: string): boolean;
  /** Counts one attempt. */
  count(key: string): void;
}

/** Keys that are counted apart; further ones share counters. */
const KEYS_MAX = 50_000;

/** Allows `perMinuteMax` attempts a minute and key. */
export function createAttempts(
  { clock }: { clock: Clock },
  { perMinuteMax }: { perMinuteMax: number },
): Attempts {
  const limiter = memoryLimiter({ clock }, { keysMax: KEYS_MAX });
  const limit = createLimit({
    name: "attempts",
    algorithm: "fixed-window",
    limit: perMinuteMax,
    windowMs: 60_000,
  });
  return {
    exceeded: (key) => !limiter.peek(limit, key).allowed,
    count: (key) => void limiter.consume(limit, key),
  };
}

/** An IPv4 address as it is; of IPv6 the /64, since one household or machine has all of it. */
export function networkOf(address: string): string {
  return addressKey(address, { ipv4Prefix: 32, ipv6Prefix: 64 });
}
