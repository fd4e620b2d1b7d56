/** The operators' commands, over a node that only writes down what it is asked. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { systemClock, TenfoldError } from "@tenfold/core";
import { Redis } from "ioredis";
import type { Admin, NodeStatus } from "../admin.ts";
import { createRespServer } from "../resp/server.ts";
import { createReferenceKeyspace } from "./testing/reference-keyspace.ts";

const status: NodeStatus = {
  name: "a",
  cluster: "test",
  version: "0.1.0",
  state: "serving",
  reason: undefined,
  uptimeMs: 1,
  table: {
    version: 3,
    partitions: 16,
    copies: 1,
    prefixes: [],
    runs: [{ first: 0, last: 15, owners: ["a"] }],
  },
  members: [],
  moves: { waiting: 0, done: 0, bytes: 0 },
  hints: [],
  repair: { divergent: 0, lagMs: 5, comparisons: 2, cellsRepaired: 1 },
  keys: { hottest: [], counted: undefined },
  storage: { bytes: 2, residentBytes: 3 },
};

const asked: string[] = [];
const admin: Admin = {
  status: () => status,
  metrics: () => "kv_keys 1\n",
  rebalance: async () => ({ moves: 7 }),
  async drain(name) {
    if (name !== "b") {
      throw new TenfoldError("member_unknown", { status: 404, title: "no" }, { detail: "No c." });
    }
    asked.push(`drain ${name}`);
  },
  remove: async (name) => void asked.push(`remove ${name}`),
  repair: async () => ({ partitions: 16, cellsRepaired: 2 }),
  async backup(folder) {
    asked.push(`backup ${folder}`);
    return { cells: 5, bytes: 99 };
  },
};

const serve = (given: { admin?: Admin }, password?: string) =>
  createRespServer(
    { keyspace: createReferenceKeyspace(() => 0), clock: systemClock, ...given },
    { password },
  );

test("an operator's commands reach the node, and its refusals come back", async () => {
  await using server = serve({ admin });
  await server.start();
  const redis = new Redis({ port: server.port });
  const call = (...words: string[]): Promise<unknown> => {
    const [name = "", ...args] = words;
    return redis.call(name, ...args);
  };
  try {
    assert.deepEqual(
      JSON.parse(String(await call("KV.STATUS"))),
      JSON.parse(JSON.stringify(status)),
    );
    assert.equal(await call("kv.metrics"), "kv_keys 1\n");
    assert.equal(await call("KV.REBALANCE"), 7);
    assert.equal(await call("KV.DRAIN", "b"), "OK");
    await assert.rejects(call("KV.DRAIN", "c"), /^ReplyError: ERR No c\./);
    assert.equal(await call("KV.REMOVE", "b"), "OK");
    assert.deepEqual(await call("KV.REPAIR"), ["partitions", 16, "cells_repaired", 2]);
    assert.deepEqual(await call("KV.BACKUP", "/tmp/ä"), ["cells", 5, "bytes", 99]);
    assert.deepEqual(asked, ["drain b", "remove b", "backup /tmp/ä"]);
  } finally {
    redis.disconnect();
  }
});

test("they need a password where there is one, and a node", async () => {
  await using guarded = serve({ admin }, "s3cret");
  await using bare = serve({});
  await Promise.all([guarded.start(), bare.start()]);
  const stranger = new Redis({ port: guarded.port, enableReadyCheck: false });
  stranger.on("error", () => undefined);
  const client = new Redis({ port: bare.port });
  try {
    await assert.rejects(stranger.call("KV.DRAIN", "b"), /NOAUTH/);
    await assert.rejects(client.call("KV.STATUS"), /nothing to administer/);
  } finally {
    stranger.disconnect();
    client.disconnect();
  }
});
