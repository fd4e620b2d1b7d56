import assert from "node:assert/strict";
import { test } from "node:test";
import { createCluster } from "../simulation/cluster.ts";
import { createWorld } from "../simulation/world.ts";
import { ringStatus } from "./status.ts";

test("a node's status names members, what they hold, their zones, and how they are", async () => {
  const world = createWorld(1);
  const cluster = createCluster(world, {
    nodes: 3,
    copies: 3,
    partitions: 4,
    zones: { n1: "x", n2: "y", n3: "z" },
  });
  for (const name of cluster.names) cluster.start(name);
  await world.run(1_000);
  cluster.crash("n3");
  await world.run(8_000);
  const node = cluster.node("n1");
  assert.ok(node);
  const status = ringStatus("n1", node, world.now());
  assert.deepEqual(
    status.members.map(({ name, state, zone, partitions }) => ({ name, state, zone, partitions })),
    [
      { name: "n1", state: "up", zone: "x", partitions: 4 },
      { name: "n2", state: "up", zone: "y", partitions: 4 },
      { name: "n3", state: "down", zone: "z", partitions: 4 },
    ],
  );
  const firsts = status.members.reduce((sum, { firstOf }) => sum + firstOf, 0);
  assert.equal(firsts, 4);
  assert.equal(status.table.runs.at(-1)?.last, 3);
  assert.equal(status.moves.waiting, 0);
  assert.equal(status.repair.divergent, 0);
  assert.deepEqual(JSON.parse(JSON.stringify(status.table)), status.table);
});
