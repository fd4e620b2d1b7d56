/** How evenly a locator divides: the keys it is given, or the whole hash space. */
import { sharesOf } from "./diff.ts";
import { HASH_SPACE, type Locator, type RangedLocator } from "./locator.ts";

export interface MemberStats {
  readonly member: string;
  /** Keys; of the hash space: places. */
  readonly count: number;
  /** What it has of all, 0 to 1. */
  readonly share: number;
  /** What it should have by its weight. */
  readonly expected: number;
  /** share ÷ expected; 1 is perfect. NaN where nothing is expected. */
  readonly ratio: number;
}

export interface Stats {
  readonly total: number;
  /** In the order of the locator's members. */
  readonly members: readonly MemberStats[];
  /** The highest ratio: how much more than its part the busiest has. */
  readonly peakToAverage: number;
  /** The lowest ratio. */
  readonly lowToAverage: number;
  /** Standard deviation of the ratios: 0.08 is "8 %". */
  readonly deviation: number;
}

/** The distribution of given keys. O(keys). */
export function stats(locator: Locator, keys: Iterable<string>): Stats {
  const counts = new Map<string, number>();
  let total = 0;
  for (const key of keys) {
    const member = locator.locate(key);
    total += 1;
    if (member !== undefined) counts.set(member, (counts.get(member) ?? 0) + 1);
  }
  return summarise(locator, counts, total);
}

/** The distribution of the hash space: what infinitely many keys would see. Exact. O(ranges). */
export function spaceStats(locator: RangedLocator): Stats {
  const counts = new Map<string, number>();
  for (const { from, to, member } of locator.ranges()) {
    counts.set(member, (counts.get(member) ?? 0) + to - from);
  }
  return summarise(locator, counts, HASH_SPACE);
}

function summarise(locator: Locator, counts: ReadonlyMap<string, number>, total: number): Stats {
  const members = [...sharesOf(locator)].map(([member, expected]) => {
    const count = counts.get(member) ?? 0;
    const share = total === 0 ? 0 : count / total;
    return { member, count, share, expected, ratio: share / expected };
  });
  const ratios = members.filter(({ expected }) => expected > 0).map(({ ratio }) => ratio);
  const squares = ratios.reduce((sum, ratio) => sum + (ratio - 1) ** 2, 0);
  return {
    total,
    members,
    peakToAverage: Math.max(0, ...ratios),
    lowToAverage: ratios.length === 0 ? 0 : Math.min(...ratios),
    deviation: Math.sqrt(squares / Math.max(1, ratios.length)),
  };
}
