/** One at a time per name, in the order of asking. */

export interface KeyedLock {
  /** Whether somebody works under the name. If not, what is done at once needs no lock. */
  isHeld(name: string): boolean;
  run<Value>(name: string, work: () => Promise<Value>): Promise<Value>;
  /** Under several names, taken in their order, so that nobody waits for each other. */
  runAll<Value>(names: readonly string[], work: () => Promise<Value>): Promise<Value>;
}

export function createKeyedLock(): KeyedLock {
  const tails = new Map<string, Promise<unknown>>();
  const run = <Value>(name: string, work: () => Promise<Value>): Promise<Value> => {
    const before = tails.get(name);
    // Whether the one before failed is its own caller's business.
    const mine = before === undefined ? work() : before.then(work, work);
    tails.set(name, mine);
    const leave = (): void => {
      if (tails.get(name) === mine) tails.delete(name);
    };
    mine.then(leave, leave);
    return mine;
  };
  return {
    isHeld: (name) => tails.has(name),
    run,
    runAll(names, work) {
      const [only] = names;
      if (names.length === 1 && only !== undefined) return run(only, work);
      return [...new Set(names)]
        .sort()
        .reduceRight((inner, name) => () => run(name, inner), work)();
    },
  };
}
