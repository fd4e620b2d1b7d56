/** Strings and counters: the head cell alone. */
import { bufferOf } from "../buffers.ts";
import { emptyCell, type Cell } from "../cell.ts";
import { keyValueErrors } from "../errors.ts";
import { readHead, readString } from "../head.ts";
import type { Answer, Bytes, SetOptions, SetOutcome, Strings } from "../keyspace.ts";
import { decodeTrusted, plainValueOf } from "../record.ts";
import { presenceOf, wasWritten, type Access, type Edited, type Key } from "./access.ts";

export function createStrings(access: Access): Strings {
  const { readWhole, record, now, keyAt, checkValue, edit } = access;
  const valueOf = (cell: Edited["before"][number] | undefined): Bytes | undefined =>
    readString(cell ?? emptyCell, now());
  /** The string, or what `other` makes of a cell that has none. */
  const find = (
    at: Key,
    other: (cell: Cell) => Answer<undefined> = () => undefined,
  ): Answer<Bytes | undefined> => {
    const inCell = (cell: Cell): Answer<Bytes | undefined> =>
      readString(cell, now()) ?? other(cell);
    const inRecord = (found: Uint8Array | undefined): Answer<Bytes | undefined> =>
      found === undefined
        ? readWhole(at).then(inCell)
        : (plainValueOf(found) ?? inCell(decodeTrusted(found)));
    const held = record(at);
    return held instanceof Promise ? held.then(inRecord) : inRecord(held);
  };
  const get = (key: Bytes): Answer<Bytes | undefined> => {
    const at = keyAt(key);
    return find(at, async (cell) => {
      const { type } = readHead(cell, now());
      if (type !== undefined && (await presenceOf(access, at, cell)) !== undefined) {
        throw keyValueErrors.wrong_type();
      }
      return undefined;
    });
  };
  const add = async (key: Bytes, change: Parameters<Access["edit"]>[1]): Promise<Bytes> => {
    const { after } = await edit(keyAt(key), change);
    return valueOf(after[0]) ?? Buffer.from("0");
  };
  const set = (key: Bytes, value: Bytes, options: SetOptions = {}): Promise<SetOutcome> => {
    const { expiry = { kind: "clear" }, when = "always", wantsPrevious = false } = options;
    checkValue(value);
    const isBlind = when === "always" && !wantsPrevious && expiry.kind !== "keep";
    const change = { kind: "set", bytes: value, expiry, when, wantsString: wantsPrevious } as const;
    return edit(keyAt(key), change, [], { isBlind }).then((edited) => ({
      written: wasWritten(edited),
      previous: wantsPrevious ? valueOf(edited.before[0]) : undefined,
    }));
  };
  return {
    get,
    set,
    getMany: (keys) => Promise.all(keys.map(async (key) => find(keyAt(key)))),
    async setMany(entries) {
      await Promise.all(entries.map(async ([key, value]) => set(key, value)));
    },
    async take(key) {
      const { before } = await edit(keyAt(key), { kind: "remove", wantsString: true });
      return valueOf(before[0]);
    },
    async touch(key, expiry) {
      if (expiry.kind === "keep") return get(key);
      const change = { kind: "expire", expiry, when: "always", wantsString: true } as const;
      return valueOf((await edit(keyAt(key), change)).before[0]);
    },
    increment: async (key, by) => BigInt(textOf(await add(key, { kind: "add", by }))),
    incrementFloat: async (key, by) => Number(textOf(await add(key, { kind: "add-float", by }))),
  };
}

const textOf = (bytes: Bytes): string => bufferOf(bytes).toString("latin1");
