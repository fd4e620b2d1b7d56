/**
 * The keyspace as a model: maps in one process, straight from the contract, with
 * no thought of speed. The commands are tried over it, beside a real redis-server.
 */
import { keyValueErrors } from "../../errors.ts";
import type { Bytes, HashEntry, Keyspace } from "../../keyspace.ts";
import { formatDouble, parseFloating, parseInteger } from "../../numbers.ts";
import { referenceSortedSets } from "./reference-sorted-sets.ts";
import { bytesOf, onePage, Store, textOf, type Held } from "./reference-store.ts";

function sum(before: Buffer | undefined, by: bigint): bigint {
  const value = before === undefined ? 0n : parseInteger(before);
  if (value === undefined) throw keyValueErrors.not_an_integer();
  const after = value + by;
  if (BigInt.asIntN(64, after) !== after) throw keyValueErrors.increment_overflow();
  return after;
}

function floatSum(before: Buffer | undefined, by: number): number {
  const value = before === undefined ? 0 : parseFloating(before);
  if (value === undefined || !Number.isFinite(value + by)) throw keyValueErrors.not_a_float();
  return value + by;
}

/** A keyspace in memory; `now` is its clock. */
export function createReferenceKeyspace(now: () => number): Keyspace {
  const store = new Store(now);
  return {
    now,
    strings: strings(store),
    keys: keys(store),
    hashes: hashes(store),
    sets: sets(store),
    sortedSets: referenceSortedSets(store),
    versions: {
      read: async () => ({ values: [], context: Buffer.alloc(0) }),
      write: async () => ({ context: Buffer.alloc(0) }),
      explain: async () => ({ partition: 0, replicas: [], hints: [] }),
    },
  };
}

function strings(store: Store): Keyspace["strings"] {
  const put = (key: Bytes, value: Bytes, atMs: number | undefined): void => {
    const held: Held = { type: "string", value: Buffer.from(value) };
    store.entries.set(textOf(key), { held, atMs });
  };
  const get = (key: Bytes) => store.read(key, "string")?.value;
  return {
    get,
    getMany: async (keys) =>
      keys.map((key) => {
        const held = store.find(key)?.held;
        return held?.type === "string" ? held.value : undefined;
      }),
    set(key, value, { expiry, when, wantsPrevious } = {}) {
      const previous = wantsPrevious === true ? get(key) : undefined;
      const before = store.find(key);
      const holds =
        when === "if-absent" ? before === undefined : when !== "if-present" || before !== undefined;
      if (holds) {
        put(key, value, before?.atMs);
        const entry = store.find(key);
        if (entry !== undefined) store.change(key, entry, expiry ?? { kind: "clear" });
      }
      return { written: holds, previous };
    },
    async setMany(entries) {
      for (const [key, value] of entries) put(key, value, undefined);
    },
    async take(key) {
      const value = get(key);
      if (value !== undefined) store.entries.delete(textOf(key));
      return value;
    },
    async touch(key, expiry) {
      const value = get(key);
      const entry = store.find(key);
      if (entry !== undefined) store.change(key, entry, expiry);
      return value;
    },
    async increment(key, by) {
      const after = sum(get(key), by);
      put(key, bytesOf(String(after)), store.find(key)?.atMs);
      return after;
    },
    async incrementFloat(key, by) {
      const after = floatSum(get(key), by);
      put(key, bytesOf(formatDouble(after)), store.find(key)?.atMs);
      return after;
    },
  };
}

function keys(store: Store): Keyspace["keys"] {
  return {
    remove: async (keys) =>
      keys.filter((key) => store.find(key) !== undefined && store.entries.delete(textOf(key)))
        .length,
    count: async (keys) => keys.filter((key) => store.find(key) !== undefined).length,
    typeOf: async (key) => store.find(key)?.held.type,
    async expiryOf(key) {
      const entry = store.find(key);
      return entry === undefined ? undefined : { atMs: entry.atMs };
    },
    async expire(key, atMs, when = "always") {
      const entry = store.find(key);
      if (entry === undefined) return false;
      const before = entry.atMs ?? Infinity;
      const holds = {
        always: true,
        "if-persistent": entry.atMs === undefined,
        "if-volatile": entry.atMs !== undefined,
        "if-later": atMs > before,
        "if-earlier": atMs < before,
      }[when];
      if (holds) store.change(key, entry, { kind: "at", atMs });
      return holds;
    },
    async persist(key) {
      const entry = store.find(key);
      if (entry?.atMs === undefined) return false;
      entry.atMs = undefined;
      return true;
    },
    async scan(_, options = {}) {
      const found = [...store.entries.keys()]
        .map(bytesOf)
        .filter((key) => store.find(key) !== undefined)
        .filter((key) => options.type === undefined || store.find(key)?.held.type === options.type);
      return onePage(found, (key) => key, options);
    },
    size: async () => [...store.entries.keys()].filter((key) => store.find(bytesOf(key))).length,
  };
}

function hashes(store: Store): Keyspace["hashes"] {
  const read = (key: Bytes) => store.read(key, "hash")?.fields ?? new Map<string, Buffer>();
  const open = (key: Bytes) => store.open(key, "hash", { type: "hash", fields: new Map() }).fields;
  const all = async (key: Bytes) =>
    [...read(key)].map(([field, value]): HashEntry => [bytesOf(field), value]);
  return {
    get: async (key, fields) => fields.map((field) => read(key).get(textOf(field))),
    async set(key, entries, when) {
      const fields = open(key);
      const before = fields.size;
      for (const [field, value] of entries) {
        if (when === "if-absent" && fields.has(textOf(field))) continue;
        fields.set(textOf(field), Buffer.from(value));
      }
      return { added: fields.size - before };
    },
    async remove(key, names) {
      const fields = read(key);
      const removed = names.filter((name) => fields.delete(textOf(name))).length;
      store.closeIfEmpty(key, fields.size);
      return removed;
    },
    size: async (key) => read(key).size,
    all,
    scan: async (key, _, options) => onePage(await all(key), ([field]) => field, options),
    async increment(key, field, by) {
      const after = sum(read(key).get(textOf(field)), by);
      open(key).set(textOf(field), bytesOf(String(after)));
      return after;
    },
    async incrementFloat(key, field, by) {
      const after = floatSum(read(key).get(textOf(field)), by);
      open(key).set(textOf(field), bytesOf(formatDouble(after)));
      return after;
    },
  };
}

function sets(store: Store): Keyspace["sets"] {
  const read = (key: Bytes) => store.read(key, "set")?.members ?? new Set<string>();
  const all = async (key: Bytes) => [...read(key)].map(bytesOf);
  return {
    async add(key, added) {
      const { members } = store.open(key, "set", { type: "set", members: new Set() });
      const before = members.size;
      for (const member of added) members.add(textOf(member));
      return members.size - before;
    },
    async remove(key, removed) {
      const members = read(key);
      const count = removed.filter((member) => members.delete(textOf(member))).length;
      store.closeIfEmpty(key, members.size);
      return count;
    },
    has: async (key, asked) => asked.map((member) => read(key).has(textOf(member))),
    size: async (key) => read(key).size,
    all,
    scan: async (key, _, options) => onePage(await all(key), (member) => member, options),
  };
}
