/**
 * A cell as bytes: on disk, in a hint, in a frame.
 *
 *     1 format │ vector │ n versions │ CRC-32 of all before
 *     vector   varint count, then 6 bytes actor + 7 bytes counter each, by actor
 *     version  varint place of its actor in the vector │ 7 bytes counter │ 1 kind │ body
 *     body     removed –  value: varint length, bytes  expiring: 6 bytes ms, then as value
 *              score: 8 bytes IEEE 754   count: varint length, decimal text
 *              emptied: 1 byte type   collection: [6 bytes ms] 1 byte type
 *     a kind with 0x40 has a floor before its body: a vector
 *
 * A version's actor is always in the vector, so it costs one byte there. A value
 * of 100 bytes with one writer is a record of 130. The same cell always gives the same bytes.
 */
import { crc32 } from "node:zlib";
import { bufferOf } from "./buffers.ts";
import { compareDots, type Cell, type Dot, type Vector, type Version } from "./cell.ts";
import { keyValueErrors } from "./errors.ts";
import type { CollectionType, Payload } from "./payload.ts";

const FORMAT = 1;
const KINDS = {
  removed: 0,
  value: 1,
  expiring: 2,
  score: 3,
  count: 4,
  emptied: 5,
  collection: 6,
  expiringCollection: 7,
} as const;
/** Added to the kind of a payload that is followed by a floor. */
const FLOORED = 0x40;
const TYPES: readonly CollectionType[] = ["hash", "set", "zset"];

export function encodeCell(cell: Cell): Uint8Array {
  const { clock, versions } = cell;
  writer.begin(sizeOf(cell));
  const actors = writer.vector(clock);
  writer.varint(versions.length);
  for (const { actor, counter, payload } of versions) {
    const place = actors.indexOf(actor);
    if (place < 0) throw new RangeError("a version is not covered by its cell's clock");
    writer.varint(place);
    writer.uint(counter, 7);
    writePayload(payload);
  }
  return writer.sealed();
}

/** A vector on its own: what a replica knows, a client's context. */
export function encodeKnowledge(vector: Vector): Uint8Array {
  writer.begin(10 + 13 * vector.size);
  writer.vector(vector);
  return writer.sealed();
}

/** A vector of one entry. */
export function encodeEntry(actor: number, counter: number): Uint8Array {
  writer.begin(20);
  writer.varint(1);
  writer.uint(actor, 6);
  writer.uint(counter, 7);
  return writer.sealed();
}

/**
 * Throws `record_corrupt` for anything that these functions did not write. Values are
 * views of `bytes`, which must not be changed afterwards.
 */
export function decodeCell(bytes: Uint8Array): Cell {
  return reading(bytes, readCell);
}

/** As `decodeCell`, of a record that was checked before: its checksum is not looked at. */
export function decodeTrusted(bytes: Uint8Array): Cell {
  const reader = new Reader(bytes, bytes.length - 4);
  reader.byte();
  return readCell(reader);
}

function readCell(reader: Reader): Cell {
  const actors: number[] = [];
  const clock = reader.vector(actors);
  const versions: Version[] = [];
  const count = reader.varint();
  for (let index = 0; index < count; index++) {
    const actor = actors[reader.varint()];
    if (actor === undefined) throw new RangeError("no such actor");
    versions.push({ actor, counter: reader.uint(7), payload: readPayload(reader) });
  }
  return { clock, versions: count > 1 ? versions.sort(compareDots) : versions };
}

const ENTRY_BYTES = 6 + 7;

/** Where the kind of the only version stands in a checked record; 0 when it has another number of versions. */
function onlyKindAt(record: Uint8Array): number {
  const actors = record[1] ?? 0;
  const versionsAt = 2 + ENTRY_BYTES * actors;
  // Of more actors than a byte can count, or a version that names one of those, nobody asks much.
  const isSimple =
    actors < 0x80 && record[versionsAt] === 1 && (record[versionsAt + 1] ?? 0) < 0x80;
  return isSimple ? versionsAt + 2 + 7 : 0;
}

/** The dot of a checked record's only version; `undefined` when it has more or none. */
export function onlyDotOf(record: Uint8Array): Dot | undefined {
  const kindAt = onlyKindAt(record);
  if (kindAt === 0) return undefined;
  const reader = new Reader(record, record.length, 2 + ENTRY_BYTES * (record[kindAt - 8] ?? 0));
  const actor = reader.uint(6);
  return { actor, counter: new Reader(record, record.length, kindAt - 7).uint(7) };
}

/**
 * The value of a checked record whose only version is one, without expiry or floor;
 * `undefined` for any other. Nothing else is made of it: this is most reads.
 */
export function plainValueOf(record: Uint8Array): Uint8Array | undefined {
  const kindAt = onlyKindAt(record);
  if (kindAt === 0 || record[kindAt] !== KINDS.value) return undefined;
  const reader = new Reader(record, record.length, kindAt + 1);
  return reader.bytes(reader.varint());
}

/** Throws `record_corrupt`. */
export function decodeKnowledge(bytes: Uint8Array): Vector {
  return reading(bytes, (reader) => reader.vector());
}

/** At least as many bytes as the record takes: it is written without growing. */
function sizeOf({ clock, versions }: Cell): number {
  let size = 20 + 13 * clock.size;
  for (const { payload } of versions) {
    size += 24;
    if (payload.kind === "value") size += payload.bytes.length;
    if (payload.kind === "count") size += payload.sum.toString().length;
    if ("floor" in payload && payload.floor !== undefined) size += 13 * payload.floor.size;
  }
  return size;
}

function writePayload(payload: Payload): void {
  const floor = "floor" in payload ? payload.floor : undefined;
  writer.byte(kindOf(payload) | (floor === undefined ? 0 : FLOORED));
  if (floor !== undefined) writer.vector(floor);
  if (payload.kind === "score") return writer.double(payload.score);
  if (payload.kind === "count") {
    return writer.bytes(Buffer.from(payload.sum.toString(), "latin1"));
  }
  if ("expiresMs" in payload && payload.expiresMs !== undefined) {
    writer.uint(Math.max(0, Math.floor(payload.expiresMs)), 6);
  }
  if (payload.kind === "value") return writer.bytes(payload.bytes);
  if (payload.type !== undefined) writer.byte(TYPES.indexOf(payload.type));
}

function kindOf(payload: Payload): number {
  switch (payload.kind) {
    case "removed":
      return payload.type === undefined ? KINDS.removed : KINDS.emptied;
    case "value":
      return payload.expiresMs === undefined ? KINDS.value : KINDS.expiring;
    case "collection":
      return payload.expiresMs === undefined ? KINDS.collection : KINDS.expiringCollection;
    default:
      return KINDS[payload.kind];
  }
}

function readPayload(reader: Reader): Payload {
  const tag = reader.byte();
  const floor = (tag & FLOORED) === 0 ? undefined : { floor: reader.vector() };
  const kind = tag & ~FLOORED;
  switch (kind) {
    case KINDS.removed:
      return { kind: "removed", ...floor };
    case KINDS.emptied:
      return { kind: "removed", type: readType(reader), ...floor };
    case KINDS.value:
      return { kind: "value", bytes: reader.bytes(reader.varint()), ...floor };
    case KINDS.expiring: {
      const expiresMs = reader.uint(6);
      return { kind: "value", bytes: reader.bytes(reader.varint()), expiresMs, ...floor };
    }
    case KINDS.collection:
      return { kind: "collection", type: readType(reader), ...floor };
    case KINDS.expiringCollection: {
      const expiresMs = reader.uint(6);
      return { kind: "collection", type: readType(reader), expiresMs, ...floor };
    }
    case KINDS.score:
      return { kind: "score", score: reader.double() };
    case KINDS.count: {
      const digits = Buffer.from(reader.bytes(reader.varint())).toString("latin1");
      return { kind: "count", sum: BigInt(digits) };
    }
    default:
      throw new RangeError(`no payload is of kind ${kind}`);
  }
}

function readType(reader: Reader): CollectionType {
  const type = TYPES[reader.byte()];
  if (type === undefined) throw new RangeError("no such type");
  return type;
}

/** Writes one record after the other, each from the start of the same memory. */
class Writer {
  #buffer = Buffer.allocUnsafeSlow(4_096);
  #at = 0;

  /** A new record, of `size` bytes at most. */
  begin(size: number): void {
    this.#at = 0;
    if (this.#buffer.length < size) this.#buffer = Buffer.allocUnsafeSlow(size);
    this.byte(FORMAT);
  }

  byte(value: number): void {
    this.#buffer[this.#at++] = value;
  }

  /** The lowest `size` bytes of a whole number, the highest first. */
  uint(value: number, size: 6 | 7): void {
    if (!(value >= 0 && value < 2 ** (8 * size))) throw new RangeError(`${value} does not fit`);
    const buffer = this.#buffer;
    const high = Math.floor(value / 2 ** 32);
    const low = value >>> 0;
    let at = this.#at;
    if (size === 7) buffer[at++] = high >>> 16;
    buffer[at++] = high >>> 8;
    buffer[at++] = high;
    buffer[at++] = low >>> 24;
    buffer[at++] = low >>> 16;
    buffer[at++] = low >>> 8;
    buffer[at++] = low;
    this.#at = at;
  }

  double(value: number): void {
    this.#at = this.#buffer.writeDoubleBE(value, this.#at);
  }

  varint(value: number): void {
    let left = value;
    for (; left > 0x7f; left = Math.floor(left / 128)) this.byte((left & 0x7f) | 0x80);
    this.byte(left);
  }

  /** With their length in front. */
  bytes(bytes: Uint8Array): void {
    this.varint(bytes.length);
    this.#buffer.set(bytes, this.#at);
    this.#at += bytes.length;
  }

  /** By actor. Returns the actors in the order written. */
  vector(vector: Vector): readonly number[] {
    const actors = Array.from(vector.keys());
    // Most are in order: they were read so.
    if (!isSorted(actors)) actors.sort((one, other) => one - other);
    this.varint(actors.length);
    for (const actor of actors) {
      this.uint(actor, 6);
      this.uint(vector.get(actor) ?? 0, 7);
    }
    return actors;
  }

  /** A copy of all that was written, with its checksum. */
  sealed(): Uint8Array {
    const end = this.#at;
    const buffer = this.#buffer;
    const sum = crc32(buffer.subarray(0, end));
    buffer.writeUInt32BE(sum, end);
    const record = Buffer.from(buffer.subarray(0, end + 4));
    // One large record is not paid for until the process ends.
    if (buffer.length > KEPT_BYTES) this.#buffer = Buffer.allocUnsafeSlow(4_096);
    return record;
  }
}

function isSorted(numbers: readonly number[]): boolean {
  for (let at = 1; at < numbers.length; at++) {
    if ((numbers[at - 1] ?? 0) > (numbers[at] ?? 0)) return false;
  }
  return true;
}

const KEPT_BYTES = 64 * 1_024;
const writer = new Writer();

function reading<Value>(bytes: Uint8Array, read: (reader: Reader) => Value): Value {
  const buffer = bufferOf(bytes);
  const end = buffer.length - 4;
  try {
    if (end < 1 || crc32(buffer.subarray(0, end)) !== buffer.readUInt32BE(end)) {
      throw new RangeError("the checksum differs");
    }
    const reader = new Reader(buffer, end);
    const format = reader.byte();
    if (format !== FORMAT) throw new RangeError(`format ${format} is not known`);
    const value = read(reader);
    if (!reader.isAtEnd) throw new RangeError("bytes are left over");
    return value;
  } catch (cause) {
    throw keyValueErrors.record_corrupt({ cause });
  }
}

class Reader {
  readonly #buffer: Buffer;
  readonly #end: number;
  #at: number;

  /** Reads from the byte at `start` up to the one at `end`. */
  constructor(bytes: Uint8Array, end: number, start = 0) {
    this.#at = start;
    this.#buffer = bufferOf(bytes);
    this.#end = end;
  }

  get isAtEnd(): boolean {
    return this.#at === this.#end;
  }

  byte(): number {
    return this.#buffer[this.#skip(1)] ?? 0;
  }

  uint(size: 6 | 7): number {
    const at = this.#skip(size);
    const buffer = this.#buffer;
    if (size === 6) return buffer.readUInt16BE(at) * 2 ** 32 + buffer.readUInt32BE(at + 2);
    return buffer.readUIntBE(at, 3) * 2 ** 32 + buffer.readUInt32BE(at + 3);
  }

  double(): number {
    return this.#buffer.readDoubleBE(this.#skip(8));
  }

  varint(): number {
    let value = 0;
    for (let scale = 1; scale <= 2 ** 42; scale *= 128) {
      const byte = this.byte();
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
    }
    throw new RangeError("a number is too long");
  }

  /** Those of the record itself. */
  bytes(length: number): Uint8Array {
    const at = this.#skip(length);
    return new Uint8Array(this.#buffer.buffer, this.#buffer.byteOffset + at, length);
  }

  /** `actors` gets them in the order of the record. */
  vector(actors: number[] = []): Vector {
    const vector = new Map<number, number>();
    const count = this.varint();
    for (let index = 0; index < count; index++) {
      const actor = this.uint(6);
      actors.push(actor);
      vector.set(actor, this.uint(7));
    }
    return vector;
  }

  #skip(length: number): number {
    const at = this.#at;
    if (at + length > this.#end) throw new RangeError("the record ends too early");
    this.#at = at + length;
    return at;
  }
}
