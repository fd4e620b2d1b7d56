/**
 * A blocked Bloom filter: a set that may say "perhaps" of what is not in it,
 * never "no" of what is (Bloom 1970; blocked: Putze, Sanders, Singler, "Cache-,
 * Hash- and Space-Efficient Bloom Filters", 2007).
 *
 * An ordinary filter touches k places of memory per question. Here the first
 * hash picks one block of 512 bits, a cache line, and all k bits lie within it:
 *
 *   hash ─┬─ which block ──▶ ┌──────── 16 words of 32 bits ────────┐
 *         └─ k × 9 bits ───▶ │ 0 1 0 0 1 0 0 0 …               1 0 │
 *                            └─────────────────────────────────────┘
 *
 * One cache miss instead of k; in return the blocks fill unevenly, and the rate
 * of false positives rises from 0.8 % to about 1 % at 10 bits a key and k = 7.
 * Memory: 1.25 bytes a key. Adding and asking: O(k), no allocation.
 */

const WORDS_PER_BLOCK = 16;
const BITS_PER_BLOCK = WORDS_PER_BLOCK * 32;
const BITS_PER_KEY = 10;
const PROBES = 7;

export interface BloomFilter {
  add(key: string): void;
  /** False: certainly never added. True: added, or one of about 100 that were not. */
  mightHave(key: string): boolean;
  /** How many keys were added, counting repeated ones again. */
  readonly count: number;
  /** Up to this count the rate of false positives holds. */
  readonly capacity: number;
}

/** Makes a filter for `capacity` keys: 1.25 bytes each. */
export function createBloomFilter(capacity: number): BloomFilter {
  if (!Number.isInteger(capacity) || capacity < 1 || capacity > 2 ** 31) {
    throw new RangeError(`capacity must be a whole number from 1 to 2^31, not ${capacity}`);
  }
  const blocks = Math.ceil((capacity * BITS_PER_KEY) / BITS_PER_BLOCK);
  const words = new Uint32Array(blocks * WORDS_PER_BLOCK);
  let count = 0;

  /** Visits the key's bits; stops at the first for which `visit` answers false. */
  const probe = (key: string, visit: (word: number, bit: number) => boolean): boolean => {
    const first = fnv1a(key, 0x811c9dc5);
    const second = fnv1a(key, 0x9e3779b9) | 1;
    const start = (first % blocks) * WORDS_PER_BLOCK;
    let mixed = second;
    for (let index = 0; index < PROBES; index += 1) {
      mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97) + first;
      const place = (mixed >>> 8) % BITS_PER_BLOCK;
      if (!visit(start + (place >>> 5), 1 << (place & 31))) return false;
    }
    return true;
  };
  return {
    add(key) {
      count += 1;
      probe(key, (word, bit) => {
        words[word] = (words[word] ?? 0) | bit;
        return true;
      });
    },
    mightHave: (key) => probe(key, (word, bit) => ((words[word] ?? 0) & bit) !== 0),
    get count() {
      return count;
    },
    capacity,
  };
}

/** FNV-1a over UTF-16 units with a murmur finish: quick, well spread, not for secrets. */
function fnv1a(text: string, seed: number): number {
  let hash = seed;
  for (let index = 0; index < text.length; index += 1) {
    hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193);
  }
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
