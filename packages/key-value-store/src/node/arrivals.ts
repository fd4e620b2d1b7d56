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
    const gone = (): void => {
      open -= 1;
      check();
    };
    const came = (value: Value): void => {
      if (counts(value)) arrived.push(value);
      gone();
    };
    for (const promise of promises) promise.then(came, gone);
    check();
  });
}
