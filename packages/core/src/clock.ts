/**
 * Time as a dependency. Libraries take a `Clock` instead of reading the
 * machine's, so that a test moves time by hand and a seed replays a run.
 */
import { setTimeout as delay } from "node:timers/promises";

export interface Clock {
  /** Wall time in ms since the Unix epoch. May step in either direction. */
  now(): number;
  /** Monotonic time in ms, for measuring durations. Never steps back. */
  monotonic(): number;
  /** Resolves after `ms`; rejects with the signal's reason when aborted. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** The machine's clock. Its sleeps keep the process alive. */
export const systemClock: Clock = Object.freeze({
  now: () => Date.now(),
  monotonic: () => performance.now(),
  sleep: async (ms: number, signal?: AbortSignal) => {
    await delay(ms, undefined, signal === undefined ? {} : { signal });
  },
});

export interface ManualClock extends Clock {
  /** Moves wall and monotonic time forward, waking sleepers in order. */
  advance(ms: number): Promise<void>;
  /** Steps wall time only, as NTP or an operator would; either direction. */
  step(ms: number): void;
}

interface Sleeper {
  dueMs: number;
  wake: () => void;
}

/** A clock that stands still until a test moves it. */
export function createManualClock(startMs = 1_750_000_000_000): ManualClock {
  let wallMs = startMs;
  let monotonicMs = 0;
  let sleepers: Sleeper[] = [];

  return {
    now: () => wallMs,
    monotonic: () => monotonicMs,
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        if (signal?.aborted) return reject(signal.reason);
        const sleeper: Sleeper = { dueMs: monotonicMs + ms, wake: resolve };
        sleepers.push(sleeper);
        signal?.addEventListener(
          "abort",
          () => {
            sleepers = sleepers.filter((other) => other !== sleeper);
            reject(signal.reason);
          },
          { once: true },
        );
      }),
    async advance(ms) {
      const endMs = monotonicMs + ms;
      for (;;) {
        const due = sleepers.filter((s) => s.dueMs <= endMs).sort((a, b) => a.dueMs - b.dueMs)[0];
        const stepMs = (due?.dueMs ?? endMs) - monotonicMs;
        wallMs += stepMs;
        monotonicMs += stepMs;
        if (due === undefined) break;
        sleepers = sleepers.filter((s) => s !== due);
        due.wake();
        await new Promise(setImmediate);
      }
      await new Promise(setImmediate);
    },
    step(ms) {
      wallMs += ms;
    },
  };
}
