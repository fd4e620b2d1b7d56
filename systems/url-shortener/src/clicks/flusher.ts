/**
 * Gets what was recorded into the log. A flush that fails is kept as it is and
 * sent again first, under the same number; see `log.ts`.
 */
import { setImmediate } from "node:timers/promises";
import type { Clock } from "@tenfold/core";
import type { Sql } from "@tenfold/sql";
import type { Aggregator } from "./aggregator.ts";
import { appendFlush, packFlush, type Flush } from "./log.ts";

const sliceMs = 1;
const clicksPerLook = 20;
const cellsPerFlush = 5_000;

export class Flusher {
  readonly #deps: { sql: Sql; clock: Clock; writer: string };
  readonly #aggregator: Aggregator;
  #seq = 0;
  #unanswered: Flush | undefined;
  #last: Promise<void> = Promise.resolve();

  constructor(deps: { sql: Sql; clock: Clock; writer: string }, aggregator: Aggregator) {
    this.#deps = deps;
    this.#aggregator = aggregator;
  }

  /** True when there is nothing that a flush would write. */
  get idle(): boolean {
    const { rawCount, cellCount } = this.#aggregator;
    return rawCount === 0 && cellCount === 0 && this.#unanswered === undefined;
  }

  /** Whatever was recorded before the call is durable when it resolves; rejects when SQL is away. */
  flush(): Promise<void> {
    const run = (): Promise<void> => this.#run();
    // One after the other; each reports its own failure only.
    const current = this.#last.then(run, run);
    this.#last = current;
    return current;
  }

  async #run(): Promise<void> {
    await this.#digest();
    await this.#send();
    while (this.#aggregator.cellCount > 0) {
      const cells = this.#aggregator.take(cellsPerFlush);
      this.#seq += 1;
      this.#unanswered = await packFlush(this.#seq, cells);
      await this.#send();
    }
  }

  /** Counts what is there now, giving way every few milliseconds. */
  async #digest(): Promise<void> {
    const { clock } = this.#deps;
    let left = this.#aggregator.rawCount;
    while (left > 0) {
      const untilMs = clock.monotonic() + sliceMs;
      // By count as well: a clock that stands still must not make one long slice.
      for (let look = 0; left > 0 && look < 20 && clock.monotonic() < untilMs; look += 1) {
        this.#aggregator.digest(Math.min(left, clicksPerLook));
        left -= clicksPerLook;
      }
      if (left > 0) await setImmediate();
    }
  }

  async #send(): Promise<void> {
    if (this.#unanswered === undefined) return;
    await appendFlush(this.#deps.sql, this.#deps.writer, this.#unanswered);
    this.#unanswered = undefined;
  }
}
