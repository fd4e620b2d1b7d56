/**
 * Codecs: how a value is written and read, put together from smaller ones.
 *
 * Reading is bounded by what was received: a list is never longer than the bytes
 * that are left, and every part checks that it is there. Whatever no codec would
 * have written throws `RangeError`.
 *
 * Unions carry a number for each kind. Numbers are never used again for something
 * else, so that two versions of the store can speak with each other: one that does
 * not know a number does not understand the message, and nothing is done.
 */
import type { ByteReader, ByteWriter } from "./bytes.ts";

export interface Codec<Value> {
  readonly write: (writer: ByteWriter, value: Value) => void;
  readonly read: (reader: ByteReader) => Value;
}

/** What a codec reads. */
export type Coded<Of> = Of extends Codec<infer Value> ? Value : never;

/** A whole number from 0 to 2^53 - 1. */
export const uint: Codec<number> = {
  write: (writer, value) => writer.uint(value),
  read: (reader) => reader.uint(),
};

/** Any number. */
export const double: Codec<number> = {
  write: (writer, value) => writer.double(value),
  read: (reader) => reader.double(),
};

export const flag: Codec<boolean> = {
  write: (writer, value) => writer.byte(value ? 1 : 0),
  read: (reader) => bounded(reader.byte(), 2) === 1,
};

export const bytes: Codec<Uint8Array> = {
  write(writer, value) {
    writer.uint(value.length);
    writer.raw(value);
  },
  read: (reader) => reader.raw(reader.uint()),
};

/** A codec over another one's values. `from` may throw `RangeError`. */
export function mapped<Value, Inner>(
  inner: Codec<Inner>,
  { to, from }: { to: (value: Value) => Inner; from: (inner: Inner) => Value },
): Codec<Value> {
  return {
    write: (writer, value) => inner.write(writer, to(value)),
    read: (reader) => from(inner.read(reader)),
  };
}

export const text: Codec<string> = mapped(bytes, {
  to: (value: string) => Buffer.from(value),
  from: (value) => Buffer.from(value).toString(),
});

/** A whole number of any size, as decimal digits. */
export const bigint: Codec<bigint> = mapped(text, {
  to: String,
  from(digits) {
    if (!/^-?\d{1,40}$/.test(digits)) throw new RangeError("no whole number");
    return BigInt(digits);
  },
});

/** One of a few words, by their places: new ones are added at the end. */
export function oneOf<const Words extends readonly string[]>(words: Words): Codec<Words[number]> {
  return {
    write: (writer, value) => writer.byte(words.indexOf(value)),
    read: (reader) => words[bounded(reader.byte(), words.length)] ?? "",
  };
}

/** `undefined` or a value. */
export function optional<Value>(inner: Codec<Value>): Codec<Value | undefined> {
  return {
    write(writer, value) {
      flag.write(writer, value !== undefined);
      if (value !== undefined) inner.write(writer, value);
    },
    read: (reader) => (flag.read(reader) ? inner.read(reader) : undefined),
  };
}

export function list<Value>(inner: Codec<Value>): Codec<readonly Value[]> {
  return {
    write(writer, values) {
      writer.uint(values.length);
      for (const value of values) inner.write(writer, value);
    },
    read(reader) {
      // Every element takes a byte at least, so this bounds what is allocated.
      const length = bounded(reader.uint(), reader.left + 1);
      const values: Value[] = [];
      for (let at = 0; at < length; at++) values.push(inner.read(reader));
      return values;
    },
  };
}

/** Two values of one kind. */
export function pair<Value>(inner: Codec<Value>): Codec<readonly [Value, Value]> {
  return {
    write(writer, [first, second]) {
      inner.write(writer, first);
      inner.write(writer, second);
    },
    read: (reader) => [inner.read(reader), inner.read(reader)],
  };
}

type FieldTable = Readonly<Record<string, Codec<unknown>>>;
type Tagged = { readonly kind: string };

/** An object, field by field in the order of the table. */
export function record<Of extends object>(fields: {
  readonly [Name in keyof Of]-?: Codec<Of[Name]>;
}): Codec<Of>;
export function record(fields: FieldTable): Codec<Readonly<Record<string, unknown>>> {
  const table = Object.entries(fields);
  return {
    write(writer, value) {
      for (const [name, field] of table) field.write(writer, value[name]);
    },
    read(reader) {
      const value: Record<string, unknown> = {};
      for (const [name, field] of table) value[name] = field.read(reader);
      return value;
    },
  };
}

/** Objects told apart by `kind`: to each kind its number and its other fields. */
export type UnionTable<Of extends Tagged> = {
  readonly [Kind in Of["kind"]]: readonly [
    number: number,
    fields: {
      readonly [Name in Exclude<keyof Extract<Of, { kind: Kind }>, "kind">]-?: Codec<
        Extract<Of, { kind: Kind }>[Name]
      >;
    },
  ];
};

export function union<Of extends Tagged>(table: UnionTable<Of>): Codec<Of>;
export function union(
  table: Readonly<Record<string, readonly [number: number, fields: FieldTable]>>,
): Codec<Tagged> {
  const kinds = Object.entries(table).map(([kind, [number, fields]]) => {
    return { kind, number, inner: record(fields) };
  });
  const byKind = new Map(kinds.map((each) => [each.kind, each]));
  const byNumber = new Map(kinds.map((each) => [each.number, each]));
  if (byNumber.size < kinds.length) throw new RangeError("a number is given to two kinds");
  return {
    write(writer, value) {
      const known = byKind.get(value.kind);
      if (known === undefined) throw new RangeError(`no number is given to ${value.kind}`);
      writer.byte(known.number);
      known.inner.write(writer, value);
    },
    read(reader) {
      const known = byNumber.get(reader.byte());
      if (known === undefined) throw new RangeError("no such kind");
      return { kind: known.kind, ...known.inner.read(reader) };
    },
  };
}

function bounded(value: number, limit: number): number {
  if (value >= limit) throw new RangeError(`${value} is not below ${limit}`);
  return value;
}
