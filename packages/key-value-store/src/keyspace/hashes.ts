/** Hashes: each field a cell of its own. Of concurrent writes of a field the last one stays. */
import { emptyCell, type Cell } from "../cell.ts";
import { elementOfPlace } from "../cell-key.ts";
import { readElement } from "../head.ts";
import type { Bytes, HashEntry, Hashes } from "../keyspace.ts";
import type { ElementEdit } from "../node/edit.ts";
import type { Access } from "./access.ts";
import { allElements, countElements, scanElements } from "./elements.ts";
import { addedIn, editElements, removeElements } from "./element-edits.ts";

const type = "hash";

export function createHashes(access: Access): Hashes {
  const { keyAt, elementAt, checkValue, now } = access;
  const entryOf = ({ place, cell }: { place: Uint8Array; cell: Cell }): HashEntry => [
    elementOfPlace(place),
    readElement(cell, now()) ?? Buffer.alloc(0),
  ];
  const change = async (key: Bytes, field: Bytes, edit: ElementEdit): Promise<string> => {
    const at = keyAt(key);
    const element = { place: elementAt(at, field), edit };
    const { after } = await access.edit(at, { kind: "open", type }, [element]);
    return Buffer.from(readElement(after[1] ?? emptyCell, now()) ?? "0").toString("latin1");
  };
  return {
    async get(key, fields) {
      const at = keyAt(key);
      const places = fields.map((field) => elementAt(at, field));
      const cells = await access.elements(at, type, places);
      return cells.map((cell) => readElement(cell, now()));
    },
    async set(key, entries, when = "always") {
      const at = keyAt(key);
      const elements = entries.map(([field, bytes]) => {
        checkValue(bytes);
        return { place: elementAt(at, field), edit: { kind: "put", bytes, when } as const };
      });
      const edits = await editElements(access, at, type, elements);
      return { added: addedIn(edits) };
    },
    remove: (key, fields) => removeElements(access, keyAt(key), type, fields),
    size: (key) => countElements(access, keyAt(key), type),
    all: async (key) => (await allElements(access, keyAt(key), type)).map(entryOf),
    scan: (key, cursor, options) => {
      const at = keyAt(key);
      return scanElements(access, at, { type, cursor, ...options }, entryOf);
    },
    increment: async (key, field, by) => BigInt(await change(key, field, { kind: "add", by })),
    incrementFloat: async (key, field, by) =>
      Number(await change(key, field, { kind: "add-float", by })),
  };
}
