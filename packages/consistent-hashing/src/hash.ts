/**
 * The default hash of a key: MurmurHash3_x86_32 (Austin Appleby, 2011, public
 * domain) over the UTF-16 code units of the string, two at a time.
 *
 * A JavaScript string *is* UTF-16, so nothing is encoded and nothing allocated:
 * the result equals MurmurHash3_x86_32 of the string's UTF-16LE bytes, which any
 * other language can compute. A lone surrogate is a code unit like any other, so
 * different strings are always different input.
 *
 *     "user:1"   u  s | e  r | :  1
 *                └──┬─┘ └──┬─┘ └─┬──┘     32 bits each
 *     h ◀── seed ──mix────mix───mix── length ── fmix32 ──▶ 0 … 2^32 − 1
 *
 * It is not a secret: whoever picks the keys can make them collide. Where keys
 * come from strangers who gain by that, pass a keyed hash instead.
 */

/**
 * Hashes a key to a whole number in [0, 2^32). Its high bits choose first, so
 * they must be as well mixed as the low ones.
 */
export type KeyHash = (key: string) => number;

const C1 = 0xcc9e2d51;
const C2 = 0x1b873593;

/** MurmurHash3_x86_32 of the UTF-16LE bytes of `key`. O(length), allocates nothing. */
export function murmur3(key: string, seed = 0): number {
  const { length } = key;
  const pairsEnd = length & ~1;
  let h = seed | 0;
  for (let i = 0; i < pairsEnd; i += 2) {
    let k = key.charCodeAt(i) | (key.charCodeAt(i + 1) << 16);
    k = Math.imul(k, C1);
    k = (k << 15) | (k >>> 17);
    h ^= Math.imul(k, C2);
    h = (h << 13) | (h >>> 19);
    h = (Math.imul(h, 5) + 0xe6546b64) | 0;
  }
  if (length !== pairsEnd) {
    let k = Math.imul(key.charCodeAt(pairsEnd), C1);
    k = (k << 15) | (k >>> 17);
    h ^= Math.imul(k, C2);
  }
  return mix32(h ^ (length << 1));
}

/**
 * MurmurHash3's finaliser: a permutation of 32-bit numbers in which every input
 * bit changes every output bit with probability ½.
 */
export function mix32(value: number): number {
  let h = value;
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b);
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35);
  return (h ^ (h >>> 16)) >>> 0;
}
