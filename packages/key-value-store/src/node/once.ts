/** Tells a message's first coming from its later ones, in bounded memory. */

export interface Once {
  /** True the first time, false for every other, and for one too old to say. */
  isFirst(boot: number, id: number): boolean;
}

/**
 * Remembers the last `idsMax` numbers, or so, of each of the last `bootsMax` senders.
 * Numbers rise from 1 within a boot.
 */
export function createOnce({ idsMax = 4_096, bootsMax = 256 } = {}): Once {
  /** Each number has one place, and gives it up only to a higher one: what it refused, it refuses for ever. */
  const boots = new Map<number, Float64Array>();
  return {
    isFirst(boot, id) {
      let seen = boots.get(boot);
      if (seen === undefined) {
        seen = new Float64Array(idsMax);
        boots.set(boot, seen);
        const [oldest] = boots.keys();
        if (boots.size > bootsMax && oldest !== undefined) boots.delete(oldest);
      }
      const place = id % idsMax;
      if (id <= (seen[place] ?? 0)) return false;
      seen[place] = id;
      return true;
    },
  };
}
