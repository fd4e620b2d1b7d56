import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { cellKey, partitionOfCellKey } from "../cell-key.ts";
import { emptyCell, update, type Cell } from "../cell.ts";
import { createHybridClock } from "../hybrid-clock.ts";
import { readLatest } from "../payload.ts";
import { createDisk, type Disk } from "../simulation/disk.ts";
import { createWorld } from "../simulation/world.ts";
import type { WriteCommand } from "./messages.ts";
import { createReplica, type Replica } from "./replica.ts";

const PARTITIONS = 4;
const NOW_MS = 1_800_000_000_000;
const place = cellKey({ key: Buffer.from("tea") }, PARTITIONS);
const partition = partitionOfCellKey(place);

const put = (text: string): WriteCommand => ({
  kind: "put",
  payload: { kind: "value", bytes: Buffer.from(text) },
  context: "held",
});
const remove: WriteCommand = { kind: "put", payload: { kind: "removed" }, context: "held" };
const textOf = (cell: Cell): string | undefined => {
  const found = readLatest(cell, NOW_MS);
  return found && Buffer.from(found).toString();
};

/** A disk in a world of its own, and a way to wait for what happens in it. */
function createBench() {
  const world = createWorld(1);
  const disk = createDisk(world);
  const settle = async <Value>(work: Promise<Value>): Promise<Value> => {
    await world.run(world.now() + 5_000);
    return work;
  };
  const start = async (actor: number): Promise<Replica> => {
    const storage = disk.open((event) => event());
    const stamps = createHybridClock(() => NOW_MS);
    const replica = createReplica({
      storage,
      stamps,
      drawActor: () => actor,
      owns: () => true,
      takes: () => true,
    });
    await settle(replica.open(PARTITIONS));
    return replica;
  };
  return { world, disk, settle, start };
}

async function writtenAndStopped(
  { start, settle }: ReturnType<typeof createBench>,
  disk: Disk,
): Promise<Cell> {
  const replica = await start(1);
  const cell = await settle(replica.write(place, put("hot")));
  disk.crash();
  return cell;
}

describe("a replica", () => {
  test("has after a crash what it resolved, and speaks for the actor it was", async () => {
    const bench = createBench();
    const cell = await writtenAndStopped(bench, bench.disk);
    const replica = await bench.start(2);
    assert.equal(textOf(await bench.settle(replica.read(place))), "hot");
    assert.equal(replica.knowledge(partition).get(1), cell.clock.get(1));
    const next = await bench.settle(replica.write(place, put("cold")));
    assert.deepEqual([next.versions.length, next.versions[0]?.actor], [1, 2]);
  });

  test("after a damaged record knows nothing of that partition any more", async () => {
    const bench = createBench();
    const cell = await writtenAndStopped(bench, bench.disk);
    assert.ok(bench.disk.damage());
    const replica = await bench.start(2);
    assert.equal(await bench.settle(replica.read(place)), emptyCell);
    assert.equal(replica.knowledge(partition).size, 0);
    await bench.settle(replica.merge(place, cell));
    assert.equal(textOf(await bench.settle(replica.read(place))), "hot");
  });

  test("forgets a removed cell, and what was before stays gone however late it comes", async () => {
    const { start, settle } = createBench();
    const replica = await start(1);
    const before = await settle(replica.write(place, put("hot")));
    await settle(replica.write(place, remove));
    assert.deepEqual(replica.tombstones(partition), [place]);
    assert.equal(await settle(replica.purge(place, () => false)), false);
    assert.equal(await settle(replica.purge(place, () => true)), true);
    assert.equal(await settle(replica.read(place)), emptyCell);
    assert.deepEqual(replica.tree(partition).node(0, 0), [0, 0]);
    await settle(replica.merge(place, before));
    assert.equal(textOf(await settle(replica.read(place))), undefined);
    const news = { actor: 5, counter: 1, payload: { kind: "value" as const, bytes: place } };
    await settle(replica.merge(place, update(emptyCell, news, new Map())));
    assert.notEqual(textOf(await settle(replica.read(place))), undefined);
  });

  test("never forgets a value, nor a cell that came back to life meanwhile", async () => {
    const { start, settle } = createBench();
    const replica = await start(1);
    await settle(replica.write(place, remove));
    const writing = replica.write(place, put("hot"));
    const purging = replica.purge(place, () => true);
    assert.equal(await settle(purging), false);
    await writing;
    assert.equal(textOf(await settle(replica.read(place))), "hot");
  });
});
