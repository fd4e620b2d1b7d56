/** The storage port in memory: safe as soon as it is called, and never slow. */
import { nameOf } from "../buffers.ts";
import type { Entry, Range, Storage } from "../node/ports.ts";

export function createMemoryStorage(): Storage {
  const values = new Map<string, Uint8Array>();
  /** Names in order; `undefined` after one came or went. */
  let sorted: string[] | undefined;
  return {
    get: async (key) => values.get(nameOf(key)),
    async range({ from, to, limit, reverse = false }: Range) {
      sorted ??= [...values.keys()].sort();
      const [first, end] = [lowerBound(sorted, nameOf(from)), lowerBound(sorted, nameOf(to))];
      const names = reverse
        ? sorted.slice(Math.max(first, end - limit), Math.max(first, end)).reverse()
        : sorted.slice(first, Math.min(end, first + limit));
      return names.map((name): Entry => [
        Buffer.from(name, "latin1"),
        values.get(name) ?? new Uint8Array(),
      ]);
    },
    async write(changes) {
      for (const { key, value } of changes) {
        const name = nameOf(key);
        if ((value === undefined) === values.has(name)) sorted = undefined;
        if (value === undefined) values.delete(name);
        else values.set(name, value);
      }
    },
  };
}

/** Where the first name that is not smaller stands. */
function lowerBound(names: readonly string[], name: string): number {
  let [low, high] = [0, names.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((names[middle] ?? "") < name) low = middle + 1;
    else high = middle;
  }
  return low;
}
