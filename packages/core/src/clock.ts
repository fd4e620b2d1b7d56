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

/** The longest wait of one timer; Node fires a longer one after 1 ms instead. */
const TIMER_MS_MAX = 2 ** 31 - 1;

/** The machine's clock. Its sleeps keep the process alive. */
export const systemClock: Clock = Object.freeze({
  now: () => Date.now(),
  monotonic: () => performance.now(),
  async sleep(ms: number, signal?: AbortSignal) {
    const options = signal === undefined ? {} : { signal };
    const endMs = performance.now() + ms;
    let leftMs = ms;
    try {
      do {
        await delay(Math.min(leftMs, TIMER_MS_MAX), undefined, options);
        leftMs = endMs - performance.now();
      } while (leftMs >= 1);
    } catch (error) {
      // Node rejects with an AbortError of its own that hides the reason.
      signal?.throwIfAborted();
      throw error;
    }
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
  // Where time is being moved to: calls that overlap add up, and share one walk.
  let targetMs = 0;
  let walking: Promise<void> | undefined;

  const walk = async (): Promise<void> => {
    for (;;) {
      const due = sleepers
        .filter((sleeper) => sleeper.dueMs <= targetMs)
        .sort((a, b) => a.dueMs - b.dueMs)[0];
      const nextMs = due?.dueMs ?? targetMs;
      wallMs += nextMs - monotonicMs;
      monotonicMs = nextMs;
      due?.wake();
      // Lets the woken run, so that they can sleep again within this walk.
      await new Promise(setImmediate);
      if (due === undefined && monotonicMs === targetMs) break;
    }
    walking = undefined;
  };

  return {
    now: () => wallMs,
    monotonic: () => monotonicMs,
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        if (signal?.aborted) return reject(signal.reason);
        const leave = (): void => {
          sleepers = sleepers.filter((other) => other !== sleeper);
          signal?.removeEventListener("abort", abort);
        };
        const abort = (): void => {
          leave();
          reject(signal?.reason);
        };
        const sleeper: Sleeper = {
          dueMs: monotonicMs + Math.max(ms, 0),
          wake: () => {
            leave();
            resolve();
          },
        };
        sleepers.push(sleeper);
        signal?.addEventListener("abort", abort, { once: true });
      }),
    advance(ms) {
      if (!(ms >= 0)) throw new RangeError(`advance() only goes forward, not by ${ms} ms`);
      targetMs += ms;
      return (walking ??= walk());
    },
    step(ms) {
      wallMs += ms;
    },
  };
}
