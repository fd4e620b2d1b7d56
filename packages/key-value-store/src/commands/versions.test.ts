import assert from "node:assert/strict";
import { test } from "node:test";
import { keyValueErrors } from "../errors.ts";
import type { Keyspace, Versions } from "../keyspace.ts";
import { createReferenceKeyspace } from "./testing/reference-keyspace.ts";
import { runCommand } from "./testing/run-command.ts";

/** A keyspace whose versions answer what the test wants, and say what they were asked. */
function withVersions(versions: Partial<Versions>): Keyspace {
  const plain = createReferenceKeyspace(() => 1000);
  return { ...plain, versions: { ...plain.versions, ...versions } };
}

const words = (text: string): Buffer[] => text.split(" ").map((word) => Buffer.from(word));

test("KV.GET shows all values and the context, with the quorum asked for", async () => {
  const asked: unknown[] = [];
  const keyspace = withVersions({
    async read(key, options) {
      asked.push(Buffer.from(key).toString(), options);
      return { values: [Buffer.from("a"), Buffer.from("b")], context: Buffer.from("ctx") };
    },
  });
  assert.equal(
    await runCommand(keyspace, words("KV.GET key R 2"), 3),
    "%2\r\n$6\r\nvalues\r\n*2\r\n$1\r\na\r\n$1\r\nb\r\n$7\r\ncontext\r\n$3\r\nctx\r\n",
  );
  assert.deepEqual(asked, ["key", { readQuorum: 2 }]);
  assert.equal(
    await runCommand(keyspace, words("kv.get key R 0")),
    "-ERR R and W must be at least 1\r\n",
  );
  assert.equal(await runCommand(keyspace, words("kv.get key S 1")), "-ERR syntax error\r\n");
});

test("KV.PUT and KV.DEL pass on the context, the quorum and the durability", async () => {
  const asked: unknown[] = [];
  const keyspace = withVersions({
    async write(_, value, options) {
      asked.push(value === undefined ? undefined : Buffer.from(value).toString(), options);
      return { context: Buffer.from("next") };
    },
  });
  const put = "KV.PUT key value W 1 DURABILITY memory CONTEXT ctx";
  assert.equal(await runCommand(keyspace, words(put)), "$4\r\nnext\r\n");
  assert.equal(await runCommand(keyspace, words("KV.DEL key")), "$4\r\nnext\r\n");
  assert.deepEqual(asked, [
    "value",
    { writeQuorum: 1, durability: "memory", context: Buffer.from("ctx") },
    undefined,
    {},
  ]);
  assert.equal(
    await runCommand(keyspace, words("KV.PUT key value DURABILITY stone")),
    "-ERR DURABILITY must be memory or disk\r\n",
  );
});

test("KV.EXPLAIN shows the replicas and the hints", async () => {
  const keyspace = withVersions({
    explain: async () => ({
      partition: 7,
      replicas: [{ node: "n1", state: "answered", versions: ["n1:4"] }],
      hints: [{ node: "n2", count: 3 }],
    }),
  });
  const reply = await runCommand(keyspace, words("KV.EXPLAIN key"), 3);
  assert.match(reply, /^%3\r\n\$9\r\npartition\r\n:7\r\n/);
  assert.match(reply, /\$2\r\nn2\r\n:3\r\n$/);
});

test("a node's refusals have codes that clients know, and say why", async () => {
  const failing = (cause: Error): Keyspace =>
    withVersions({
      async read() {
        throw cause;
      },
    });
  const cases = [
    [
      keyValueErrors.quorum_unavailable({ detail: "1 of 2 answered." }),
      "-CLUSTERDOWN 1 of 2 answered.\r\n",
    ],
    [
      keyValueErrors.node_read_only({ detail: "The disk is full." }),
      "-MISCONF The disk is full.\r\n",
    ],
    [
      keyValueErrors.key_too_long({ detail: "1025 bytes, 1024 is the limit." }),
      "-ERR 1025 bytes, 1024 is the limit.\r\n",
    ],
    [
      keyValueErrors.context_invalid(),
      "-ERR The context is not one this store gave for this key\r\n",
    ],
  ] as const;
  for (const [error, reply] of cases) {
    assert.equal(await runCommand(failing(error), words("KV.GET key")), reply);
  }
});
