/**
 * The keys that come most often, in little memory: space-saving (Metwally,
 * Agrawal, El Abbadi, ICDT 2005).
 *
 *   key       count  over        A known key counts up. A new one takes the place of
 *   10.0.0.7    912     0        the least: it inherits that count, and notes it as
 *   10.0.0.9    118    93   ◀──  `over`, the most by which it may be overstated.
 *
 * A key with more than 1/places of all visits is always among them, and its
 * count is too high by at most `over`. Counts are halved once per half-life, so
 * that they speak of the last minutes. A visit costs O(1) for a known key and
 * a scan of `places` numbers for a new one.
 */
import type { Clock } from "@tenfold/core";

export interface HotKey {
  key: string;
  /** Units asked for, of late. */
  count: number;
  /** At most so many of them are another's. */
  over: number;
  refused: number;
}

export interface Hottest {
  visit(key: string, units: number, refused: boolean): void;
  /** Most visited first. */
  list(most: number): readonly HotKey[];
  forget(key: string): void;
}

export interface HottestOptions {
  places: number;
  halfLifeMs: number;
}

const defaults: Readonly<HottestOptions> = Object.freeze({ places: 64, halfLifeMs: 300_000 });

export function createHottest(
  { clock }: { clock: Clock },
  given: Partial<HottestOptions> = {},
): Hottest {
  const { places, halfLifeMs } = { ...defaults, ...given };
  const placeOf = new Map<string, number>();
  const keys: string[] = [];
  const counts = new Float64Array(places);
  const overs = new Float64Array(places);
  const refusals = new Float64Array(places);
  let agedMs = clock.monotonic();

  const age = (): void => {
    const halvings = Math.floor((clock.monotonic() - agedMs) / halfLifeMs);
    if (halvings < 1) return;
    agedMs += halvings * halfLifeMs;
    for (const numbers of [counts, overs, refusals]) {
      for (let place = 0; place < keys.length; place++) {
        numbers[place] = (numbers[place] ?? 0) / 2 ** halvings;
      }
    }
  };
  const least = (): number => {
    let place = 0;
    let smallest = Infinity;
    for (let at = 0; at < places; at++) {
      const count = counts[at] ?? 0;
      if (count < smallest) {
        smallest = count;
        place = at;
      }
    }
    return place;
  };
  /** A place for a key that has none. Ages here, off the path of known keys. */
  const settle = (key: string): number => {
    age();
    if (keys.length < places) {
      placeOf.set(key, keys.length);
      return keys.push(key) - 1;
    }
    const place = least();
    placeOf.delete(keys[place] ?? "");
    placeOf.set(key, place);
    keys[place] = key;
    overs[place] = counts[place] ?? 0;
    refusals[place] = 0;
    return place;
  };

  return {
    visit(key, units, refused) {
      const place = placeOf.get(key) ?? settle(key);
      counts[place] = (counts[place] ?? 0) + units;
      if (refused) refusals[place] = (refusals[place] ?? 0) + units;
    },
    list(most) {
      age();
      return keys
        .map((key, place) => ({
          key,
          count: Math.round(counts[place] ?? 0),
          over: Math.round(overs[place] ?? 0),
          refused: Math.round(refusals[place] ?? 0),
        }))
        .filter(({ count }) => count > 0)
        .toSorted((a, b) => b.count - a.count)
        .slice(0, most);
    },
    forget(key) {
      const place = placeOf.get(key);
      if (place === undefined) return;
      counts[place] = 0;
      overs[place] = 0;
      refusals[place] = 0;
    },
  };
}
