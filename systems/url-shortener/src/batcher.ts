/**
 * Group commit: calls that arrive in the same turn of the event loop, or while
 * a batch is at the database, travel together in the next one. A commit's wait
 * for the disk is then shared by many callers instead of paid by each.
 *
 *   call ─┐
 *   call ─┼─▶ waiting ──(turn ends, a lane is free, not too soon)──▶ run(batch) ─▶ one result each
 *   call ─┘
 */
import type { Clock } from "@tenfold/core";

export interface BatcherOptions {
  /** Items per batch, at most. */
  batchMax: number;
  /** Batches under way at once, at most. */
  lanesMax: number;
  /**
   * From the start of one batch to the start of the next, at least. A call after a pause does
   * not wait; a stream of them shares statements, which cost more than what is in them.
   */
  spacingMs: number;
  /** True for a failure that is no item's fault (the database is away): all callers get it. */
  isShared: (error: unknown) => boolean;
}

export interface BatcherDeps<Item, Result> {
  clock: Clock;
  run: (items: readonly Item[]) => Promise<readonly Result[]>;
}

interface Waiting<Item, Result> {
  item: Item;
  resolve(result: Result): void;
  reject(error: unknown): void;
}

/**
 * `run` answers one result per item, in order, and may be called again with an
 * item of a call that threw: when a batch of several fails, each item is tried
 * alone, so that one bad item fails by itself.
 */
export function createBatcher<Item, Result>(
  { clock, run }: BatcherDeps<Item, Result>,
  { batchMax, lanesMax, spacingMs, isShared }: BatcherOptions,
): (item: Item) => Promise<Result> {
  let waiting: Waiting<Item, Result>[] = [];
  let lanes = 0;
  let scheduled = false;
  let nextAtMs = -Infinity;

  const runOne = async (each: Waiting<Item, Result>): Promise<void> => {
    try {
      const [result] = await run([each.item]);
      if (result === undefined) throw new Error("the batch answered too few results");
      each.resolve(result);
    } catch (error) {
      each.reject(error);
    }
  };
  const runBatch = async (batch: readonly Waiting<Item, Result>[]): Promise<void> => {
    const first = batch[0];
    if (first === undefined) return;
    if (batch.length === 1) return await runOne(first);
    let results: readonly Result[];
    try {
      results = await run(batch.map(({ item }) => item));
    } catch (error) {
      if (isShared(error)) {
        for (const each of batch) each.reject(error);
        return;
      }
      // Whose fault it was shows when each goes alone; the error is then its caller's.
      for (const each of batch) await runOne(each);
      return;
    }
    for (const [index, each] of batch.entries()) {
      const result = results[index];
      if (result === undefined) each.reject(new Error("the batch answered too few results"));
      else each.resolve(result);
    }
  };
  const flush = (): void => {
    scheduled = false;
    if (waiting.length === 0 || lanes >= lanesMax) return;
    const earlyMs = waiting.length < batchMax ? nextAtMs - clock.monotonic() : 0;
    if (earlyMs > 0) return schedule(earlyMs);
    nextAtMs = clock.monotonic() + spacingMs;
    const batch = waiting.slice(0, batchMax);
    waiting = waiting.slice(batchMax);
    lanes += 1;
    void runBatch(batch).finally(() => {
      lanes -= 1;
      schedule(0);
    });
    schedule(0);
  };
  const schedule = (delayMs: number): void => {
    if (scheduled) return;
    scheduled = true;
    if (delayMs > 0) void clock.sleep(delayMs).then(flush);
    else setImmediate(flush);
  };

  return (item) =>
    new Promise((resolve, reject) => {
      waiting.push({ item, resolve, reject });
      schedule(0);
    });
}
