/** One at a time per name, in the order of asking. */

export interface KeyedLock {
  run<Value>(name: string, work: () => Promise<Value>): Promise<Value>;
}

export function createKeyedLock(): KeyedLock {
  const tails = new Map<string, Promise<unknown>>();
  return {
    run(name, work) {
      const before = tails.get(name) ?? Promise.resolve();
      // Whether the one before failed is its own caller's business.
      const mine = before.then(work, work);
      tails.set(name, mine);
      const leave = (): void => {
        if (tails.get(name) === mine) tails.delete(name);
      };
      mine.then(leave, leave);
      return mine;
    },
  };
}
