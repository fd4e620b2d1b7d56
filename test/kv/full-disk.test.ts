/** A disk that is full, and has room again: nothing acknowledged is lost, and nobody restarts anything. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { Redis } from "ioredis";
import { startTenfoldCluster } from "./tenfold-cluster.ts";
import { until } from "./target.ts";

test("a full disk refuses writes and says so, reads go on, and room brings writes back", async () => {
  await using store = await startTenfoldCluster({ nodes: 1 });
  using redis = openClient(store.ports.get("a") ?? 0);
  const acknowledged = new Set<string>();
  const write = async (key: string): Promise<void> => {
    await redis.client.set(key, `value of ${key}`);
    acknowledged.add(key);
  };
  for (let count = 0; count < 200; count++) await write(`before:${count}`);
  await store.inject({ kind: "fill", node: "a" });
  const writes = Array.from({ length: 50 }, (_, count) => write(`full:${count}`));
  for (const written of await Promise.allSettled(writes)) {
    assert.equal(written.status, "rejected");
    assert.match(String(written.reason), /MISCONF The disk took no more/);
  }
  assert.equal((await store.statusOf("a"))["state"], "read-only");
  assert.equal(await redis.client.get("before:7"), "value of before:7");

  await store.heal();
  await until("writes again", () => write("after:0").then(() => true), 30_000);
  for (let count = 1; count < 50; count++) await write(`after:${count}`);
  assert.equal((await store.statusOf("a"))["state"], "serving");
  for (const key of acknowledged) assert.equal(await redis.client.get(key), `value of ${key}`);
});

test("one full disk of three is not felt by clients of the others, and repair fills it afterwards", async () => {
  await using store = await startTenfoldCluster();
  using redis = openClient(store.ports.get("a") ?? 0);
  await store.inject({ kind: "fill", node: "b" });
  for (let count = 0; count < 300; count++) await redis.client.set(`k${count}`, `${count}`);
  assert.equal((await store.statusOf("b"))["state"], "read-only");
  await store.heal();
  await store.settle();
  using full = openClient(store.ports.get("b") ?? 0);
  for (let count = 0; count < 300; count++) {
    // One answer is enough, and its own comes first.
    const [, values] = (await full.client.call("KV.GET", `k${count}`, "R", "1")) as unknown[];
    assert.deepEqual(values, [`${count}`]);
  }
});

function openClient(port: number): Disposable & { readonly client: Redis } {
  const client = new Redis({ port, maxRetriesPerRequest: 1 });
  client.on("error", () => undefined); // What a call is told is what is looked at.
  return { client, [Symbol.dispose]: () => client.disconnect() };
}
