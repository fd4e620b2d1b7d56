/**
 * 64 bits for a key: what a counter is found by, in place of the key's text.
 *
 * The hash is keyed with a secret, so that nobody can choose keys that collide
 * with one another or with a victim's. It is HalfSipHash (Aumasson and
 * Bernstein, "SipHash: a fast short-input PRF", INDOCRYPT 2012; the 32-bit
 * variant of the reference code) with one round per word and four at the end,
 * after which the state is folded into both words at once: nobody ever sees
 * the result. By chance, among a million keys, two share a counter once in
 * some 37 million processes.
 *
 *   input   four characters per word; where one is beyond Latin-1, a second
 *           word follows with the upper halves, set apart by a flipped bit
 *   tweak   the limit's own 64 bits, folded into the secret, so that the same
 *           key under another limit is another counter
 */
import type { Random } from "@tenfold/core";
import type { Limit } from "../limit.ts";

/** The two words of a hash, signed. `high` is never 0: that marks an empty slot. */
export interface Hashed {
  low: number;
  high: number;
}

export class KeyHash {
  readonly #key0: number;
  readonly #key1: number;

  constructor(random: Random) {
    const secret = new DataView(Uint8Array.from(random.bytes(8)).buffer);
    this.#key0 = secret.getInt32(0);
    this.#key1 = secret.getInt32(4);
  }

  /** Hashes `key` under `limit`. */
  hashInto(target: Hashed, limit: Limit, key: string): void {
    let v0 = this.#key0 ^ limit.idLow;
    let v1 = this.#key1 ^ limit.idHigh;
    let v2 = v0 ^ 0x6c796765;
    let v3 = v1 ^ 0x74656462 ^ key.length;
    const { length } = key;
    let upper = 0;
    for (let at = 0; at < length || upper !== 0;) {
      let word = upper;
      if (upper !== 0) {
        v2 ^= 0x40;
        upper = 0;
      } else {
        const a = key.charCodeAt(at);
        const b = at + 1 < length ? key.charCodeAt(at + 1) : 0;
        const c = at + 2 < length ? key.charCodeAt(at + 2) : 0;
        const d = at + 3 < length ? key.charCodeAt(at + 3) : 0;
        at += 4;
        word = a ^ (b << 8) ^ (c << 16) ^ (d << 24);
        if ((a | b | c | d) > 0xff)
          upper = (a >>> 8) | (b & 0xff00) | ((c & 0xff00) << 8) | ((d & 0xff00) << 16);
      }
      v3 ^= word;
      v0 = (v0 + v1) | 0;
      v1 = ((v1 << 5) | (v1 >>> 27)) ^ v0;
      v0 = (v0 << 16) | (v0 >>> 16);
      v2 = (v2 + v3) | 0;
      v3 = ((v3 << 8) | (v3 >>> 24)) ^ v2;
      v0 = (v0 + v3) | 0;
      v3 = ((v3 << 7) | (v3 >>> 25)) ^ v0;
      v2 = (v2 + v1) | 0;
      v1 = ((v1 << 13) | (v1 >>> 19)) ^ v2;
      v2 = (v2 << 16) | (v2 >>> 16);
      v0 ^= word;
    }
    v2 ^= 0xee;
    // As a function a round would have to return four numbers, so it is written twice.
    for (let round = 0; round < 4; round++) {
      v0 = (v0 + v1) | 0;
      v1 = ((v1 << 5) | (v1 >>> 27)) ^ v0;
      v0 = (v0 << 16) | (v0 >>> 16);
      v2 = (v2 + v3) | 0;
      v3 = ((v3 << 8) | (v3 >>> 24)) ^ v2;
      v0 = (v0 + v3) | 0;
      v3 = ((v3 << 7) | (v3 >>> 25)) ^ v0;
      v2 = (v2 + v1) | 0;
      v1 = ((v1 << 13) | (v1 >>> 19)) ^ v2;
      v2 = (v2 << 16) | (v2 >>> 16);
    }
    target.low = v1 ^ v3;
    target.high = v0 ^ v2 || 1;
  }
}
