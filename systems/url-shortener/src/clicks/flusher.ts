/**
 * Gets what was recorded into the log. A flush that fails is kept as it is and
 * sent again first, under the same number; see `log.ts`.
 */
import { setImmediate } from "node:timers/promises";
import type { Sql } from "@tenfold/sql";
import type { Aggregator } from "./aggregator.ts";
import { appendFlush, FlushWriter, type Flush } from "./log.ts";

/** Few enough that packing them keeps nobody waiting: half a millisecond. */
const clicksPerFlush = 4_000;
const cellsPerFlush = 5_000;
const cellsPerSlice = 20;

export class Flusher {
  readonly #deps: { sql: Sql; writer: string };
  readonly #aggregator: Aggregator;
  #seq = 0;
  #unanswered: Flush | undefined;
  #last: Promise<void> = Promise.resolve();

  constructor(deps: { sql: Sql; writer: string }, aggregator: Aggregator) {
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
    const aggregator = this.#aggregator;
    await this.#send();
    for (let left = aggregator.rawCount; left > 0; left -= clicksPerFlush) {
      await this.#send(this.#packClicks(Math.min(left, clicksPerFlush)));
    }
    // Afterwards, since clicks may have been moved into cells meanwhile.
    while (aggregator.cellCount > 0) await this.#send(await this.#packCells());
  }

  #packClicks(clicks: number): Flush {
    const flush = new FlushWriter();
    this.#aggregator.takeClicks(clicks, (linkId, hour, click) =>
      flush.batchOf(linkId).addClick(linkId, hour, click),
    );
    return flush.finish((this.#seq += 1));
  }

  async #packCells(): Promise<Flush> {
    const flush = new FlushWriter();
    for (const [index, linkHour] of this.#aggregator.takeCells(cellsPerFlush).entries()) {
      flush.batchOf(linkHour.linkId).addCell(linkHour);
      if (index % cellsPerSlice === cellsPerSlice - 1) await setImmediate();
    }
    return flush.finish((this.#seq += 1));
  }

  async #send(flush = this.#unanswered): Promise<void> {
    if (flush === undefined) return;
    this.#unanswered = flush;
    await appendFlush(this.#deps.sql, this.#deps.writer, flush);
    this.#unanswered = undefined;
  }
}
