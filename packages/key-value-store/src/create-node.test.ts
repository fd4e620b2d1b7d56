/** Whole nodes in this process, over real sockets and disks. */
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { silentLog, systemClock, systemRandom } from "@tenfold/core";
import { createNode, type KeyValueNode } from "./create-node.ts";

const local = { host: "127.0.0.1", port: 0 };

test("nodes that all come back at other addresses find each other, and clients are told the new ones", async (t) => {
  const folder = await mkdtemp(join(tmpdir(), "kv-moved-"));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const start = async (name: string, others: readonly KeyValueNode[]): Promise<KeyValueNode> => {
    const node = createNode(
      { clock: systemClock, random: systemRandom, log: silentLog },
      {
        name,
        data: join(folder, name),
        listen: local,
        peer: local,
        join: others.map(({ peerPort }) => ({ host: local.host, port: peerPort })),
      },
    );
    await node.start();
    return node;
  };
  const isWhole = async (node: KeyValueNode, ports: readonly number[]): Promise<boolean> => {
    const { members, moves } = await node.status();
    if (moves.waiting > 0) return false;
    return ports.every((port) =>
      members.some(
        ({ state, partitions, address }) =>
          state === "up" && partitions > 0 && address === `127.0.0.1:${port}`,
      ),
    );
  };
  const key = Buffer.from("tea");
  for (const round of [1, 2]) {
    const one = await start("one", []);
    const two = await start("two", [one]);
    try {
      const ports = [one.respPort, two.respPort];
      for (const node of [one, two]) {
        while (!(await isWhole(node, ports))) await systemClock.sleep(50);
      }
      if (round === 1) await one.keyspace.strings.set(key, Buffer.from("hot"));
      assert.equal(Buffer.from((await two.keyspace.strings.get(key)) ?? []).toString(), "hot");
    } finally {
      await two.stop();
      await one.stop();
    }
  }
});
