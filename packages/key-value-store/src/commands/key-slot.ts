/**
 * The slot of a key, of 16,384, as Redis Cluster numbers them: CRC-16/XMODEM of
 * the key's bytes, or of its hash tag when it has one. Over bytes, as keys need
 * not be text; for text it agrees with `redisSlotHash` of the hashing package.
 * (Redis cluster specification, "Key distribution model".)
 */

const table = Uint16Array.from({ length: 256 }, (_, byte) => {
  let crc = byte << 8;
  for (let bit = 0; bit < 8; bit++) crc = crc & 0x8000 ? (crc << 1) ^ 0x1021 : crc << 1;
  return crc & 0xffff;
});

const OPEN = 0x7b;
const CLOSE = 0x7d;

/** In [0, 16384). O(length). */
export function keySlot(key: Uint8Array): number {
  let from = 0;
  let to = key.length;
  const open = key.indexOf(OPEN);
  if (open >= 0) {
    const close = key.indexOf(CLOSE, open + 1);
    // An empty tag is none: the whole key is hashed.
    if (close > open + 1) {
      from = open + 1;
      to = close;
    }
  }
  let crc = 0;
  for (let i = from; i < to; i++) {
    crc = ((crc << 8) & 0xffff) ^ (table[(crc >>> 8) ^ (key[i] ?? 0)] ?? 0);
  }
  return crc & 0x3fff;
}
