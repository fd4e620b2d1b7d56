/** What administrators see of a real node in this process, and of one that does not answer. */
import assert from "node:assert/strict";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { createManualClock, silentLog, systemClock, systemRandom } from "@tenfold/core";
import { createNode } from "@tenfold/key-value-store";
import { Value } from "typebox/value";
import { KeyValueStatus } from "./contract.ts";
import { noNodes } from "./no-nodes.ts";
import { remoteNodes } from "./remote-nodes.ts";
import { createKeyValueService } from "./service.ts";

const clock = createManualClock();

test("a node's status is what the contract says, seen over its own protocol", async () => {
  const folder = await mkdtemp(join(tmpdir(), "kv-service-"));
  const free = { host: "127.0.0.1", port: 0 };
  const node = createNode(
    { clock: systemClock, random: systemRandom, log: silentLog },
    { name: "a", data: folder, listen: free, peer: free, password: "s3 cret" },
  );
  try {
    await node.start();
    const url = `redis://:s3%20cret@127.0.0.1:${node.respPort}`;
    const nodes = remoteNodes({ clock: systemClock, log: silentLog }, url);
    const status = await createKeyValueService({ clock, nodes }, { nodesMax: 6 }).status();
    assert.deepEqual([...Value.Errors(KeyValueStatus, status)], []);
    assert.deepEqual([status.where, status.problem], ["cluster", null]);
    assert.deepEqual(
      status.ring?.members.map(({ name, state }) => [name, state]),
      [["a", "up"]],
    );
    await assert.rejects(nodes.add(), /did not start/);
  } finally {
    await node.stop();
    await rm(folder, { recursive: true, force: true });
  }
});

test("where nobody answers, the status says so and why", async () => {
  const deps = { clock: systemClock, log: silentLog };
  const remote = remoteNodes(deps, "redis://127.0.0.1:1");
  const away = await createKeyValueService({ clock, nodes: remote }, { nodesMax: 6 }).status();
  assert.equal(away.ring, null);
  assert.match(away.problem ?? "", /127\.0\.0\.1:1 cannot be asked/);
  const none = await createKeyValueService({ clock, nodes: noNodes() }, { nodesMax: 6 }).status();
  assert.equal(none.where, "none");
  assert.match(none.problem ?? "", /TENFOLD_KV_URL/);
});
