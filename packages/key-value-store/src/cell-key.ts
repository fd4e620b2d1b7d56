/**
 * Where a cell lies in the sorted store.
 *
 *     1 kind │ 2 partition │ 6 position │ 2 length │ key │ 1 part │ …
 *     data    part 0, the head: nothing more    part 1, an element: 6 position │ element
 *     index   part 2: 8 score │ member, with nothing as its value
 *
 * A partition is one range of the store, and what belongs to one key is one range
 * within. Positions are 48 bits of a hash: they spread keys evenly over a Merkle
 * tree's leaves, and with the partition they make a cursor of 62 bits that every
 * replica understands. Big-endian, so that bytes and numbers sort alike.
 */
import { murmur3 } from "@tenfold/consistent-hashing";
import { bufferOf } from "./buffers.ts";

/** Slots of Redis Cluster; the number of partitions divides it. */
const SLOTS = 16_384;

const DATA = 0x64;
const INDEX = 0x69;
const PARTS = { head: 0, element: 1, score: 2 } as const;

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
  return partitionOfSlot(slotOf(key), partitions);
}

export function partitionOfSlot(slot: number, partitions: number): number {
  return Math.floor((slot * partitions) / SLOTS);
}

/** 48 bits. Every character of a latin-1 string is one byte, so nothing is lost. */
export function positionOf(bytes: Uint8Array): number {
  const text = bufferOf(bytes).toString("latin1");
  return murmur3(text, 1) * 2 ** 16 + (murmur3(text, 2) >>> 16);
}

/** The storage key of a cell in the partition that its key belongs to. */
export function cellKey({ key, element }: CellId, partition: number): Uint8Array {
  const bytes = Buffer.allocUnsafe(12 + key.length);
  bytes[0] = DATA;
  bytes.writeUInt16BE(partition, 1);
  bytes.writeUIntBE(positionOf(key), 3, 6);
  bytes.writeUInt16BE(key.length, 9);
  bytes.set(key, 11);
  bytes[11 + key.length] = PARTS.head;
  return element === undefined ? bytes : elementPlace(bytes, element);
}

/** The place of an element of the key whose head lies at `head`. */
export function elementPlace(head: Uint8Array, element: Uint8Array): Uint8Array {
  const bytes = Buffer.allocUnsafe(head.length + 6 + element.length);
  bytes.set(head, 0);
  bytes[head.length - 1] = PARTS.element;
  bytes.writeUIntBE(positionOf(element), head.length, 6);
  bytes.set(element, head.length + 6);
  return bytes;
}

/** The place of a sorted set's member in the index by score: no cell, but a hint to one. */
export function scorePlace(head: Uint8Array, score: number, member: Uint8Array): Uint8Array {
  const bytes = Buffer.allocUnsafe(head.length + 8 + member.length);
  bytes.set(head, 0);
  bytes[0] = INDEX;
  bytes[head.length - 1] = PARTS.score;
  bytes.writeBigUInt64BE(sortableScore(score), head.length);
  bytes.set(member, head.length + 8);
  return bytes;
}

/**
 * IEEE 754 numbers sort as their bits do once the sign is turned: a negative one has
 * all its bits turned, any other the first. Both zeros are one.
 */
function sortableScore(score: number): bigint {
  scratch.setFloat64(0, score === 0 ? 0 : score);
  const bits = scratch.getBigUint64(0);
  return bits >> 63n === 0n ? bits | (1n << 63n) : bits ^ ((1n << 64n) - 1n);
}

/** Whether an entry of the index is one of this score. */
export function scorePlaceSays(place: Uint8Array, score: number): boolean {
  const buffer = bufferOf(place);
  return buffer.readBigUInt64BE(headLength(place)) === sortableScore(score);
}

const scratch = new DataView(new ArrayBuffer(8));

/** Whether a storage key is the place of a cell, and not of something kept beside them. */
export const isCellKey = (key: Uint8Array): boolean => key[0] === DATA;

/** Whether a cell is a key's head. */
export const isHeadPlace = (place: Uint8Array): boolean =>
  place[headLength(place) - 1] === PARTS.head;

const headLength = (place: Uint8Array): number => 12 + (((place[9] ?? 0) << 8) | (place[10] ?? 0));

/** The key of a cell, or of an entry of the index. */
export const keyOfPlace = (place: Uint8Array): Uint8Array =>
  place.subarray(11, headLength(place) - 1);

/** The element of a cell, or the member of an entry of the index. */
export function elementOfPlace(place: Uint8Array): Uint8Array {
  const start = headLength(place);
  return place.subarray(start + (place[start - 1] === PARTS.element ? 6 : 8));
}

/** The head of the key that a cell or an entry belongs to. */
export function headPlace(place: Uint8Array): Uint8Array {
  const head = Uint8Array.from(place.subarray(0, headLength(place)));
  head[0] = DATA;
  head[head.length - 1] = PARTS.head;
  return head;
}

/** 48 bits: the key's position within its partition. */
export function keyPositionOf(place: Uint8Array): number {
  return bufferOf(place).readUIntBE(3, 6);
}

/** 48 bits: the element's position within its key. */
export function elementPositionOf(place: Uint8Array): number {
  const buffer = bufferOf(place);
  return buffer.readUIntBE(headLength(place), 6);
}

export interface PlaceRange {
  readonly from: Uint8Array;
  readonly to: Uint8Array;
}

/** All elements of a key, from a position on. */
export function elementsRange(head: Uint8Array, position = 0): PlaceRange {
  const from = Buffer.alloc(head.length + 6);
  from.set(head, 0);
  from[head.length - 1] = PARTS.element;
  from.writeUIntBE(position, head.length, 6);
  return { from, to: withPart(head, PARTS.element + 1) };
}

/** All entries of a key in the index by score. */
export function scoresRange(head: Uint8Array): PlaceRange {
  const [from, to] = [withPart(head, PARTS.score), withPart(head, PARTS.score + 1)];
  from[0] = INDEX;
  to[0] = INDEX;
  return { from, to };
}

function withPart(head: Uint8Array, part: number): Uint8Array {
  const bytes = Uint8Array.from(head);
  bytes[bytes.length - 1] = part;
  return bytes;
}

/** Whether a place is an entry of the index by score and no cell. */
export const isScorePlace = (place: Uint8Array): boolean => place[0] === INDEX;

/** Where cells of keys from a position of a partition on begin. */
export function positionPlace(partition: number, position: number): Uint8Array {
  const bytes = Buffer.alloc(9);
  bytes[0] = DATA;
  bytes.writeUInt16BE(partition, 1);
  bytes.writeUIntBE(position, 3, 6);
  return bytes;
}

/** The first place after all cells. */
export const lastPlace = (): Uint8Array => Buffer.of(DATA + 1);

/** The next place after one, in the order of bytes. */
export function placeAfter(place: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(place.length + 1);
  bytes.set(place);
  return bytes;
}

/** The range that holds all cells of a partition: from the first, up to but without the second. */
export function partitionRange(partition: number): { from: Uint8Array; to: Uint8Array } {
  return rangeOfKind(DATA, partition);
}

/** As `partitionRange`, of the index by score. */
export function scoreRange(partition: number): { from: Uint8Array; to: Uint8Array } {
  return rangeOfKind(INDEX, partition);
}

function rangeOfKind(kind: number, partition: number): { from: Uint8Array; to: Uint8Array } {
  const edge = (number: number): Uint8Array => {
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32BE(kind * 2 ** 16 + number);
    return bytes.subarray(1);
  };
  return { from: edge(partition), to: edge(partition + 1) };
}

/** The range of one leaf of a partition's Merkle tree, as `partitionRange`. */
export function leafRange(partition: number, leaf: number): PlaceRange {
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
