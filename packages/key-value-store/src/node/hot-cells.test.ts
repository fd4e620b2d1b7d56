/** The cache answers what the storage would, whatever comes between. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { createSeededRandom } from "@tenfold/core";
import { nameOf } from "../buffers.ts";
import { emptyCell, update, type Cell } from "../cell.ts";
import { readString } from "../head.ts";
import type { Payload } from "../payload.ts";
import { decodeCell, encodeCell, onlyDotOf, plainValueOf } from "../record.ts";
import { createMemoryStorage } from "../testing/memory-storage.ts";
import { createHotCells } from "./hot-cells.ts";
import type { Storage } from "./ports.ts";
import { placeIn } from "../testing/place-in.ts";

const placeOf = (key: string): Uint8Array => placeIn(16, key);
const cellOf = (counter: number, payload: Payload): Cell =>
  update(emptyCell, { actor: 7, counter, payload }, new Map());
const valueOf = (text: string): Payload => ({ kind: "value", bytes: Buffer.from(text) });
const textOf = (cell: Cell): string => Buffer.from(readString(cell, 0) ?? []).toString();

function createBench(bytesMax = 2 ** 20) {
  const memory = createMemoryStorage();
  /** Readings that wait, when they are held back. */
  const held: (() => void)[] = [];
  let isHeld = false;
  let reads = 0;
  const storage: Storage = {
    ...memory,
    async get(key) {
      reads += 1;
      const value = await memory.get(key);
      if (isHeld) await new Promise<void>((resolve) => held.push(resolve));
      return value;
    },
  };
  const hot = createHotCells({ storage, decode: ([, record]) => decodeCell(record), bytesMax });
  const write = (key: string, text: string): void => {
    const record = encodeCell(cellOf(text.length, valueOf(text)));
    void memory.write([{ key: placeOf(key), value: record }], { sync: true });
    hot.put(nameOf(placeOf(key)), record);
  };
  /** What a reading of `k` gives, begun while "old" was there, when something comes before its end. */
  const overtake = async (change: () => void): Promise<Cell> => {
    write("k", "old");
    hot.forget(nameOf(placeOf("k")));
    isHeld = true;
    const reading = hot.load(placeOf("k"));
    await new Promise(setImmediate);
    change();
    isHeld = false;
    for (const resolve of held.splice(0)) resolve();
    return reading;
  };
  return { hot, write, overtake, reads: () => reads };
}

describe("hot cells", () => {
  test("are not replaced by a reading that a write overtook", async () => {
    const { hot, write, overtake } = createBench();
    const reading = await overtake(() => write("k", "newer"));
    assert.equal(textOf(reading), "old");
    assert.equal(textOf(await hot.load(placeOf("k"))), "newer");
  });

  test("do not come back by a reading that a deletion overtook", async () => {
    const { hot, overtake } = createBench();
    const remove = { key: placeOf("k"), value: undefined };
    await overtake(() => void hot.storage.write([remove], { sync: true }));
    assert.equal(hot.get(nameOf(placeOf("k"))), undefined);
    assert.equal(await hot.load(placeOf("k")), emptyCell);
  });

  test("take the room that they are given, and keep what is used", async () => {
    const { hot, write, reads } = createBench(64 * 1_024);
    for (let at = 0; at < 2_000; at++) {
      write(`key ${at}`, "x".repeat(100));
      await hot.load(placeOf("key 0"));
    }
    assert.equal(reads(), 0);
    const names = Array.from({ length: 2_000 }, (_, at) => nameOf(placeOf(`key ${at}`)));
    const inMemory = names.filter((name) => hot.get(name) !== undefined).length;
    assert.ok(inMemory > 20 && inMemory < 300, `${inMemory} are in memory`);
    write("large", "x".repeat(32 * 1_024));
    assert.equal(hot.get(nameOf(placeOf("large"))), undefined);
  });

  test("say of a plain value and of an only dot what the cell says, and of others nothing", () => {
    const random = createSeededRandom(11);
    const kinds: readonly (() => Payload)[] = [
      () => valueOf("v".repeat(random.below(300))),
      () => ({ kind: "value", bytes: Buffer.from("1"), expiresMs: 1_000 }),
      () => ({ kind: "value", bytes: Buffer.from("1"), floor: new Map([[7, 1]]) }),
      () => ({ kind: "removed" }),
      () => ({ kind: "count", sum: 5n }),
      () => ({ kind: "score", score: 1 }),
      () => ({ kind: "collection", type: "hash" }),
    ];
    for (let round = 0; round < 1_000; round++) {
      let cell = emptyCell;
      for (let step = 0; step <= random.below(3); step++) {
        const payload = (kinds[random.below(kinds.length)] ?? (() => valueOf("")))();
        const context = random.below(2) === 0 ? cell.clock : new Map();
        cell = update(cell, { actor: 1 + random.below(3), counter: 10 + step, payload }, context);
      }
      const record = encodeCell(cell);
      const value = plainValueOf(record);
      const [only, another] = cell.versions;
      const dot = another === undefined ? only : undefined;
      assert.deepEqual(onlyDotOf(record), dot && { actor: dot.actor, counter: dot.counter });
      const isPlain =
        cell.versions.length === 1 &&
        only?.payload.kind === "value" &&
        only.payload.expiresMs === undefined &&
        only.payload.floor === undefined;
      assert.equal(value !== undefined, isPlain);
      if (value !== undefined)
        assert.deepEqual(Buffer.from(value), Buffer.from(readString(cell, 0) ?? []));
    }
  });
});
