/**
 * How long to wait for a peer before its silence means something: by what its
 * answers took so far, as TCP does for retransmission (Jacobson, 1988; RFC 6298).
 *
 *     timeout = mean + 4 × deviation, within bounds
 *
 * It does for pings what an accrual detector does for heartbeats: a peer under load
 * answers later and less evenly, and is given that much more time.
 */

export interface Latency {
  observe(ms: number): void;
  /** The answer did not come: the peer may only be slow, so the next wait is twice as long. */
  miss(): void;
  timeoutMs(): number;
}

export interface LatencyBounds {
  readonly timeoutMsMin: number;
  readonly timeoutMsMax: number;
}

export function createLatency({ timeoutMsMin, timeoutMsMax }: LatencyBounds): Latency {
  let mean: number | undefined;
  let deviation = 0;
  let factor = 1;
  return {
    observe(ms) {
      factor = 1;
      if (mean === undefined) {
        mean = ms;
        deviation = ms / 2;
        return;
      }
      deviation += (Math.abs(ms - mean) - deviation) / 4;
      mean += (ms - mean) / 8;
    },
    miss() {
      factor = Math.min(factor * 2, 16);
    },
    timeoutMs: () =>
      Math.min(timeoutMsMax, Math.max(timeoutMsMin, (mean ?? 0) + 4 * deviation) * factor),
  };
}
