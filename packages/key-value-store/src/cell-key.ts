/**
 * Where a cell lies in the sorted store.
 *
 *     1 kind │ 2 partition │ 6 position │ 2 length │ key │ 1 part │ [6 position] element
 *
 * A partition is one range of the store, and what belongs to one key is one range
 * within. Positions are 48 bits of a hash: they spread keys evenly over a Merkle
 * tree's leaves, and with the partition they make a cursor of 62 bits that every
 * replica understands. Big-endian, so that bytes and numbers sort alike.
 */
import { murmur3 } from "@tenfold/consistent-hashing";

/** Slots of Redis Cluster; the number of partitions divides it. */
const SLOTS = 16_384;

const DATA = 0x64;

/** What a cell is of a key: its head, or one element of a collection. */
export interface CellId {
  readonly key: Uint8Array;
  /** A hash's field, or a set's or sorted set's member. Absent for the key itself. */
  readonly element?: Uint8Array;
}

const table16 = Uint16Array.from({ length: 256 }, (_, byte) => {
  let crc = byte << 8;
  for (let bit = 0; bit < 8; bit++) crc = crc & 0x8000 ? (crc << 1) ^ 0x1021 : crc << 1;
  return crc & 0xffff;
});

/**
 * The slot of a key as Redis Cluster numbers it: CRC-16/XMODEM of its bytes, or of
 * what stands between the first `{` and the first `}` after it, modulo 16,384. As
 * `redisSlotHash`, but of bytes: not every key is text.
 */
export function slotOf(key: Uint8Array): number {
  const open = key.indexOf(0x7b);
  const close = open < 0 ? -1 : key.indexOf(0x7d, open + 1);
  const tagged = close > open + 1 ? key.subarray(open + 1, close) : key;
  let crc = 0;
  for (const byte of tagged) crc = ((crc << 8) & 0xffff) ^ (table16[(crc >>> 8) ^ byte] ?? 0);
  return crc % SLOTS;
}

/** `partitions` is a power of two up to 16,384: each has a run of slots. */
export function partitionOf(key: Uint8Array, partitions: number): number {
  return Math.floor((slotOf(key) * partitions) / SLOTS);
}

/** 48 bits. Every character of a latin-1 string is one byte, so nothing is lost. */
function positionOf(bytes: Uint8Array): number {
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("latin1");
  return murmur3(text, 1) * 2 ** 16 + (murmur3(text, 2) >>> 16);
}

/** The storage key of a cell. */
export function cellKey({ key, element }: CellId, partitions: number): Uint8Array {
  const elementSize = element === undefined ? 0 : 6 + element.length;
  const bytes = Buffer.alloc(12 + key.length + elementSize);
  bytes.writeUInt8(DATA, 0);
  bytes.writeUInt16BE(partitionOf(key, partitions), 1);
  bytes.writeUIntBE(positionOf(key), 3, 6);
  bytes.writeUInt16BE(key.length, 9);
  bytes.set(key, 11);
  bytes.writeUInt8(element === undefined ? 0 : 1, 11 + key.length);
  if (element !== undefined) {
    bytes.writeUIntBE(positionOf(element), 12 + key.length, 6);
    bytes.set(element, 18 + key.length);
  }
  return bytes;
}

/** The range that holds all cells of a partition: from the first, up to but without the second. */
export function partitionRange(partition: number): { from: Uint8Array; to: Uint8Array } {
  const edge = (number: number): Uint8Array => {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32BE(DATA * 2 ** 16 + number);
    return bytes.subarray(1);
  };
  return { from: edge(partition), to: edge(partition + 1) };
}

/** The range of one leaf of a partition's Merkle tree, as `partitionRange`. */
export function leafRange(partition: number, leaf: number): { from: Uint8Array; to: Uint8Array } {
  const from = Buffer.of(DATA, partition >>> 8, partition & 0xff, leaf << 2);
  const isLast = leaf === 63;
  return {
    from,
    to: isLast
      ? partitionRange(partition).to
      : Buffer.of(DATA, partition >>> 8, partition & 0xff, (leaf + 1) << 2),
  };
}

/** The partition that a storage key says it is in. */
export function partitionOfCellKey(cellKey: Uint8Array): number {
  return ((cellKey[1] ?? 0) << 8) | (cellKey[2] ?? 0);
}

/** The Merkle leaf of a storage key: the highest six bits of the key's position. */
export function leafOf(cellKey: Uint8Array): number {
  return (cellKey[3] ?? 0) >>> 2;
}
