/**
 * SipHash-2-4: a keyed hash of short input, made to be a strong pseudorandom
 * function at the price of a table lookup (Aumasson and Bernstein, "SipHash: a
 * fast short-input PRF", INDOCRYPT 2012). 128-bit key, 64-bit result.
 *
 * Four 64-bit words are mixed by additions, rotations and exclusive ors: two
 * rounds per 8 bytes of input, four at the end. JavaScript has no 64-bit
 * integers that are quick, so each word is a pair of 32-bit halves, and an
 * addition carries by hand.
 */

/** Four 64-bit words as low and high halves: v0 low, v0 high, v1 low, … */
type State = Int32Array;

/** Key and input as little-endian 32-bit words; `key` has four. */
export interface SipHash {
  /** Low 32 bits, unsigned, of the hash of the 8 bytes `low`, `high` (both 32-bit). */
  hashWords(low: number, high: number): number;
  /** The whole hash of any bytes. */
  hashBytes(message: Uint8Array): bigint;
}

/** A hash with `key`, 16 bytes. */
export function createSipHash(key: Uint8Array): SipHash {
  if (key.length !== 16) throw new RangeError(`a SipHash key has 16 bytes, not ${key.length}`);
  const view = new DataView(key.buffer, key.byteOffset, key.byteLength);
  const [k0Low, k0High] = [view.getInt32(0, true), view.getInt32(4, true)];
  const [k1Low, k1High] = [view.getInt32(8, true), view.getInt32(12, true)];
  // The constants spell "somepseudorandomlygeneratedbytes".
  const start = Int32Array.of(
    k0Low ^ 0x70736575,
    k0High ^ 0x736f6d65,
    k1Low ^ 0x6e646f6d,
    k1High ^ 0x646f7261,
    k0Low ^ 0x6e657261,
    k0High ^ 0x6c796765,
    k1Low ^ 0x79746573,
    k1High ^ 0x74656462,
  );
  const state = new Int32Array(8);

  return {
    hashWords(low, high) {
      state.set(start);
      absorb(state, low, high);
      absorb(state, 0, 8 << 24);
      finish(state);
      return fold(state, 0) >>> 0;
    },
    hashBytes(message) {
      state.set(start);
      // The last block carries the remaining bytes and, on top, the length modulo 256.
      const blocks = Math.floor(message.length / 8) + 1;
      const padded = new DataView(new ArrayBuffer(blocks * 8));
      for (const [index, byte] of message.entries()) padded.setUint8(index, byte);
      padded.setUint8(blocks * 8 - 1, message.length & 0xff);
      for (let at = 0; at < blocks * 8; at += 8) {
        absorb(state, padded.getInt32(at, true), padded.getInt32(at + 4, true));
      }
      finish(state);
      return (BigInt(fold(state, 1) >>> 0) << 32n) | BigInt(fold(state, 0) >>> 0);
    },
  };
}

function absorb(state: State, low: number, high: number): void {
  state[6] = word(state, 6) ^ low;
  state[7] = word(state, 7) ^ high;
  mix(state, 2);
  state[0] = word(state, 0) ^ low;
  state[1] = word(state, 1) ^ high;
}

function finish(state: State): void {
  state[4] = word(state, 4) ^ 0xff;
  mix(state, 4);
}

/** v0 ^ v1 ^ v2 ^ v3, the low half (0) or the high half (1). */
function fold(state: State, half: 0 | 1): number {
  return word(state, half) ^ word(state, half + 2) ^ word(state, half + 4) ^ word(state, half + 6);
}

function word(state: State, index: number): number {
  return state[index] ?? 0;
}

/** `rounds` SipRounds. Lines follow the paper's figure; `a`…`d` are v0…v3. */
function mix(state: State, rounds: number): void {
  let [aLow, aHigh, bLow, bHigh] = [word(state, 0), word(state, 1), word(state, 2), word(state, 3)];
  let [cLow, cHigh, dLow, dHigh] = [word(state, 4), word(state, 5), word(state, 6), word(state, 7)];
  let sum = 0;
  let old = 0;
  for (let round = 0; round < rounds; round += 1) {
    // v0 += v1; v1 <<<= 13; v1 ^= v0; v0 <<<= 32
    sum = (aLow >>> 0) + (bLow >>> 0);
    aHigh = (aHigh + bHigh + (sum > 0xffffffff ? 1 : 0)) | 0;
    aLow = sum | 0;
    old = bLow;
    bLow = ((bLow << 13) | (bHigh >>> 19)) ^ aLow;
    bHigh = ((bHigh << 13) | (old >>> 19)) ^ aHigh;
    old = aLow;
    aLow = aHigh;
    aHigh = old;
    // v2 += v3; v3 <<<= 16; v3 ^= v2
    sum = (cLow >>> 0) + (dLow >>> 0);
    cHigh = (cHigh + dHigh + (sum > 0xffffffff ? 1 : 0)) | 0;
    cLow = sum | 0;
    old = dLow;
    dLow = ((dLow << 16) | (dHigh >>> 16)) ^ cLow;
    dHigh = ((dHigh << 16) | (old >>> 16)) ^ cHigh;
    // v0 += v3; v3 <<<= 21; v3 ^= v0
    sum = (aLow >>> 0) + (dLow >>> 0);
    aHigh = (aHigh + dHigh + (sum > 0xffffffff ? 1 : 0)) | 0;
    aLow = sum | 0;
    old = dLow;
    dLow = ((dLow << 21) | (dHigh >>> 11)) ^ aLow;
    dHigh = ((dHigh << 21) | (old >>> 11)) ^ aHigh;
    // v2 += v1; v1 <<<= 17; v1 ^= v2; v2 <<<= 32
    sum = (cLow >>> 0) + (bLow >>> 0);
    cHigh = (cHigh + bHigh + (sum > 0xffffffff ? 1 : 0)) | 0;
    cLow = sum | 0;
    old = bLow;
    bLow = ((bLow << 17) | (bHigh >>> 15)) ^ cLow;
    bHigh = ((bHigh << 17) | (old >>> 15)) ^ cHigh;
    old = cLow;
    cLow = cHigh;
    cHigh = old;
  }
  state[0] = aLow;
  state[1] = aHigh;
  state[2] = bLow;
  state[3] = bHigh;
  state[4] = cLow;
  state[5] = cHigh;
  state[6] = dLow;
  state[7] = dHigh;
}
