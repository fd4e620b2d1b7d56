/**
 * Several members for one key, spread over zones.
 *
 * The key's walk is followed, and a member is passed over while its zone has had
 * its part. With `count` copies and the zones' sizes, a level is filled as water
 * fills steps: every zone may hold `level − 1`, and `extra` zones one more.
 *
 *     count 4, zones of 5, 5 and 1 members      count 4, zones of 5, 5, 5
 *       a ██                                      a ██  (the first to come)
 *       b ██   level 2, extra 2, c is full        b █   level 2, extra 1
 *       c ░                                       c █
 *
 * No zone then holds two more than another, unless the other has no member left.
 */
import type { FullMember } from "./member.ts";
import type { Locator } from "./locator.ts";

export interface ZoneLimits {
  /** What any zone may hold. */
  readonly base: number;
  /** How many zones may hold one more than `base`. */
  readonly extra: number;
}

/** The limits for `count` copies over zones of these sizes. O(zones × count). */
export function zoneLimits(sizes: readonly number[], count: number): ZoneLimits {
  const held = (level: number): number =>
    sizes.reduce((sum, size) => sum + Math.min(level, size), 0);
  const wanted = Math.min(count, held(count));
  let base = 0;
  while (held(base + 1) <= wanted && base < count) base += 1;
  return { base, extra: wanted - held(base) };
}

/** Numbers zones from 0 in the order of their first member, and counts their members. O(n). */
export function indexZones(members: readonly FullMember[]): {
  zoneOf: Uint16Array;
  sizes: number[];
} {
  const numbers = new Map<string, number>();
  const sizes: number[] = [];
  const zoneOf = Uint16Array.from(members, ({ zone }) => {
    const number = numbers.get(zone) ?? numbers.size;
    numbers.set(zone, number);
    sizes[number] = (sizes[number] ?? 0) + 1;
    return number;
  });
  return { zoneOf, sizes };
}

/** `Locator.replicas` on top of `Locator.walk`. O(members walked). */
export function createReplicas(
  members: readonly FullMember[],
  walk: Locator["walk"],
): Locator["replicas"] {
  const { zoneOf, sizes } = indexZones(members);
  return (key, count) => {
    checkCount(count);
    const chosen: string[] = [];
    if (count === 0) return chosen;
    const limits = zoneLimits(sizes, count);
    const used = new Uint16Array(sizes.length);
    let { extra } = limits;
    const total = Math.min(count, members.length);
    walk(key, (index) => {
      const zone = zoneOf[index] ?? 0;
      const held = used[zone] ?? 0;
      if (held > limits.base || (held === limits.base && extra === 0)) return false;
      if (held === limits.base) extra -= 1;
      used[zone] = held + 1;
      chosen.push(members[index]?.id ?? "");
      return chosen.length === total;
    });
    return chosen;
  };
}

/** Throws a RangeError unless it is a whole number of 0 or more. */
export function checkCount(count: number): void {
  if (!Number.isInteger(count) || count < 0) {
    throw new RangeError(`a number of replicas is a whole number, not ${count}`);
  }
}
