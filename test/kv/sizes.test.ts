/** How long keys and values may be is the operator's to say. */
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { runCli } from "../support/cli.ts";
import { startLoneNode } from "./lone-node.ts";
import { until } from "./target.ts";

test("longer keys and values than by default go through two nodes, and what is too long is refused", async (t) => {
  const folder = await mkdtemp(join(tmpdir(), "kv-sizes-"));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const sizes = {
    TENFOLD_KV_KEY_BYTES_MAX: "2000",
    TENFOLD_KV_VALUE_BYTES_MAX: String(4 * 2 ** 20),
  };
  await using one = await startLoneNode(join(folder, "a"), {
    env: { ...sizes, TENFOLD_KV_NAME: "a" },
  });
  await using two = await startLoneNode(join(folder, "b"), {
    env: { ...sizes, TENFOLD_KV_NAME: "b", TENFOLD_KV_JOIN: one.peers },
  });
  const [key, value] = ["k".repeat(2_000), "v".repeat(4 * 2 ** 20)];
  // While partitions move to the second node a call may be told to try again, and does.
  await until("the write", async () => (await one.redis.set(key, value)) === "OK", 20_000);
  await until("the value", async () => (await two.redis.get(key)) === value, 20_000);
  await assert.rejects(one.redis.set(`${key}k`, ""), /The key has 2001 bytes; at most 2000/);
  await assert.rejects(two.redis.set("k", `${value}v`), /The value has 4194305 bytes/);
  await until("none of it", async () => (await one.redis.exists("k")) === 0, 20_000);
  const wrong = await runCli(["kv", "node"], { env: { TENFOLD_KV_VALUE_BYTES_MAX: "1GB" } });
  assert.match(wrong.err, /TENFOLD_KV_VALUE_BYTES_MAX must be a whole number/);
});
