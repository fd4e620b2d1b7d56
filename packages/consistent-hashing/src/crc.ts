/**
 * Cyclic redundancy checks of a key's UTF-8 bytes, where others must compute the
 * same: CRC-16/XMODEM as Redis Cluster uses it, and CRC-32 (ISO-HDLC) as nginx's
 * `hash … consistent` and zlib do. Both read the string as it is and allocate
 * nothing. Well-formed text only agrees with other programs; a lone surrogate is
 * hashed as the three bytes it would have if it were a character.
 *
 * A CRC is linear, so similar keys land at related places; for anything new take
 * `murmur3`.
 */

const table16 = Uint16Array.from({ length: 256 }, (_, byte) => {
  let crc = byte << 8;
  for (let bit = 0; bit < 8; bit++) crc = crc & 0x8000 ? (crc << 1) ^ 0x1021 : crc << 1;
  return crc & 0xffff;
});

const table32 = Uint32Array.from({ length: 256 }, (_, byte) => {
  let crc = byte;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xedb88320 : crc >>> 1;
  return crc >>> 0;
});

const next16 = (crc: number, byte: number): number =>
  ((crc << 8) & 0xffff) ^ (table16[(crc >>> 8) ^ byte] ?? 0);

const next32 = (crc: number, byte: number): number =>
  (crc >>> 8) ^ (table32[(crc ^ byte) & 0xff] ?? 0);

/** CRC-16/XMODEM of the key's UTF-8 bytes, in [0, 65536). O(length). */
export function crc16(key: string): number {
  let crc = 0;
  for (let i = 0; i < key.length; i++) {
    const unit = key.charCodeAt(i);
    if (unit < 0x80) crc = next16(crc, unit);
    else {
      const point = key.codePointAt(i) ?? unit;
      if (point > 0xffff) i += 1;
      crc = overUtf8(next16, crc, point);
    }
  }
  return crc;
}

/** CRC-32 of the key's UTF-8 bytes, in [0, 2^32). O(length). */
export function crc32(key: string): number {
  let crc = 0xffffffff;
  for (let i = 0; i < key.length; i++) {
    const unit = key.charCodeAt(i);
    if (unit < 0x80) crc = next32(crc, unit);
    else {
      const point = key.codePointAt(i) ?? unit;
      if (point > 0xffff) i += 1;
      crc = overUtf8(next32, crc, point);
    }
  }
  return (crc ^ 0xffffffff) >>> 0;
}

/** Feeds the two to four UTF-8 bytes of a code point beyond ASCII. */
function overUtf8(
  next: (crc: number, byte: number) => number,
  start: number,
  point: number,
): number {
  let crc = start;
  if (point < 0x800) crc = next(crc, 0xc0 | (point >> 6));
  else {
    if (point < 0x10000) crc = next(crc, 0xe0 | (point >> 12));
    else {
      crc = next(crc, 0xf0 | (point >> 18));
      crc = next(crc, 0x80 | ((point >> 12) & 0x3f));
    }
    crc = next(crc, 0x80 | ((point >> 6) & 0x3f));
  }
  return next(crc, 0x80 | (point & 0x3f));
}

/**
 * A `KeyHash` under which a partition table of 16,384 partitions numbers them as
 * Redis Cluster numbers its slots: partition = CRC16(key) mod 16384. Use it with
 * `hashTags: true` and nothing else: only the high 14 bits are set.
 * (Redis cluster specification, "Key distribution model".)
 */
export function redisSlotHash(key: string): number {
  return ((crc16(key) & 0x3fff) << 18) >>> 0;
}
