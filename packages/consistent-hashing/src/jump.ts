/**
 * Jump consistent hash: a key's bucket among n, without any table.
 *
 * Think of the buckets being added one by one. When the (j+1)-th comes, a key
 * should jump into it with probability 1/(j+1), and else stay. A generator seeded
 * by the key draws how far the next jump goes, so only about ln n jumps are
 * computed, and the last one that is still inside is the answer.
 *
 *     buckets  0  1  2  3  4  5  6  7  8
 *     key      0────▶2──────────▶6─────────▶ (11: outside of 9, so bucket 6)
 *
 * Balance is perfect and moves are minimal, but buckets are numbers: only the
 * last may leave. Members are therefore taken in the order given; append to grow,
 * drop from the end to shrink.
 *
 * Lamping and Veach, "A Fast, Minimal Memory, Consistent Hash Algorithm", 2014.
 */
import { mix32 } from "./hash.ts";
import { keyHash } from "./key-hash.ts";
import type { Locator, LocatorOptions } from "./locator.ts";
import { fillMembers, type MemberLike } from "./member.ts";
import { createReplicas } from "./replicas.ts";

/**
 * The bucket in [0, buckets) of a 64-bit key, given as two unsigned halves.
 * Equal to the paper's function. O(log buckets).
 */
export function jumpHash(high: number, low: number, buckets: number): number {
  if (!Number.isInteger(buckets) || buckets < 1 || buckets > 2 ** 31) {
    throw new RangeError(`buckets must be a whole number from 1 to 2^31, not ${buckets}`);
  }
  let hi = high >>> 0;
  let lo = low >>> 0;
  let bucket = -1;
  let next = 0;
  while (next < buckets) {
    bucket = next;
    // key = key × 2862933555777941757 + 1 (mod 2^64): 0x27bb2ee687b0b0fd, in halves of 32 bits.
    const carry = multiplyHigh(lo, 0x87b0b0fd);
    hi = (carry + Math.imul(lo, 0x27bb2ee6) + Math.imul(hi, 0x87b0b0fd)) >>> 0;
    lo = (Math.imul(lo, 0x87b0b0fd) + 1) >>> 0;
    if (lo === 0) hi = (hi + 1) >>> 0;
    next = Math.floor((bucket + 1) * (2 ** 31 / ((hi >>> 1) + 1)));
  }
  return bucket;
}

/** The high 32 bits of a product of two unsigned 32-bit numbers. */
function multiplyHigh(a: number, b: number): number {
  const aHigh = a >>> 16;
  const aLow = a & 0xffff;
  const bHigh = b >>> 16;
  const bLow = b & 0xffff;
  const middle = aHigh * bLow + Math.floor((aLow * bLow) / 65_536);
  return aHigh * bHigh + Math.floor((middle + aLow * bHigh) / 65_536);
}

/**
 * A locator by jump hash. Nothing to build; locate O(ln n). Throws a RangeError
 * for members of different weights: jump knows none.
 */
export function createJump(members: readonly MemberLike[], options: LocatorOptions = {}): Locator {
  const filled = fillMembers(members);
  if (filled.some(({ weight }) => weight !== filled[0]?.weight || weight === 0)) {
    throw new RangeError("jump hashing has no weights: give all members the same, or none");
  }
  const ids = filled.map(({ id }) => id);
  const { length } = ids;
  const hash = keyHash(options);
  const walk: Locator["walk"] = (key, visit) => {
    const seen = new Uint8Array(length);
    const start = hash(key);
    let left = length;
    // Draws with the key mixed anew; when only few are left, the rest in order.
    for (let draw = 0; left > 0 && draw < 8 * length; draw++) {
      const bucket = jumpHash(draw, draw === 0 ? start : mix32(start + draw), length);
      if (seen[bucket] === 1) continue;
      seen[bucket] = 1;
      left -= 1;
      if (visit(bucket)) return;
    }
    for (let bucket = 0; bucket < length; bucket++) {
      if (seen[bucket] === 0 && visit(bucket)) return;
    }
  };
  return Object.freeze({
    algorithm: "jump",
    members: filled,
    locate: length === 0 ? () => undefined : (key: string) => ids[jumpHash(0, hash(key), length)],
    walk,
    replicas: createReplicas(filled, walk),
  });
}
