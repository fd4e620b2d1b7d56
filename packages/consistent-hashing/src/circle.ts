/**
 * Points on a circle of 2^32 places, each owned by a member: what every kind of
 * ring is, however its points are made.
 *
 * The points are two arrays, sorted by place. An index of buckets by the high
 * bits of the hash says where a search begins; with at least as many buckets as
 * points, it ends one or two points further on, so a lookup is O(1) on average.
 *
 *     hash  0 ─────────────────────────────────────────────▶ 2^32
 *     points     •a    •b •a          •c         •b
 *     buckets ├─────────┼─────────┼─────────┼─────────┤
 *     first    0         1         3         4         (5 → wraps to 0)
 *
 * A key belongs to the first point at or after its hash; past the last one, to
 * the first (Karger et al., "Consistent Hashing and Random Trees", STOC 1997).
 * Two points at one place are kept in the order of their owners.
 */
import { HASH_SPACE, type HashRange, type RangedLocator } from "./locator.ts";
import type { KeyHash } from "./hash.ts";
import type { FullMember } from "./member.ts";
import { createReplicas } from "./replicas.ts";

/** Sorted points; `owners[i]` is the index of the member that has `places[i]`. */
export interface Circle {
  readonly places: Uint32Array;
  readonly owners: Uint16Array;
}

/** Sorts points given as place × 2^16 + owner. O(p log p). */
export function sortCircle(packed: Float64Array): Circle {
  packed.sort();
  const places = new Uint32Array(packed.length);
  const owners = new Uint16Array(packed.length);
  for (let i = 0; i < packed.length; i++) {
    const point = packed[i] ?? 0;
    places[i] = Math.floor(point / 65_536);
    owners[i] = point % 65_536;
  }
  return { places, owners };
}

/** The index of the first point at or after a hash; `places.length` when it is past the last. */
export type CircleSearch = (hash: number) => number;

/** Builds the buckets. O(p) once, then O(1) on average for each search; 4 to 8 bytes per point. */
export function indexCircle(places: Uint32Array): CircleSearch {
  const bits = Math.min(24, Math.max(1, 32 - Math.clz32(places.length)));
  const shift = 32 - bits;
  const first = new Uint32Array(2 ** bits);
  for (let bucket = 0, point = 0; bucket < first.length; bucket++) {
    const start = bucket * 2 ** shift;
    while (point < places.length && (places[point] ?? 0) < start) point += 1;
    first[bucket] = point;
  }
  const { length } = places;
  return (hash) => {
    let point = first[hash >>> shift] ?? 0;
    while (point < length && (places[point] ?? 0) < hash) point += 1;
    return point;
  };
}

/** The locator of a circle. */
export function circleLocator(
  algorithm: "ring" | "ketama",
  members: readonly FullMember[],
  circle: Circle,
  hash: KeyHash,
): RangedLocator {
  const { places, owners } = circle;
  const { length } = places;
  const search = indexCircle(places);
  const ids = members.map(({ id }) => id);
  // Where a search ends, also past the last point.
  const idAt = Array.from({ length: length + 1 }, (_, i) => ids[owners[i % length] ?? 0]);
  const walk: RangedLocator["walk"] = (key, visit) => {
    const seen = new Uint8Array(ids.length);
    let left = ids.length;
    const start = length === 0 ? 0 : search(hash(key));
    for (let step = 0; step < length && left > 0; step++) {
      const owner = owners[(start + step) % length] ?? 0;
      if (seen[owner] === 1) continue;
      seen[owner] = 1;
      left -= 1;
      if (visit(owner)) return;
    }
  };
  return Object.freeze({
    algorithm,
    members,
    locate: length === 0 ? () => undefined : (key: string) => idAt[search(hash(key))],
    walk,
    replicas: createReplicas(members, walk),
    ranges: () => rangesOf(circle, ids),
  });
}

/** An arc ends with its point, so a range ends one past it. Neighbours of one owner are joined. */
function rangesOf({ places, owners }: Circle, ids: readonly string[]): HashRange[] {
  if (places.length === 0) return [];
  const ranges: HashRange[] = [];
  const add = (from: number, to: number, member: string): void => {
    const last = ranges.at(-1);
    if (from === to) return;
    if (last?.member === member) ranges[ranges.length - 1] = { from: last.from, to, member };
    else ranges.push({ from, to, member });
  };
  let from = 0;
  for (let i = 0; i < places.length; i++) {
    const to = (places[i] ?? 0) + 1;
    add(from, Math.max(from, to), ids[owners[i] ?? 0] ?? "");
    from = Math.max(from, to);
  }
  add(from, HASH_SPACE, ids[owners[0] ?? 0] ?? "");
  return ranges;
}
