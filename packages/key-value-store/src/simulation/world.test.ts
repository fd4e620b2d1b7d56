import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { createDisk } from "./disk.ts";
import { createWorld } from "./world.ts";

const key = Buffer.from("d-key");
const now = (event: () => void): void => event();

describe("the world", () => {
  test("events run by time, those of one moment in the order they were made", async () => {
    const world = createWorld(1);
    const order: string[] = [];
    for (const [name, ms] of [
      ["c", 7],
      ["a", 2],
      ["b", 2],
      ["d", 9],
    ] as const) {
      world.after(ms, () => order.push(`${name}@${world.now()}`));
    }
    await world.run(8);
    assert.deepEqual(order, ["a@2", "b@2", "c@7"]);
    assert.equal(world.now(), 8);
  });

  test("all that an event set going has gone on before the next event", async () => {
    const world = createWorld(1);
    const order: string[] = [];
    world.after(1, () => {
      void (async () => {
        for (let turn = 0; turn < 5; turn++) await Promise.resolve();
        order.push("promises");
      })();
    });
    world.after(1, () => order.push("next"));
    await world.run(1);
    assert.deepEqual(order, ["promises", "next"]);
  });
});

describe("a disk in the world", () => {
  /** Writes values one after another, syncs after the given one, crashes; what is left. */
  async function crashAfter(seed: number, synced: number, written: number): Promise<number> {
    const world = createWorld(seed);
    const disk = createDisk(world);
    const storage = disk.open(now);
    for (let value = 1; value <= written; value++) {
      const change = { key, value: Buffer.of(value) };
      const write = storage.write([change], { sync: value === synced });
      await world.run(world.now() + 1_000);
      await write;
    }
    disk.crash();
    const reading = disk.open(now).get(key);
    await world.run(world.now() + 1_000);
    return (await reading)?.[0] ?? 0;
  }

  test("keeps what was synced and what came before it, over any crash", async () => {
    for (let seed = 1; seed < 40; seed++) assert.ok((await crashAfter(seed, 3, 5)) >= 3);
  });

  test("loses what was not synced in some crashes, and keeps some of it in others", async () => {
    const left = new Set<number>();
    for (let seed = 1; seed < 40; seed++) left.add(await crashAfter(seed, 3, 5));
    assert.deepEqual(
      [...left].sort((one, other) => one - other),
      [3, 4, 5],
    );
  });

  test("a lost disk is empty, and a damaged one differs by a bit", async () => {
    const world = createWorld(3);
    const disk = createDisk(world);
    void disk.open(now).write([{ key, value: Buffer.of(0) }], { sync: true });
    await world.run(1_000);
    assert.ok(disk.damage());
    const damaged = disk.open(now).get(key);
    disk.lose();
    const lost = disk.open(now).get(key);
    await world.run(2_000);
    assert.notEqual((await damaged)?.[0], 0);
    assert.equal(await lost, undefined);
    assert.equal(disk.damage(), false);
  });
});
