/** Waiting for some of many. */

/**
 * Resolves once `enough` of the promises gave something that counts, or all have
 * settled: what had arrived and counts by then. A rejection counts for nothing.
 */
export function arrivals<Value>(
  promises: readonly Promise<Value>[],
  counts: (value: Value) => boolean,
  enough: number,
): Promise<Value[]> {
  return new Promise((resolve) => {
    const arrived: Value[] = [];
    let open = promises.length;
    const check = (): void => {
      if (arrived.length >= enough || open === 0) resolve([...arrived]);
    };
    for (const promise of promises) {
      promise
        .then((value) => {
          if (counts(value)) arrived.push(value);
        })
        .catch(() => undefined)
        .finally(() => {
          open -= 1;
          check();
        });
    }
    check();
  });
}
