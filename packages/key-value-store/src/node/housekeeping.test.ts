import assert from "node:assert/strict";
import { test } from "node:test";
import { elementsRange, scoresRange } from "../cell-key.ts";
import { createMemoryCluster, type MemoryCluster } from "../testing/memory-cluster.ts";
import { placeIn } from "../testing/place-in.ts";

const key = Buffer.from("tea");
const members = Array.from({ length: 300 }, (_, at) => Buffer.from(`m${at}`));
const head = placeIn(2, "tea");

/** How many entries of the range each node has on its disk. */
async function held(
  { nodes }: MemoryCluster,
  range: { from: Uint8Array; to: Uint8Array },
): Promise<number[]> {
  const pages = await Promise.all(
    nodes.map(({ replica }) => replica.page({ ...range, limit: 1_000 })),
  );
  return pages.map(({ cells }) => cells.length);
}

for (const nodes of [1, 3]) {
  test(`a removed collection's elements, index and head leave the disks of ${nodes} in time`, async () => {
    await using cluster = await createMemoryCluster({ nodes, partitions: 2 });
    const [keyspace] = cluster.keyspaces;
    assert.ok(keyspace);
    await keyspace.sortedSets.add(
      key,
      members.map((member, score) => ({ member, score })),
    );
    await keyspace.keys.remove([key]);
    assert.equal(await keyspace.sortedSets.size(key), 0);
    for (let round = 0; round < 4; round++) await cluster.settle();
    const none = cluster.names.map(() => 0);
    assert.deepEqual(await held(cluster, elementsRange(head)), none);
    assert.deepEqual(await held(cluster, scoresRange(head)), none);
    for (const { replica } of cluster.nodes) {
      assert.equal((await replica.read(head)).versions.length, 0);
    }
    await keyspace.sortedSets.add(key, [{ member: Buffer.from("new"), score: 1 }]);
    for (const each of cluster.keyspaces) assert.equal(await each.sortedSets.size(key), 1);
  });
}

test("a collection that has expired is absent at once, and then leaves the disk", async () => {
  await using cluster = await createMemoryCluster({ nodes: 1, partitions: 2 });
  const [keyspace] = cluster.keyspaces;
  assert.ok(keyspace);
  await keyspace.sets.add(key, members);
  await keyspace.keys.expire(key, cluster.clock.nowMs + 1_000);
  cluster.clock.nowMs += 999;
  assert.equal(await keyspace.sets.size(key), 300);
  cluster.clock.nowMs += 1;
  assert.equal(await keyspace.keys.typeOf(key), undefined);
  await keyspace.sets.add(key, [Buffer.from("new")]);
  assert.equal(await keyspace.sets.size(key), 1);
  await keyspace.keys.expire(key, cluster.clock.nowMs + 1_000);
  cluster.clock.nowMs += 1_000;
  for (let round = 0; round < 4; round++) await cluster.settle();
  assert.deepEqual(await held(cluster, elementsRange(head)), [0]);
});
