/** Summaries against going through everything: exact, whatever is written while they are made. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { leafOf, partitionOfCellKey } from "../cell-key.ts";
import { emptyCell, joinVectors, update, type Cell, type Vector } from "../cell.ts";
import { cellHash, createHashTree, LEAVES } from "../hash-tree.ts";
import { isForgettable } from "../payload.ts";
import { encodeCell } from "../record.ts";
import { createDisk } from "../simulation/disk.ts";
import { createWorld } from "../simulation/world.ts";
import { tryDecode } from "./damage.ts";
import { createSummaries } from "./summaries.ts";
import type { Summary } from "./summary.ts";
import { placeIn } from "../testing/place-in.ts";

const PARTITIONS = 2;
const RUN = 7;

const placeOf = (key: number): Uint8Array => placeIn(PARTITIONS, `key ${key}`);

/** A disk whose answers take time, and a writer that changes cells at any moment. */
function createBench(seed: number) {
  const world = createWorld(seed);
  const storage = createDisk(world).open((event) => event());
  const held = new Map<number, Cell>();
  const open = () =>
    createSummaries(
      {
        storage,
        decode: ([, record]) => tryDecode(record),
        found: () => undefined,
        revised: () => undefined,
      },
      () => RUN,
    );
  let summaries = open();
  let counter = 0;
  const change = (): void => {
    const key = world.random.below(900);
    const [place, before] = [placeOf(key), held.get(key) ?? emptyCell];
    const kind = world.random.below(4);
    counter += 1;
    const payload =
      kind === 0
        ? ({ kind: "removed" } as const)
        : ({ kind: "value", bytes: Buffer.from(String(counter)) } as const);
    const isPurged = kind === 1 && before !== emptyCell;
    const after = isPurged
      ? emptyCell
      : update(before, { actor: 1 + (key % 3), counter, payload }, before.clock);
    held.set(key, after);
    const value = after === emptyCell ? undefined : encodeCell(after);
    void storage.write([{ key: place, value }], { sync: false });
    summaries.changed(place, before, after);
  };
  const settle = async <Value>(work: Promise<Value>): Promise<Value> => {
    await world.run(world.now() + 5_000);
    return work;
  };
  return {
    world,
    storage,
    held,
    change,
    settle,
    summaries: () => summaries,
    reopen: () => {
      summaries = open();
    },
  };
}

/** What is right: from all that is held. */
function expected(held: ReadonlyMap<number, Cell>, partition: number) {
  const tree = createHashTree();
  const forgettable = new Uint32Array(LEAVES);
  for (const [key, cell] of held) {
    const place = placeOf(key);
    if (partitionOfCellKey(place) !== partition || cell === emptyCell) continue;
    tree.replace(leafOf(place), [0, 0], cellHash(place, cell));
    if (isForgettable(cell)) forgettable[leafOf(place)] = (forgettable[leafOf(place)] ?? 0) + 1;
  }
  return { sums: tree.sums, forgettable, buried: forgettable.reduce((sum, count) => sum + count) };
}

const shown = ({ tree, forgettable, buried }: Summary) => ({
  sums: tree.sums,
  forgettable,
  buried,
});

describe("summaries of partitions", () => {
  test("are exact however many cells change while they are made, and after", async () => {
    for (let seed = 1; seed <= 30; seed++) {
      const { world, held, change, settle, summaries } = createBench(seed);
      for (let count = 0; count < 1_500; count++) change();
      const made = Promise.all([summaries().of(0), summaries().of(1), summaries().of(0)]);
      for (let ms = 0; ms < 40; ms += 0.1) world.after(ms * world.random.float(), change);
      const [zero, one] = await settle(made);
      for (let count = 0; count < 100; count++) change();
      assert.deepEqual(shown(zero), expected(held, 0), `seed ${seed}`);
      assert.deepEqual(shown(one), expected(held, 1), `seed ${seed}`);
    }
  });

  test("of a clean stop go on with what has changed since, without a cell being read", async () => {
    const { held, change, settle, summaries, storage, reopen } = createBench(3);
    for (let count = 0; count < 1_000; count++) change();
    await settle(Promise.all([summaries().of(0), summaries().of(1)]));
    const told = new Map<number, Vector>();
    for (let stop = 0; stop < 3; stop++) {
      for (const partition of [0, 1]) {
        const { told: heard } = await settle(summaries().of(partition));
        told.set(partition, joinVectors(told.get(partition) ?? new Map(), heard));
      }
      await settle(
        (async () => {
          for await (const changes of summaries().save(RUN, new Set(stop === 2 ? [1] : []))) {
            await storage.write(changes, { sync: false });
          }
        })(),
      );
      reopen();
      summaries().resume();
      for (let count = 0; count < 100; count++) change();
      // The second stop finds partition 1 changed and never asked for.
      for (const partition of stop === 1 ? [0] : [0, 1]) {
        const summary = await settle(summaries().of(partition));
        assert.deepEqual(shown(summary), expected(held, partition));
      }
    }
    assert.ok((told.get(0)?.size ?? 0) > 0);
  });

  test("of another run, or of a partition that was forgotten, are not believed", async () => {
    const { held, change, settle, summaries, storage, reopen } = createBench(5);
    for (let count = 0; count < 300; count++) change();
    await settle(summaries().of(0));
    await settle(
      (async () => {
        for await (const changes of summaries().save(RUN + 1, new Set())) {
          await storage.write(changes, { sync: false });
        }
      })(),
    );
    reopen();
    summaries().resume();
    change();
    assert.deepEqual(shown(await settle(summaries().of(0))), expected(held, 0));
    const forgetting = summaries().forget(0);
    await settle(storage.write([forgetting], { sync: true }));
    change();
    assert.equal(summaries().made(0), undefined);
    assert.deepEqual(shown(await settle(summaries().of(0))), expected(held, 0));
  });
});
