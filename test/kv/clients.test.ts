/** Clients we did not write, against a real node and against a real cluster of three. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import { Cluster, Redis } from "ioredis";
import { createClient, createCluster } from "redis";
import { startTenfoldCluster, type TenfoldCluster } from "./tenfold-cluster.ts";

const run = promisify(execFile);

const stores: { one: TenfoldCluster | undefined; three: TenfoldCluster | undefined } = {
  one: undefined,
  three: undefined,
};
before(async () => {
  [stores.one, stores.three] = await Promise.all([
    startTenfoldCluster({ nodes: 1 }),
    startTenfoldCluster({ nodes: 3 }),
  ]);
});
after(async () => {
  await stores.one?.[Symbol.asyncDispose]();
  await stores.three?.[Symbol.asyncDispose]();
});

const portsOf = (size: keyof typeof stores): number[] => [...(stores[size]?.ports.values() ?? [])];
const firstPort = (size: keyof typeof stores): number => portsOf(size)[0] ?? 0;

const cli = async (port: number, ...words: string[]): Promise<string> => {
  const { stdout } = await run("redis-cli", ["-p", String(port), ...words], { timeout: 30_000 });
  return stdout.trimEnd();
};

for (const size of ["one", "three"] as const) {
  test(`redis-cli works as ever, ${size} node(s)`, async () => {
    const port = firstPort(size);
    assert.equal(await cli(port, "set", "greeting", "good day"), "OK");
    assert.equal(await cli(port, "get", "greeting"), "good day");
    assert.equal(await cli(port, "-c", "get", "greeting"), "good day");
    assert.equal(await cli(port, "-3", "--json", "hset", "h", "a", "1", "b", "2"), "2");
    assert.deepEqual(JSON.parse(await cli(port, "-3", "--json", "hgetall", "h")), {
      a: "1",
      b: "2",
    });
    assert.equal(await cli(port, "zadd", "z", "1", "one", "2", "two"), "2");
    assert.equal(await cli(port, "zrange", "z", "0", "-1"), "one\ntwo");
    assert.match(await cli(port, "lpush", "l", "1"), /unknown command 'lpush'/);
    assert.match(await cli(port, "incr", "greeting"), /not an integer/);
    assert.match(await cli(port, "kv.explain", "greeting"), /^partition\n\d+\nreplicas/);
    const keys = (await cli(port, "--scan", "--pattern", "g*")).split("\n");
    assert.deepEqual(keys, ["greeting"]);
  });

  test(`redis-benchmark runs without an error, ${size} node(s)`, async () => {
    const flags = ["-p", String(firstPort(size)), "-n", "2000", "-c", "16", "-P", "4", "-r", "500"];
    const tests = ["-t", "ping_mbulk,set,get,incr,sadd,hset,zadd,mset", "--csv"];
    const { stdout } = await run("redis-benchmark", [...flags, ...tests], { timeout: 120_000 });
    const names = stdout.split("\n").flatMap((line) => /^"(\w+)/.exec(line)?.[1] ?? []);
    assert.deepEqual(names.slice(1), [
      "PING_MBULK",
      "SET",
      "GET",
      "INCR",
      "SADD",
      "HSET",
      "ZADD",
      "MSET",
    ]);
  });

  test(`ioredis works as ever, ${size} node(s)`, async () => {
    const redis = new Redis({ port: firstPort(size), keyPrefix: `io-${size}:` });
    try {
      assert.equal(await redis.set("key", "value", "EX", 100), "OK");
      assert.equal(await redis.ttl("key"), 100);
      const bytes = Buffer.from([0, 255, 13, 10]);
      await redis.set("bytes", bytes);
      assert.deepEqual(await redis.getBuffer("bytes"), bytes);
      const replies = await redis.pipeline().incr("n").incr("n").get("n").exec();
      assert.deepEqual(replies, [
        [null, 1],
        [null, 2],
        [null, "2"],
      ]);
      await redis.sadd("set", "x", "y");
      assert.deepEqual((await redis.smembers("set")).toSorted(), ["x", "y"]);
      assert.equal(await redis.del("key", "bytes", "n", "set"), 4);
    } finally {
      redis.disconnect();
    }
  });

  test(`node-redis works as ever, ${size} node(s)`, async () => {
    const client = createClient({ url: `redis://127.0.0.1:${firstPort(size)}` });
    await client.connect();
    try {
      const name = `node-redis-${size}`;
      assert.equal(
        await client.set(name, "value", { expiration: { type: "EX", value: 50 } }),
        "OK",
      );
      assert.equal(await client.get(name), "value");
      assert.equal(await client.hSet(`${name}:h`, { a: "1", b: "2" }), 2);
      assert.deepEqual({ ...(await client.hGetAll(`${name}:h`)) }, { a: "1", b: "2" });
    } finally {
      client.destroy();
    }
  });
}

test("ioredis as a cluster client reads and writes through all nodes", async () => {
  const seeds = portsOf("three").map((port) => ({ host: "127.0.0.1", port }));
  const cluster = new Cluster(seeds);
  try {
    const keys = Array.from({ length: 60 }, (_, index) => `c:${index}`);
    await Promise.all(keys.map((key) => cluster.set(key, key)));
    assert.deepEqual(await Promise.all(keys.map((key) => cluster.get(key))), keys);
    assert.equal(cluster.nodes("master").length, 3);
  } finally {
    cluster.disconnect();
  }
});

test("node-redis as a cluster client reads and writes through all nodes", async () => {
  const cluster = createCluster({
    rootNodes: portsOf("three").map((port) => ({ url: `redis://127.0.0.1:${port}` })),
  });
  await cluster.connect();
  try {
    const keys = Array.from({ length: 60 }, (_, index) => `n:${index}`);
    await Promise.all(keys.map((key) => cluster.set(key, key)));
    assert.deepEqual(await Promise.all(keys.map((key) => cluster.get(key))), keys);
    assert.equal(cluster.masters.length, 3);
  } finally {
    cluster.destroy();
  }
});
