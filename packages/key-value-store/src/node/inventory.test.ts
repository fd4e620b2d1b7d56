import assert from "node:assert/strict";
import { test } from "node:test";
import { createMemoryCluster } from "../testing/memory-cluster.ts";

const bytes = (text: string): Buffer => Buffer.from(text);

test("one pass counts keys, tombstones and siblings, and finds the largest keys", async () => {
  const bucket = {
    prefix: "cart:",
    resolve: "siblings",
    readQuorum: 1,
    writeQuorum: 1,
    siblingsMax: 8,
    durability: "disk",
  } as const;
  await using cluster = await createMemoryCluster({
    nodes: 2,
    partitions: 4,
    buckets: [bucket],
    inventoryMs: 5,
  });
  const [one, two] = cluster.keyspaces;
  const [node] = cluster.nodes;
  assert.ok(one !== undefined && two !== undefined && node !== undefined);
  for (let at = 0; at < 400; at++) await one.strings.set(bytes(`small ${at}`), bytes("v"));
  await one.keys.remove([bytes("small 1"), bytes("small 2")]);
  await one.strings.set(bytes("large"), Buffer.alloc(60_000));
  const members = Array.from({ length: 2_000 }, (_, at) => bytes(`member ${at}`));
  await one.sets.add(bytes("many"), members);
  await one.sets.remove(bytes("many"), members.slice(0, 10));
  for (const keyspace of [one, two]) {
    for (const value of ["a", "b"]) {
      await keyspace.versions.write(bytes("cart:7"), bytes(value));
    }
  }
  await cluster.settle();
  const endedMs = node.inventory.last()?.endedMs ?? 0;
  // The next pass begins after that; the one after it has seen all.
  const later = async (afterMs: number): Promise<number> => {
    for (;;) {
      const atMs = node.inventory.last()?.endedMs ?? 0;
      if (atMs > afterMs) return atMs;
      await new Promise((resolve) => setImmediate(resolve));
    }
  };
  await later(await later(endedMs));
  const found = node.inventory.last();
  assert.ok(found !== undefined);
  assert.equal(found.keys, 398 + 3);
  assert.equal(found.siblings, 1);
  assert.ok(found.siblingsMax >= 2, `${found.siblingsMax}`);
  const [first, second] = found.biggest;
  assert.deepEqual([String(first?.key), first?.elements], ["many", 1_990]);
  assert.deepEqual([String(second?.key), second?.elements], ["large", 0]);
  assert.equal(found.biggest.length, 10);
  assert.ok((second?.bytes ?? 0) > 60_000);
});

test("a pass finds a record that the disk has damaged, and the other owners mend it", async () => {
  await using cluster = await createMemoryCluster({ nodes: 3, inventoryMs: 5 });
  const [keyspace] = cluster.keyspaces;
  const [storage] = cluster.storages;
  assert.ok(keyspace !== undefined && storage !== undefined);
  await keyspace.strings.set(bytes("rotten"), bytes("value"));
  await cluster.settle();
  const [entry] = await storage.range({ from: bytes("d"), to: bytes("e"), limit: 1 });
  assert.ok(entry !== undefined);
  const [place, record] = entry;
  const damaged = Buffer.from(record);
  damaged[20] = (damaged[20] ?? 0) ^ 1;
  // Nobody asks for it, and its hash in the tree is what it was.
  await storage.write([{ key: place, value: damaged }], { sync: true });
  for (;;) {
    const held = await storage.get(place);
    if (held !== undefined && Buffer.compare(held, record) === 0) break;
    await new Promise((resolve) => setImmediate(resolve));
  }
  assert.equal(
    Buffer.from((await keyspace.strings.get(bytes("rotten"))) ?? []).toString(),
    "value",
  );
});
