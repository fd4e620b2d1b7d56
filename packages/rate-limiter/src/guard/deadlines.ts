/**
 * One deadline for many calls, all equally far away: so they end in the order
 * in which they began, and one timer at a time is enough.
 */
import type { Clock } from "@tenfold/core";

interface Waiting {
  readonly dueMs: number;
  readonly expire: () => void;
}

export class Deadlines {
  readonly #clock: Clock;
  readonly #afterMs: number;
  #waiting: Waiting[] = [];
  #running = false;

  constructor(clock: Clock, afterMs: number) {
    this.#clock = clock;
    this.#afterMs = afterMs;
  }

  /** Calls `expire` after the deadline, also when nobody cares any more. */
  add(expire: () => void): void {
    this.#waiting.push({ dueMs: this.#clock.monotonic() + this.#afterMs, expire });
    if (!this.#running) void this.#run();
  }

  async #run(): Promise<void> {
    this.#running = true;
    for (let first = this.#waiting[0]; first !== undefined; first = this.#waiting[0]) {
      await this.#clock.sleep(Math.max(0, first.dueMs - this.#clock.monotonic()));
      // Answers that arrived while this process was busy are not late: they are read first.
      await new Promise(setImmediate);
      const nowMs = this.#clock.monotonic();
      const due = this.#waiting.findIndex(({ dueMs }) => dueMs > nowMs);
      const expired = this.#waiting.splice(0, due < 0 ? this.#waiting.length : due);
      for (const { expire } of expired) expire();
    }
    this.#running = false;
  }
}
