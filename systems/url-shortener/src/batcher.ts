/**
 * Group commit: calls that arrive in the same turn of the event loop, or while
 * a batch is at the database, travel together in the next one. A commit's wait
 * for the disk is then shared by many callers instead of paid by each.
 *
 *   call ─┐
 *   call ─┼─▶ waiting ──(turn ends, a lane is free)──▶ run(batch) ─▶ one result each
 *   call ─┘
 */

export interface BatcherOptions {
  /** Items per batch, at most. */
  batchMax: number;
  /** Batches under way at once, at most. */
  lanesMax: number;
  /** True for a failure that is no item's fault (the database is away): all callers get it. */
  isShared: (error: unknown) => boolean;
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
  run: (items: readonly Item[]) => Promise<readonly Result[]>,
  { batchMax, lanesMax, isShared }: BatcherOptions,
): (item: Item) => Promise<Result> {
  let waiting: Waiting<Item, Result>[] = [];
  let lanes = 0;
  let scheduled = false;

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
    while (waiting.length > 0 && lanes < lanesMax) {
      const batch = waiting.slice(0, batchMax);
      waiting = waiting.slice(batchMax);
      lanes += 1;
      void runBatch(batch).finally(() => {
        lanes -= 1;
        flush();
      });
    }
  };

  return (item) =>
    new Promise((resolve, reject) => {
      waiting.push({ item, resolve, reject });
      if (scheduled) return;
      scheduled = true;
      setImmediate(flush);
    });
}
