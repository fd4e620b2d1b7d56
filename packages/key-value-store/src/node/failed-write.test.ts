/**
 * A write that fails a few turns after others have built on it: whenever that is,
 * nobody may be told that what it wrote is safe.
 */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { silentLog } from "@tenfold/core";
import { emptyCell, update, type Cell } from "../cell.ts";
import { createHybridClock } from "../hybrid-clock.ts";
import { createMemoryStorage } from "../testing/memory-storage.ts";
import type { KeyEdit } from "./edit.ts";
import { createReplica, type Replica } from "./replica.ts";
import { placeIn } from "../testing/place-in.ts";

const NOW_MS = 1_800_000_000_000;
/** Microtasks between a write and its failure: more than anything here takes. */
const TURNS = 40;
const place = placeIn(4, "tea");
const bytes = Buffer.from("hot");
const foreign = update(
  emptyCell,
  { actor: 5, counter: 1, payload: { kind: "value", bytes } },
  new Map(),
);

/** A replica on a disk that applies nothing more, and says so after so many microtasks. */
async function createFull(turns: number): Promise<Replica> {
  const memory = createMemoryStorage();
  let isFull = false;
  const replica = createReplica({
    storage: {
      ...memory,
      async write(changes, options) {
        if (!isFull) return memory.write(changes, options);
        for (let turn = 0; turn < turns; turn++) await Promise.resolve();
        throw new Error("the disk is full");
      },
    },
    cacheBytes: 2 ** 20,
    log: silentLog,
    stamps: createHybridClock(() => NOW_MS),
    drawActor: () => 7,
    owns: () => true,
    takes: () => true,
  });
  await replica.open();
  isFull = true;
  return replica;
}

const isRejected = async (work: Promise<unknown>): Promise<boolean> =>
  work.then(
    () => false,
    () => true,
  );

const told = { others: [], elements: "unasked", durability: "disk" } as const;
const setIfAbsent: KeyEdit = {
  place,
  edit: {
    kind: "set",
    bytes,
    expiry: { kind: "clear" },
    when: "if-absent",
    wantsString: false,
  },
  elements: [],
  nowMs: NOW_MS,
};

const eachTurn = async (check: (turns: number) => Promise<void>): Promise<void> => {
  for (let turns = 0; turns <= TURNS; turns++) await check(turns);
};

describe("a write that fails", () => {
  test("is not vouched for by a merge of the same", () =>
    eachTurn(async (turns) => {
      const replica = await createFull(turns);
      const merges = [1, 2, 3].map(() => isRejected(replica.merge({ place, cell: foreign })));
      assert.deepEqual(await Promise.all(merges), [true, true, true], `after ${turns} turns`);
    }));

  test("is not read", () =>
    eachTurn(async (turns) => {
      const replica = await createFull(turns);
      const writing = isRejected(replica.merge({ place, cell: foreign }));
      const safe = async (read: Promise<Cell>): Promise<Cell> => read.catch(() => emptyCell);
      for (let read = 0; read < 10; read++) {
        const { versions } = await safe(replica.read(place));
        assert.deepEqual(versions, [], `read ${read} after ${turns} turns`);
      }
      assert.equal(replica.record(place), undefined);
      assert.ok(await writing);
    }));

  test("does not let a condition fail", () =>
    eachTurn(async (turns) => {
      const replica = await createFull(turns);
      const edits = [1, 2, 3].map(() => isRejected(replica.edit(setIfAbsent, told)));
      assert.deepEqual(await Promise.all(edits), [true, true, true], `after ${turns} turns`);
    }));

  test("does not end the process when an edit over it only asks for more", async () => {
    let asked = 0;
    await eachTurn(async (turns) => {
      const replica = await createFull(turns);
      const payload = { kind: "collection", type: "hash" } as const;
      const cell = update(emptyCell, { actor: 5, counter: 1, payload }, new Map());
      const writing = isRejected(replica.merge({ place, cell }));
      for (let turn = 0; turn < TURNS; turn++) {
        const acted = replica.editNow(setIfAbsent, told);
        // Who is asked for more edits anew, and waits for nothing of this one.
        if (acted?.outcome.kind === "refused") asked += 1;
        await Promise.resolve();
      }
      assert.ok(await writing);
      // A rejection that nobody hears of shows with the next turn of the loop, and fails the test.
      await new Promise(setImmediate);
    });
    assert.ok(asked > 0);
  });
});
