/** Clients we did not write, against the server over the reference keyspace. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { systemClock } from "@tenfold/core";
import { Cluster, Redis } from "ioredis";
import type { ClusterView } from "../keyspace.ts";
import { createRespServer, type RespServer, type RespServerOptions } from "../resp/server.ts";
import { missing, runProgram } from "./testing/redis-process.ts";
import { createReferenceKeyspace } from "./testing/reference-keyspace.ts";

async function serve(
  options: Partial<RespServerOptions> = {},
  cluster?: ClusterView,
): Promise<RespServer> {
  const keyspace = createReferenceKeyspace(() => systemClock.now());
  const deps = { keyspace, clock: systemClock, ...(cluster === undefined ? {} : { cluster }) };
  const server = createRespServer(deps, options);
  await server.start();
  return server;
}

for (const protocol of [2, 3] as const) {
  test(`ioredis works as ever, in RESP${protocol}`, async () => {
    await using server = await serve({ password: "s3cret" });
    const redis = new Redis({
      port: server.port,
      password: "s3cret",
      connectionName: "tester",
      protocol,
    });
    try {
      assert.equal(await redis.set("key", "value", "EX", 100), "OK");
      assert.equal(await redis.get("key"), "value");
      assert.equal(await redis.ttl("key"), 100);
      assert.equal(await redis.client("GETNAME"), "tester");
      const bytes = Buffer.from([0, 255, 13, 10]);
      await redis.set(bytes, bytes);
      assert.deepEqual(await redis.getBuffer(bytes), bytes);
      await redis.hset("hash", { one: 1, two: 2 });
      assert.deepEqual(await redis.hgetall("hash"), { one: "1", two: "2" });
      await redis.zadd("board", 1, "a", 2.5, "b");
      assert.equal(Number(await redis.zscore("board", "b")), 2.5);
      await redis.sadd("set", "x", "y");
      assert.deepEqual(new Set(await redis.smembers("set")), new Set(["x", "y"]));
      const replies = await redis.pipeline().incr("n").incr("n").hget("n", "f").exec();
      assert.deepEqual(replies?.slice(0, 2), [
        [null, 1],
        [null, 2],
      ]);
      assert.match(String(replies?.[2]?.[0]), /WRONGTYPE/);
      const keys = new Set<string>();
      for await (const page of redis.scanStream({ match: "*a*" })) {
        for (const key of page) keys.add(String(key));
      }
      assert.deepEqual(keys, new Set(["board", "hash"]));
      await assert.rejects(redis.lpush("list", 1), /unknown command 'lpush'/);
    } finally {
      redis.disconnect();
    }
  });
}

test("redis-cli works as ever", { skip: missing("redis-cli") }, async () => {
  await using server = await serve({ password: "s3cret" });
  const cli = (...words: string[]): Promise<string> =>
    runProgram("redis-cli", [
      "-p",
      String(server.port),
      "--no-auth-warning",
      "-a",
      "s3cret",
      ...words,
    ]);
  assert.equal(await cli("set", "key", "va lue"), "OK\n");
  assert.equal(await cli("get", "key"), "va lue\n");
  assert.equal(await cli("-3", "hset", "hash", "a", "1"), "1\n");
  assert.equal(await cli("-3", "--json", "hgetall", "hash"), '{"a":"1"}\n');
  assert.equal(await cli("--scan"), "key\nhash\n");
  assert.match(await cli("info", "server"), /redis_version:7/);
  assert.match(await cli("command", "docs", "get"), /Get the value of a key/);
});

test("redis-benchmark runs", { skip: missing("redis-benchmark") }, async () => {
  await using server = await serve();
  const flags = ["-p", String(server.port), "-n", "500", "-c", "8", "-P", "16", "-r", "100"];
  const tests = "ping_inline,ping_mbulk,set,get,incr,sadd,hset,zadd,mset";
  const output = await runProgram("redis-benchmark", [...flags, "-t", tests, "--csv"]);
  const rows = output.trim().split("\n").slice(1);
  assert.deepEqual(
    rows.map((row) => /^"(\w+)/.exec(row)?.[1]),
    ["PING_INLINE", "PING_MBULK", "SET", "GET", "INCR", "SADD", "HSET", "ZADD", "MSET"],
  );
});

test("ioredis as a cluster client sends a key to its first replica", async () => {
  const nodes: { name: string; host: string; port: number; state: "up" }[] = [];
  const view: ClusterView = {
    self: "one",
    version: 1,
    nodes,
    owners: (slot) => (slot < 10_000 ? ["one", "two"] : ["two", "one"]),
  };
  await using one = await serve({}, view);
  await using two = await serve({}, { ...view, self: "two" });
  for (const [name, { port }] of Object.entries({ one, two })) {
    nodes.push({ name, host: "127.0.0.1", port, state: "up" });
  }
  const cluster = new Cluster([{ host: "127.0.0.1", port: one.port }]);
  const plain = new Redis({ port: two.port });
  try {
    // Slots 12182 ("foo") and 5061 ("bar"), as in Redis's own documentation.
    await cluster.set("foo", "at two");
    await cluster.set("bar", "at one");
    assert.deepEqual(await plain.mget("foo", "bar"), ["at two", null]);
    assert.equal(await cluster.cluster("KEYSLOT", "foo"), 12_182);
    assert.match(
      String(await plain.cluster("NODES")),
      /myself,master - 0 0 1 connected 10000-16383/,
    );
  } finally {
    cluster.disconnect();
    plain.disconnect();
  }
});
