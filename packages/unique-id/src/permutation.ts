/**
 * A keyed permutation of [0, N), for any N up to 2^64: numbers that count up
 * become numbers that look drawn by lot, one to one, and only the key leads back.
 *
 * A short link's ID counts 1, 2, 3, …; written as it is, anyone could walk
 * through all links and read off how many there are. A hash would hide the order
 * but collide; stretched encodings (sqids and the like) are not secret. What is
 * wanted is *format-preserving encryption*: a block cipher whose block is exactly
 * the set of 7-character codes.
 *
 * The construction has two halves, both from Black and Rogaway, "Ciphers with
 * Arbitrary Finite Domains" (CT-RSA 2002):
 *
 * 1. A balanced Feistel network gives a permutation of 2w-bit numbers from any
 *    function F of w bits. Each round is undone by the same round backwards, so
 *    F itself need not be invertible:
 *
 *          left          right                 w = ⌈bits(N − 1) / 2⌉
 *            │             │
 *            ⊕ ◀── F(i,·) ─┤        ×  10 rounds,  F(i, x) = SipHash-2-4(x ‖ i) mod 2^w
 *            └──────╲ ╱────┘
 *                   ╱ ╲
 *          left          right
 *
 *    Luby and Rackoff (1988) show that four rounds of a pseudorandom F cannot be
 *    told from a random permutation by fewer than about 2^(w/2) chosen queries.
 *    On small domains that proof says little and there are attacks on few
 *    rounds, so we run ten, as NIST's FF1 does (SP 800-38G).
 *
 * 2. Cycle walking cuts 2^2w down to N: encrypt again until the result lies in
 *    [0, N). Starting inside, the walk must come back inside, and as it follows a
 *    cycle of a permutation it is one to one. Since 2^2w < 4N, it takes fewer
 *    than 4 passes on average (1.25 for N = 62^7).
 *
 * SipHash's key is HMAC-SHA-256(key, purpose and N) cut to 16 bytes, so one key
 * gives unrelated permutations for different N. The mapping of a key and an N is
 * part of this file's promise: stored codes depend on it (see the pinned test).
 *
 * It hides order and count; it does not authenticate: every number in [0, N) is
 * a valid output, so guesses hit with probability (issued / N).
 */
import { createHmac } from "node:crypto";
import { createSipHash } from "./siphash.ts";

export interface PermutationOptions {
  /** The secret, at least 16 bytes. Lost or changed, old codes lead elsewhere. */
  key: Uint8Array;
  /** N: inputs and outputs are in [0, N). From 1 to 2^64. */
  size: bigint;
}

export interface Permutation {
  /** The image of `value`. Throws a RangeError outside [0, size). */
  forward(value: bigint): bigint;
  /** The number whose image is `value`. Throws a RangeError outside [0, size). */
  backward(value: bigint): bigint;
}

const ROUNDS = 10;
const PURPOSE = "tenfold permutation v1";

/** Makes the permutation of a key and a size. Synchronous, a few µs a call. */
export function createPermutation({ key, size }: PermutationOptions): Permutation {
  if (key.length < 16) throw new RangeError(`a key has at least 16 bytes, not ${key.length}`);
  if (size < 1n || size > 2n ** 64n) {
    throw new RangeError(`size must be from 1 to 2^64, not ${size}`);
  }
  const last = size - 1n;
  const halfBits = Math.max(Math.ceil(bitLength(last) / 2), 1);
  const shift = BigInt(halfBits);
  const halfMask = (1n << shift) - 1n;
  const mask = Number(halfMask);
  const lastLeft = Number(last >> shift);
  const lastRight = Number(last & halfMask);
  const digest = createHmac("sha256", key).update(`${PURPOSE} ${size}`).digest();
  const sip = createSipHash(digest.subarray(0, 16));

  // The number at hand, in halves; kept outside so that a pass allocates nothing.
  let left = 0;
  let right = 0;

  const encrypt = (): void => {
    for (let round = 0; round < ROUNDS; round += 1) {
      const mixed = ((left ^ sip.hashWords(right, round)) & mask) >>> 0;
      left = right;
      right = mixed;
    }
  };
  const decrypt = (): void => {
    for (let round = ROUNDS - 1; round >= 0; round -= 1) {
      const mixed = ((right ^ sip.hashWords(left, round)) & mask) >>> 0;
      right = left;
      left = mixed;
    }
  };
  const isOutside = (): boolean => left > lastLeft || (left === lastLeft && right > lastRight);
  const walk = (value: bigint, pass: () => void): bigint => {
    if (value < 0n || value > last) {
      throw new RangeError(`a permutation of [0, ${size}) cannot take ${value}`);
    }
    left = Number(value >> shift);
    right = Number(value & halfMask);
    do pass();
    while (isOutside());
    return (BigInt(left) << shift) | BigInt(right);
  };

  return Object.freeze({
    forward: (value: bigint) => walk(value, encrypt),
    backward: (value: bigint) => walk(value, decrypt),
  });
}

function bitLength(value: bigint): number {
  return value === 0n ? 0 : value.toString(2).length;
}
