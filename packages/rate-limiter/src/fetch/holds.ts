/** Which partitions of which servers are used up, and until when. Bounded: the oldest hold is forgotten. */
export interface Holds {
  /** Monotonic ms before which nothing should be sent; 0 when nothing is known. */
  until(partition: string): number;
  /** Only ever moves a hold further away. */
  extend(partition: string, untilMs: number): void;
}

export function createHolds(sizeMax: number): Holds {
  const ends = new Map<string, number>();
  return {
    until: (partition) => ends.get(partition) ?? 0,
    extend(partition, untilMs) {
      const laterMs = Math.max(untilMs, ends.get(partition) ?? 0);
      // Set anew, so that the map's order is that of use.
      ends.delete(partition);
      ends.set(partition, laterMs);
      for (const oldest of ends.keys()) {
        if (ends.size <= sizeMax) break;
        ends.delete(oldest);
      }
    },
  };
}
