/**
 * How many copies of partitions each member is to hold.
 *
 * By weight, as Webster divides; but nobody holds one partition twice, and zones
 * come first: with two zones and two copies, each zone holds every partition,
 * however unequal the zones are. A zone whose fair part would be more or less than
 * the zones' spread allows is set to that bound, and the rest is divided among the
 * others.
 */
import { apportionUpTo } from "./apportion.ts";
import type { FullMember } from "./member.ts";
import { indexZones, zoneLimits, type ZoneLimits } from "./replicas.ts";

export interface Quotas {
  /** By member: the copies it is to hold. */
  readonly seats: Uint32Array;
  /** Copies of each partition: fewer than asked for where there are too few members. */
  readonly copies: number;
  readonly limits: ZoneLimits;
  readonly zoneOf: Uint16Array;
  readonly zones: number;
}

interface Wanted {
  partitions: number;
  copies: number;
}

/** O(zones × n log n). Members of weight 0 get nothing and count for no zone. */
export function quotasOf(members: readonly FullMember[], { partitions, copies }: Wanted): Quotas {
  const { zoneOf } = indexZones(members);
  const sizes = zoneSizes(members, zoneOf);
  const taking = sizes.reduce((sum, size) => sum + size, 0);
  const held = Math.min(copies, taking);
  const limits = zoneLimits(sizes, held);
  const bounds = sizes.map((size) => ({
    low: Math.min(size, limits.base) * partitions,
    high: Math.min(size, limits.base + (limits.extra > 0 ? 1 : 0)) * partitions,
  }));
  const seats = new Uint32Array(members.length);
  const fixed = new Set<number>();
  let left = held * partitions;

  const divide = (total: number, takes: (zone: number) => boolean): void => {
    const weights = members.map(({ weight }, index) => (takes(zoneOf[index] ?? 0) ? weight : 0));
    for (const [index, count] of apportionUpTo(partitions, total, weights).entries()) {
      if (takes(zoneOf[index] ?? 0)) seats[index] = count;
    }
  };
  const fix = (zone: number, total: number): void => {
    fixed.add(zone);
    left -= total;
    divide(total, (other) => other === zone);
  };
  for (;;) {
    divide(left, (zone) => !fixed.has(zone));
    const sums = sumByZone(seats, zoneOf, sizes.length);
    const open = [...sums.keys()].filter((zone) => !fixed.has(zone));
    const above = open.filter((zone) => (sums[zone] ?? 0) > (bounds[zone]?.high ?? 0));
    const below = open.filter((zone) => (sums[zone] ?? 0) < (bounds[zone]?.low ?? 0));
    if (above.length > 0) for (const zone of above) fix(zone, bounds[zone]?.high ?? 0);
    else if (below.length > 0) for (const zone of below) fix(zone, bounds[zone]?.low ?? 0);
    else return { seats, copies: held, limits, zoneOf, zones: sizes.length };
  }
}

/** Members that take something, by zone. */
function zoneSizes(members: readonly FullMember[], zoneOf: Uint16Array): number[] {
  const sizes: number[] = [];
  for (const [index, { weight }] of members.entries()) {
    const zone = zoneOf[index] ?? 0;
    sizes[zone] = (sizes[zone] ?? 0) + (weight > 0 ? 1 : 0);
  }
  return sizes;
}

function sumByZone(seats: Uint32Array, zoneOf: Uint16Array, zones: number): number[] {
  const sums = Array.from({ length: zones }, () => 0);
  for (const [index, count] of seats.entries()) {
    const zone = zoneOf[index] ?? 0;
    sums[zone] = (sums[zone] ?? 0) + count;
  }
  return sums;
}
