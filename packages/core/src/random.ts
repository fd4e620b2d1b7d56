/**
 * Randomness as a dependency: the operating system's for keys and tokens, a
 * seeded one wherever a run must be repeatable.
 */
import { getRandomValues, randomFillSync } from "node:crypto";

export interface Random {
  /** `count` random bytes. */
  bytes(count: number): Uint8Array;
  /** A number in [0, 1). */
  float(): number;
  /** A whole number in [0, limit), unbiased. `limit` ≤ 2^32. */
  below(limit: number): number;
}

function fromUint32(nextUint32: () => number, bytes: (count: number) => Uint8Array): Random {
  return Object.freeze({
    bytes,
    float: () => (nextUint32() * 2 ** 21 + (nextUint32() >>> 11)) / 2 ** 53,
    below(limit: number) {
      if (!Number.isInteger(limit) || limit < 1 || limit > 2 ** 32) {
        throw new RangeError(`below() takes a whole number from 1 to 2^32, not ${limit}`);
      }
      // Values past the last whole multiple of `limit` would favour small results.
      const fair = 2 ** 32 - (2 ** 32 % limit);
      let drawn = nextUint32();
      while (drawn >= fair) drawn = nextUint32();
      return drawn % limit;
    },
  });
}

/** Cryptographically strong randomness. */
export const systemRandom: Random = fromUint32(
  () => getRandomValues(new Uint32Array(1))[0] ?? 0,
  // Not getRandomValues(), which refuses more than 65,536 bytes.
  (count) => randomFillSync(new Uint8Array(count)),
);

/**
 * A repeatable sequence for tests and simulations; never for secrets.
 * SplitMix32: one 32-bit word of state, a full period of 2^32.
 */
export function createSeededRandom(seed: number): Random {
  let state = seed >>> 0;
  const next = (): number => {
    state = (state + 0x9e3779b9) >>> 0;
    let mixed = state;
    mixed = Math.imul(mixed ^ (mixed >>> 16), 0x21f0aaad);
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
    return (mixed ^ (mixed >>> 15)) >>> 0;
  };
  return fromUint32(next, (count) => Uint8Array.from({ length: count }, () => next() & 0xff));
}
