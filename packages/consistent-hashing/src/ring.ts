/**
 * The ring with virtual nodes: each member stands at many places of a circle.
 *
 *            s1_0
 *        s0_2  •  s0_0          key ─ clockwise to the next point ─▶ owner
 *         •  ╱   ╲  •
 *           │     │             one point each     spread of the loads ≈ 1
 *         •  ╲   ╱  •           160 points each    ≈ 1/√160 = 8 %
 *        s1_1  •  s1_2          1,000 points each  ≈ 3 %
 *            s0_1
 *
 * A point of a member is a hash of its name and a number, and how many it has
 * depends on its own weight alone. So a member that comes takes only, one that
 * goes gives only, and a changed weight moves nothing between the others. (In
 * ketama the count depends on everybody's weights; there all move.)
 *
 * Karger et al., STOC 1997; virtual nodes as in Dynamo, SOSP 2007, strategy 1.
 */
import { circleLocator, sortCircle } from "./circle.ts";
import { mix32, type KeyHash } from "./hash.ts";
import { keyHash } from "./key-hash.ts";
import type { LocatorOptions, RangedLocator } from "./locator.ts";
import { takingMembers, type FullMember, type MemberLike } from "./member.ts";

export interface RingOptions extends LocatorOptions {
  /** Points of a member of weight 1. Default 160. Each member has at least one. */
  virtualNodes?: number;
}

/** Points a ring may have in all: beyond, many would share a place. */
const POINTS_MAX = 2 ** 24;

/**
 * Builds a ring. O(p log p) for p points in all; locate O(1) on average,
 * O(length) in the key. Throws a RangeError for more than 2^24 points.
 */
export function createRing(
  members: readonly MemberLike[],
  options: RingOptions = {},
): RangedLocator {
  const { virtualNodes = 160 } = options;
  if (!Number.isFinite(virtualNodes) || virtualNodes <= 0) {
    throw new RangeError(`virtualNodes must be above 0, not ${virtualNodes}`);
  }
  const taking = takingMembers(members);
  const counts = taking.map(({ weight }) => Math.max(1, Math.round(weight * virtualNodes)));
  const total = counts.reduce((sum, count) => sum + count, 0);
  if (total > POINTS_MAX) {
    throw new RangeError(`${total} points are too many: lower virtualNodes or the weights`);
  }
  const hash = keyHash(options);
  const circle = sortCircle(packPoints(taking, counts, hash));
  return circleLocator("ring", taking, circle, hash);
}

/** Point j of a member: its name's hash, stepped by an odd constant and mixed. */
function packPoints(
  members: readonly FullMember[],
  counts: readonly number[],
  hash: KeyHash,
): Float64Array {
  const packed = new Float64Array(counts.reduce((sum, count) => sum + count, 0));
  let at = 0;
  for (const [owner, { id }] of members.entries()) {
    const count = counts[owner] ?? 0;
    for (let j = 0; j < count; j++) {
      packed[at] = pointOf(hash, id, j) * 65_536 + owner;
      at += 1;
    }
  }
  return packed;
}

/** The place of point `j`: as good as random whatever the hash, as it is mixed again. */
export function pointOf(hash: KeyHash, id: string, j: number): number {
  return mix32(hash(`${id}#${j}`));
}
