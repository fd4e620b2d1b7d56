/**
 * A cell as bytes: on disk, in a hint, in a frame.
 *
 *     1 format │ vector │ n versions │ CRC-32 of all before
 *     vector   varint count, then 6 bytes actor + 7 bytes counter each, by actor
 *     version  varint place of its actor in the vector │ 7 bytes counter │ 1 kind │ body
 *     body     removed –  value: varint length, bytes  expiring: 6 bytes ms, then as value
 *              score: 8 bytes IEEE 754   count: varint length, decimal text
 *
 * A version's actor is always in the vector, so it costs one byte there. A value
 * of 100 bytes with one writer is a record of 130. The same cell always gives the same bytes.
 */
import { crc32 } from "node:zlib";
import { compareDots, type Cell, type Vector, type Version } from "./cell.ts";
import { keyValueErrors } from "./errors.ts";
import type { Payload } from "./payload.ts";

const FORMAT = 1;
const KINDS = { removed: 0, value: 1, expiring: 2, score: 3, count: 4 } as const;

export function encodeCell(cell: Cell): Uint8Array {
  const parts: Buffer[] = [Buffer.of(FORMAT), encodeVector(cell.clock)];
  const actors = new Map(actorsOf(cell.clock).map((actor, place) => [actor, place]));
  parts.push(varint(cell.versions.length));
  for (const version of cell.versions) {
    const place = actors.get(version.actor);
    if (place === undefined) throw new RangeError("a version is not covered by its cell's clock");
    parts.push(varint(place), counterBytes(version.counter), ...encodePayload(version.payload));
  }
  return sealed(parts);
}

/** A vector on its own: what a replica knows, a client's context. */
export function encodeKnowledge(vector: Vector): Uint8Array {
  return sealed([Buffer.of(FORMAT), encodeVector(vector)]);
}

/** Throws `record_corrupt` for anything that these functions did not write. */
export function decodeCell(bytes: Uint8Array): Cell {
  return reading(bytes, (reader) => {
    const clock = reader.vector();
    const actors = actorsOf(clock);
    const versions: Version[] = [];
    const count = reader.varint();
    for (let index = 0; index < count; index++) {
      const actor = actors[reader.varint()];
      if (actor === undefined) throw new RangeError("no such actor");
      versions.push({ actor, counter: reader.uint(7), payload: decodePayload(reader) });
    }
    return { clock, versions: versions.sort(compareDots) };
  });
}

/** Throws `record_corrupt`. */
export function decodeKnowledge(bytes: Uint8Array): Vector {
  return reading(bytes, (reader) => reader.vector());
}

function actorsOf(vector: Vector): number[] {
  return [...vector.keys()].sort((one, other) => one - other);
}

function encodeVector(vector: Vector): Buffer {
  const actors = actorsOf(vector);
  const entries = Buffer.alloc(actors.length * 13);
  for (const [index, actor] of actors.entries()) {
    entries.writeUIntBE(actor, index * 13, 6);
    counterBytes(vector.get(actor) ?? 0).copy(entries, index * 13 + 6);
  }
  return Buffer.concat([varint(actors.length), entries]);
}

function encodePayload(payload: Payload): Buffer[] {
  switch (payload.kind) {
    case "removed":
      return [Buffer.of(KINDS.removed)];
    case "value": {
      const { bytes, expiresMs } = payload;
      const body = [varint(bytes.length), Buffer.from(bytes)];
      if (expiresMs === undefined) return [Buffer.of(KINDS.value), ...body];
      const expiry = Buffer.alloc(6);
      expiry.writeUIntBE(Math.max(0, Math.floor(expiresMs)), 0, 6);
      return [Buffer.of(KINDS.expiring), expiry, ...body];
    }
    case "score": {
      const score = Buffer.alloc(8);
      score.writeDoubleBE(payload.score);
      return [Buffer.of(KINDS.score), score];
    }
    default: {
      const text = Buffer.from(payload.sum.toString(), "latin1");
      return [Buffer.of(KINDS.count), varint(text.length), text];
    }
  }
}

function decodePayload(reader: Reader): Payload {
  const kind = reader.uint(1);
  switch (kind) {
    case KINDS.removed:
      return { kind: "removed" };
    case KINDS.value:
      return { kind: "value", bytes: reader.bytes(reader.varint()) };
    case KINDS.expiring: {
      const expiresMs = reader.uint(6);
      return { kind: "value", bytes: reader.bytes(reader.varint()), expiresMs };
    }
    case KINDS.score:
      return { kind: "score", score: reader.double() };
    case KINDS.count:
      return {
        kind: "count",
        sum: BigInt(Buffer.from(reader.bytes(reader.varint())).toString("latin1")),
      };
    default:
      throw new RangeError(`no payload is of kind ${kind}`);
  }
}

function varint(value: number): Buffer {
  const bytes: number[] = [];
  let left = value;
  for (; left > 0x7f; left = Math.floor(left / 128)) bytes.push((left & 0x7f) | 0x80);
  bytes.push(left);
  return Buffer.from(bytes);
}

/** 53 bits: seven bytes, of which Buffer writes at most six at once. */
function counterBytes(counter: number): Buffer {
  const bytes = Buffer.alloc(7);
  bytes.writeUInt8(Math.floor(counter / 2 ** 48), 0);
  bytes.writeUIntBE(counter % 2 ** 48, 1, 6);
  return bytes;
}

function sealed(parts: readonly Buffer[]): Uint8Array {
  const body = Buffer.concat(parts);
  const sum = Buffer.alloc(4);
  sum.writeUInt32BE(crc32(body));
  return Buffer.concat([body, sum]);
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
