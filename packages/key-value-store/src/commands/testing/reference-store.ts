/** Where the reference keyspace keeps everything. */
import { nameOf } from "../../buffers.ts";
import { keyValueErrors } from "../../errors.ts";
import type { Bytes, ExpiryChange, Page, ScanOptions, ValueType } from "../../keyspace.ts";
import { matchesGlob } from "../glob.ts";

/** A value with its type; elements by the text of their bytes. */
export type Held =
  | { type: "string"; value: Buffer }
  | { type: "hash"; fields: Map<string, Buffer> }
  | { type: "set"; members: Set<string> }
  | { type: "zset"; scores: Map<string, number> };

interface Entry {
  held: Held;
  atMs: number | undefined;
}

export const textOf = (bytes: Bytes): string => nameOf(bytes);
export const bytesOf = (text: string): Buffer => Buffer.from(text, "latin1");

/** Where the model keeps everything. */
export class Store {
  readonly entries = new Map<string, Entry>();
  readonly now: () => number;

  constructor(now: () => number) {
    this.now = now;
  }

  find(key: Bytes): Entry | undefined {
    const entry = this.entries.get(textOf(key));
    if (entry?.atMs === undefined || entry.atMs > this.now()) return entry;
    this.entries.delete(textOf(key));
    return undefined;
  }

  /** What a key of this type holds; `undefined` when absent. */
  read<Type extends ValueType>(key: Bytes, type: Type): Extract<Held, { type: Type }> | undefined {
    const held = this.find(key)?.held;
    if (held === undefined) return undefined;
    if (held.type !== type) throw keyValueErrors.wrong_type();
    return held as Extract<Held, { type: Type }>;
  }

  /** The same, made when absent. */
  open<Type extends ValueType>(
    key: Bytes,
    type: Type,
    empty: Extract<Held, { type: Type }>,
  ): Extract<Held, { type: Type }> {
    const held = this.read(key, type);
    if (held !== undefined) return held;
    this.entries.set(textOf(key), { held: empty, atMs: undefined });
    return empty;
  }

  /** A collection without elements is an absent key. */
  closeIfEmpty(key: Bytes, size: number): void {
    if (size === 0) this.entries.delete(textOf(key));
  }

  change(key: Bytes, entry: Entry, expiry: ExpiryChange): void {
    if (expiry.kind === "clear") entry.atMs = undefined;
    if (expiry.kind === "at") entry.atMs = expiry.atMs;
    this.find(key);
  }
}

/** Everything at once, in the order of insertion: one page is a whole scan. */
export function onePage<Item>(
  items: Iterable<Item>,
  name: (item: Item) => Bytes,
  options: ScanOptions = {},
): Page<Item> {
  const { match } = options;
  const found = [...items].filter((item) => match === undefined || matchesGlob(match, name(item)));
  return { cursor: 0n, items: found };
}
