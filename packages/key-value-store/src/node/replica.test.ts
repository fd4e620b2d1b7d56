import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { hasCode, silentLog } from "@tenfold/core";
import { partitionOfCellKey } from "../cell-key.ts";
import { emptyCell, update, type Cell } from "../cell.ts";
import { createHybridClock } from "../hybrid-clock.ts";
import { readLatest } from "../payload.ts";
import { createDisk, type Disk } from "../simulation/disk.ts";
import { createWorld } from "../simulation/world.ts";
import type { WriteCommand } from "./messages.ts";
import { createReplica, type Replica } from "./replica.ts";
import { placeIn } from "../testing/place-in.ts";

const PARTITIONS = 4;
const NOW_MS = 1_800_000_000_000;
const place = placeIn(PARTITIONS, "tea");
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

async function listed(places: AsyncIterable<Uint8Array>): Promise<Buffer[]> {
  const found: Buffer[] = [];
  for await (const each of places) found.push(Buffer.from(each));
  return found;
}

/** A disk in a world of its own, and a way to wait for what happens in it. */
function createBench(seed = 1) {
  const world = createWorld(seed);
  const disk = createDisk(world);
  const settle = async <Value>(work: Promise<Value>): Promise<Value> => {
    await world.run(world.now() + 5_000);
    return work;
  };
  let starts = 0;
  const start = async (actor: number, nowMs = NOW_MS): Promise<Replica> => {
    starts += 1;
    const own = starts;
    // A process that crashed does nothing more.
    const storage = disk.open((event) => starts === own && event());
    const stamps = createHybridClock(() => nowMs);
    const deps = {
      storage,
      cacheBytes: 16_384,
      stamps,
      log: silentLog,
      owns: () => true,
      takes: () => true,
    };
    const replica = createReplica({ ...deps, drawActor: () => actor });
    await settle(replica.open());
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

  test("believes after a clean stop what it saved, takes no write after it, and is another actor each time", async () => {
    const { start, settle, disk } = createBench();
    const first = await start(1);
    const tree = await settle(first.tree(partition));
    await settle(first.write(place, put("hot")));
    await settle(first.close());
    await assert.rejects(settle(first.write(place, put("too late"))), (error) =>
      hasCode(error, "node_read_only"),
    );
    disk.crash();
    const second = await start(2);
    assert.deepEqual((await settle(second.tree(partition))).sums, tree.sums);
    const cell = await settle(second.write(place, put("cold")));
    assert.deepEqual([...cell.clock.keys()], [1, 2]);
    disk.crash();
    const third = await start(3);
    for (const [actor, counter] of cell.clock) {
      assert.equal(third.knowledge(partition).get(actor), counter);
    }
    const last = await settle(third.write(place, put("warm")));
    assert.deepEqual([...last.clock.keys()], [1, 2, 3]);
    const sums = [...(await settle(third.tree(partition))).sums];
    disk.crash();
    const fourth = await start(4);
    assert.deepEqual([...(await settle(fourth.tree(partition))).sums], sums);
  });

  test("that was closed before it was open leaves the disk as it was", async () => {
    const { start, settle, disk } = createBench();
    const first = await start(1);
    const { clock } = await settle(first.write(place, put("hot")));
    await settle(first.close());
    disk.crash();
    const storage = disk.open((event) => event());
    const stamps = createHybridClock(() => NOW_MS - 3_600_000);
    const holding = { owns: () => true, takes: () => true };
    const deps = { storage, cacheBytes: 16_384, stamps, log: silentLog, ...holding };
    await settle(createReplica({ ...deps, drawActor: () => 2 }).close());
    const third = await start(3, NOW_MS - 3_600_000);
    const cell = await settle(third.write(place, put("cold")));
    assert.ok((cell.clock.get(3) ?? 0) > (clock.get(1) ?? 0));
  });

  test("gives no older stamp than before it went down, however far its clock was set back", async () => {
    const { start, settle, disk } = createBench();
    const first = await start(1);
    const { clock } = await settle(first.write(place, put("hot")));
    disk.crash();
    const second = await start(2, NOW_MS - 3_600_000);
    const other = placeIn(PARTITIONS, "coffee");
    const cell = await settle(second.write(other, put("cold")));
    assert.ok((cell.clock.get(2) ?? 0) > (clock.get(1) ?? 0));
  });

  test("vouches after a crash for just what reached the disk", async () => {
    for (let seed = 1; seed <= 40; seed++) {
      const { start, settle, disk, world } = createBench(seed);
      const first = await start(1);
      const places = Array.from({ length: 20 }, (_, key) => placeIn(PARTITIONS, `key ${key}`));
      for (const each of places) void first.write(each, put("x")).catch(() => undefined);
      await world.run(world.now() + world.random.float() * 4);
      disk.crash();
      const second = await start(2);
      for (let each = 0; each < PARTITIONS; each++) {
        const cells = await settle(
          Promise.all(
            places
              .filter((found) => partitionOfCellKey(found) === each)
              .map((found) => second.read(found)),
          ),
        );
        const highest = Math.max(0, ...cells.map((cell) => cell.clock.get(1) ?? 0));
        assert.equal(second.knowledge(each).get(1) ?? 0, highest, `seed ${seed}`);
      }
    }
  });

  test("after a damaged record knows nothing of that partition any more", async () => {
    const bench = createBench();
    const cell = await writtenAndStopped(bench, bench.disk);
    assert.ok(bench.disk.damage());
    const replica = await bench.start(2);
    await assert.rejects(bench.settle(replica.read(place)), (error) =>
      hasCode(error, "record_corrupt"),
    );
    assert.equal(await bench.settle(replica.read(place)), emptyCell);
    assert.equal(replica.knowledge(partition).size, 0);
    await bench.settle(replica.merge({ place, cell }));
    assert.equal(textOf(await bench.settle(replica.read(place))), "hot");
  });

  test("forgets a removed cell, and what was before stays gone however late it comes", async () => {
    const { start, settle } = createBench();
    const replica = await start(1);
    const before = await settle(replica.write(place, put("hot")));
    await settle(replica.write(place, remove));
    assert.deepEqual(await settle(listed(replica.tombstones(partition))), [Buffer.from(place)]);
    assert.equal(await settle(replica.purge(place, () => false)), false);
    assert.equal(await settle(replica.purge(place, () => true)), true);
    assert.equal(await settle(replica.read(place)), emptyCell);
    assert.deepEqual((await settle(replica.tree(partition))).node(0, 0), [0, 0]);
    await settle(replica.merge({ place, cell: before }));
    assert.equal(textOf(await settle(replica.read(place))), undefined);
    const news = { actor: 5, counter: 1, payload: { kind: "value" as const, bytes: place } };
    await settle(replica.merge({ place, cell: update(emptyCell, news, new Map()) }));
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
