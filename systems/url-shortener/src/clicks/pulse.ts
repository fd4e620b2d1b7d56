/**
 * Background work that comes back by itself: a run says after how many ms the
 * next one is due; `wake` brings it forward. Runs never overlap. The timer
 * does not keep the process alive.
 */
import { clearTimeout, setTimeout } from "node:timers";
import type { Clock } from "@tenfold/core";

export interface Pulse {
  /** Runs no later than `afterMs` from now; also during a run, for the next. */
  wake(afterMs: number): void;
  /** No further run; resolves when the last has ended. */
  stop(): Promise<void>;
}

/** `run` must not reject. Nothing runs before the first `wake`. */
export function createPulse(clock: Clock, run: () => Promise<number>): Pulse {
  let timer: NodeJS.Timeout | undefined;
  let dueMs = Infinity;
  let running: Promise<void> | undefined;
  let stopped = false;

  const schedule = (atMs: number): void => {
    if (stopped || atMs >= dueMs) return;
    dueMs = atMs;
    if (running !== undefined) return;
    clearTimeout(timer);
    timer = setTimeout(fire, Math.max(0, atMs - clock.monotonic())).unref();
  };
  const once = async (): Promise<void> => {
    const nextMs = await run();
    running = undefined;
    const dueAt = Math.min(dueMs, clock.monotonic() + nextMs);
    dueMs = Infinity;
    schedule(dueAt);
  };
  const fire = (): void => {
    dueMs = Infinity;
    running = once();
  };

  return {
    wake: (afterMs) => schedule(clock.monotonic() + afterMs),
    async stop() {
      stopped = true;
      clearTimeout(timer);
      await running;
    },
  };
}
