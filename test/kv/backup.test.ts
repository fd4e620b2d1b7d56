/** A node's backup, taken while it is written to, put back by the command line as a person would. */
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { runCli } from "../support/cli.ts";
import { startLoneNode } from "./lone-node.ts";

test("a backup is of one moment, and a node begins with it where it is put back", async (t) => {
  const folder = await mkdtemp(join(tmpdir(), "kv-backup-"));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const [backup, again] = [join(folder, "backup"), join(folder, "again")];
  {
    await using node = await startLoneNode(join(folder, "a"));
    const { redis } = node;
    for (let at = 0; at < 500; at++) await redis.set(`before:${at}`, at);
    await redis.hset("hash", "field", "value");
    await redis.zadd("scores", 1.5, "one", 2.5, "two");
    await redis.del("before:7");
    // One client writes pairs in order while the backup is made.
    const ending = new AbortController();
    const writing = (async () => {
      for (let pair = 0; !ending.signal.aborted; pair++) {
        await redis.set(`first:${pair}`, "x");
        await redis.set(`second:${pair}`, "x");
      }
    })();
    const made = await runCli(["kv", "backup", backup, "--node", node.listen]);
    ending.abort();
    await writing;
    assert.equal(made.code, 0, made.err);
    await redis.set("after", "lost with the node");
    const taken = await runCli(["kv", "backup", backup, "--node", node.listen]);
    assert.match(taken.err, /is there already/);
  }
  const restored = await runCli(["kv", "restore", backup, "--data", again]);
  assert.equal(restored.code, 0, restored.err);
  const refused = await runCli(["kv", "restore", backup, "--data", again]);
  assert.match(refused.err, /is not empty/);

  await using node = await startLoneNode(again);
  const { redis } = node;
  for (let at = 0; at < 500; at++) {
    assert.equal(await redis.get(`before:${at}`), at === 7 ? null : `${at}`);
  }
  assert.equal(await redis.hget("hash", "field"), "value");
  assert.deepEqual(await redis.zrange("scores", "0", "-1"), ["one", "two"]);
  assert.equal(await redis.get("after"), null);
  // As of one moment: no second without its first.
  const [, seconds] = await redis.scan("0", "MATCH", "second:*", "COUNT", 100_000);
  for (const second of seconds) {
    assert.equal(await redis.get(second.replace("second", "first")), "x");
  }
  await redis.set("before:7", "again");
  assert.equal(await redis.get("before:7"), "again");
});
