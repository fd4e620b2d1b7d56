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
import { compareDots, type Cell, type Vector, type Version } from "./cell.ts";
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
  const writer = createWriter(sizeOf(cell));
  writer.uint(FORMAT, 1);
  const actors = writer.vector(clock);
  writer.varint(versions.length);
  for (const { actor, counter, payload } of versions) {
    const place = actors.indexOf(actor);
    if (place < 0) throw new RangeError("a version is not covered by its cell's clock");
    writer.varint(place);
    writer.uint(counter, 7);
    writePayload(writer, payload);
  }
  return writer.sealed();
}

/** A vector on its own: what a replica knows, a client's context. */
export function encodeKnowledge(vector: Vector): Uint8Array {
  const writer = createWriter(10 + 13 * vector.size);
  writer.uint(FORMAT, 1);
  writer.vector(vector);
  return writer.sealed();
}

/** Throws `record_corrupt` for anything that these functions did not write. */
export function decodeCell(bytes: Uint8Array): Cell {
  return reading(bytes, (reader) => {
    const clock = reader.vector();
    const actors = [...clock.keys()];
    const versions: Version[] = [];
    const count = reader.varint();
    for (let index = 0; index < count; index++) {
      const actor = actors[reader.varint()];
      if (actor === undefined) throw new RangeError("no such actor");
      versions.push({ actor, counter: reader.uint(7), payload: readPayload(reader) });
    }
    return { clock, versions: count > 1 ? versions.sort(compareDots) : versions };
  });
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

function writePayload(writer: Writer, payload: Payload): void {
  const floor = "floor" in payload ? payload.floor : undefined;
  writer.uint(kindOf(payload) | (floor === undefined ? 0 : FLOORED), 1);
  if (floor !== undefined) writer.vector(floor);
  if (payload.kind === "score") return writer.double(payload.score);
  if (payload.kind === "count") {
    return writer.bytes(Buffer.from(payload.sum.toString(), "latin1"));
  }
  if ("expiresMs" in payload && payload.expiresMs !== undefined) {
    writer.uint(Math.max(0, Math.floor(payload.expiresMs)), 6);
  }
  if (payload.kind === "value") return writer.bytes(payload.bytes);
  if (payload.type !== undefined) writer.uint(TYPES.indexOf(payload.type), 1);
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
  const tag = reader.uint(1);
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
  const type = TYPES[reader.uint(1)];
  if (type === undefined) throw new RangeError("no such type");
  return type;
}

interface Writer {
  uint(value: number, size: 1 | 6 | 7): void;
  double(value: number): void;
  varint(value: number): void;
  /** With their length in front. */
  bytes(bytes: Uint8Array): void;
  /** By actor. Returns the actors in the order written. */
  vector(vector: Vector): readonly number[];
  /** All that was written, and its checksum. */
  sealed(): Uint8Array;
}

function createWriter(size: number): Writer {
  const buffer = Buffer.allocUnsafe(size);
  let at = 0;
  const uint = (value: number, length: 1 | 6 | 7): void => {
    if (length === 7) {
      // 53 bits: seven bytes, of which Buffer writes at most six at once.
      at = buffer.writeUInt8(Math.floor(value / 2 ** 48), at);
      at = buffer.writeUIntBE(value % 2 ** 48, at, 6);
    } else at = buffer.writeUIntBE(value, at, length);
  };
  const varint = (value: number): void => {
    let left = value;
    for (; left > 0x7f; left = Math.floor(left / 128)) {
      at = buffer.writeUInt8((left & 0x7f) | 0x80, at);
    }
    at = buffer.writeUInt8(left, at);
  };
  return {
    uint,
    varint,
    double: (value) => void (at = buffer.writeDoubleBE(value, at)),
    bytes(bytes) {
      varint(bytes.length);
      buffer.set(bytes, at);
      at += bytes.length;
    },
    vector(vector) {
      const actors = [...vector.keys()];
      if (actors.length > 1) actors.sort((one, other) => one - other);
      varint(actors.length);
      for (const actor of actors) {
        uint(actor, 6);
        uint(vector.get(actor) ?? 0, 7);
      }
      return actors;
    },
    sealed() {
      at = buffer.writeUInt32BE(crc32(buffer.subarray(0, at)), at);
      return buffer.subarray(0, at);
    },
  };
}

interface Reader {
  uint(size: 1 | 6 | 7): number;
  double(): number;
  varint(): number;
  bytes(length: number): Uint8Array;
  vector(): Vector;
}

function reading<Value>(bytes: Uint8Array, read: (reader: Reader) => Value): Value {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const end = buffer.length - 4;
  try {
    if (end < 1 || crc32(buffer.subarray(0, end)) !== buffer.readUInt32BE(end)) {
      throw new RangeError("the checksum differs");
    }
    if (buffer[0] !== FORMAT) throw new RangeError(`format ${buffer[0]} is not known`);
    const { reader, isAtEnd } = createReader(buffer.subarray(1, end));
    const value = read(reader);
    if (!isAtEnd()) throw new RangeError("bytes are left over");
    return value;
  } catch (cause) {
    throw keyValueErrors.record_corrupt({ cause });
  }
}

function createReader(buffer: Buffer): { reader: Reader; isAtEnd: () => boolean } {
  let at = 0;
  const skip = (length: number): number => {
    const start = at;
    if (start + length > buffer.length) throw new RangeError("the record ends too early");
    at += length;
    return start;
  };
  const uint = (size: 1 | 6 | 7): number => {
    const start = skip(size);
    if (size < 7) return buffer.readUIntBE(start, size);
    return buffer.readUInt8(start) * 2 ** 48 + buffer.readUIntBE(start + 1, 6);
  };
  const varintAt = (): number => {
    let value = 0;
    for (let scale = 1; scale <= 2 ** 42; scale *= 128) {
      const byte = uint(1);
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
    }
    throw new RangeError("a number is too long");
  };
  const reader: Reader = {
    uint,
    double: () => buffer.readDoubleBE(skip(8)),
    varint: varintAt,
    bytes: (length) => {
      const start = skip(length);
      return new Uint8Array(buffer.subarray(start, start + length));
    },
    vector: () => {
      const vector = new Map<number, number>();
      const count = varintAt();
      for (let index = 0; index < count; index++) vector.set(uint(6), uint(7));
      return vector;
    },
  };
  return { reader, isAtEnd: () => at === buffer.length };
}
