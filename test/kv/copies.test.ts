/** Keys of three copies and of two, side by side on three real nodes. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Cluster, Redis } from "ioredis";
import { startTenfoldCluster } from "./tenfold-cluster.ts";

test("each key is on as many nodes as its bucket says, for every client and through the loss of a node", async () => {
  await using store = await startTenfoldCluster();
  const ports = [...store.ports.values()];
  const cluster = new Cluster(ports.map((port) => ({ host: "127.0.0.1", port })));
  const [client, other] = ports
    .slice(0, 2)
    .map((port) => new Redis({ port, maxRetriesPerRequest: 1 }));
  assert.ok(client !== undefined && other !== undefined);
  try {
    const holders = new Map<string, number>();
    for (let at = 0; at < 60; at++) {
      for (const [key, copies] of [
        [`count:${at}`, 2],
        [`own:${at}`, 3],
      ] as const) {
        await cluster.incrby(key, at);
        assert.equal(await client.get(key), `${at}`);
        const owners = ownersIn(await other.call("KV.EXPLAIN", key));
        assert.equal(owners.length, copies, key);
        for (const name of owners)
          holders.set(`${copies} ${name}`, 1 + (holders.get(`${copies} ${name}`) ?? 0));
      }
    }
    // Both kinds are spread over all nodes.
    assert.equal(holders.size, 6);
    assert.equal(await client.dbsize(), 120);
    const [, names] = await client.scan("0", "COUNT", 1_000);
    assert.equal(names.length, 120);

    cluster.disconnect();
    await store.inject({ kind: "replace", node: "c" });
    await store.heal();
    await store.settle();
    for (let at = 0; at < 60; at++) {
      for (const key of [`count:${at}`, `own:${at}`]) assert.equal(await client.get(key), `${at}`);
    }
  } finally {
    cluster.disconnect();
    for (const each of [client, other]) each.disconnect();
  }
});

function ownersIn(explained: unknown): string[] {
  assert.ok(Array.isArray(explained));
  const at = explained.indexOf("replicas");
  const replicas: unknown = explained[at + 1];
  assert.ok(at >= 0 && Array.isArray(replicas), JSON.stringify(explained));
  return replicas.map((fields: unknown) => String(Array.isArray(fields) ? fields[1] : fields));
}
