/** Tells a message's first coming from its later ones, in bounded memory. */

export interface Once {
  /** True the first time, false for every other, and for one too old to say. */
  isFirst(boot: number, id: number): boolean;
}

/** Remembers `idsMax` numbers of each of the last `bootsMax` senders. Numbers rise within a boot. */
export function createOnce({ idsMax = 4_096, bootsMax = 256 } = {}): Once {
  const boots = new Map<number, { seen: Set<number>; lowest: number }>();
  return {
    isFirst(boot, id) {
      let sender = boots.get(boot);
      if (sender === undefined) {
        sender = { seen: new Set(), lowest: 0 };
        boots.set(boot, sender);
        const [oldest] = boots.keys();
        if (boots.size > bootsMax && oldest !== undefined) boots.delete(oldest);
      }
      const { seen } = sender;
      if (id <= sender.lowest || seen.has(id)) return false;
      seen.add(id);
      if (seen.size > idsMax) {
        // What is let go of must stay refused, so its number becomes the floor.
        const [first = 0] = seen;
        seen.delete(first);
        sender.lowest = Math.max(sender.lowest, first);
      }
      return true;
    },
  };
}
