/** Bytes per second at most, for work that must leave room for clients. */
import type { Clock } from "@tenfold/core";

export interface Throttle {
  /** Resolves when so many bytes may have passed. Callers share one pace, in their order. */
  passed(bytes: number): Promise<void>;
}

/** `Infinity` never waits. Unused time is not saved up beyond one second. */
export function createThrottle(clock: Clock, bytesPerSecond: number): Throttle {
  let freeAtMs = 0;
  return {
    async passed(bytes) {
      if (bytesPerSecond === Infinity) return;
      const nowMs = clock.monotonic();
      freeAtMs = Math.max(freeAtMs, nowMs - 1_000) + (bytes / bytesPerSecond) * 1_000;
      if (freeAtMs > nowMs) await clock.sleep(freeAtMs - nowMs);
    },
  };
}
