/**
 * The commands over the reference keyspace, and over a node of its own, beside a real
 * redis-server: random sequences must get the same bytes back, in both versions of the protocol.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { systemClock } from "@tenfold/core";
import * as fc from "fast-check";
import type { Keyspace } from "../keyspace.ts";
import { createRespServer } from "../resp/server.ts";
import { createMemoryCluster } from "../testing/memory-cluster.ts";
import { comparable } from "./testing/comparable.ts";
import { commandWords } from "./testing/command-words.ts";
import { itemsOf, connectRaw, type RawClient } from "./testing/raw-client.ts";
import { missing, startRedisServer } from "./testing/redis-process.ts";
import { createReferenceKeyspace } from "./testing/reference-keyspace.ts";

const subjects = {
  "the reference keyspace": async (): Promise<Subject> => ({
    keyspace: createReferenceKeyspace(() => systemClock.now()),
    [Symbol.asyncDispose]: async () => undefined,
  }),
  "a cluster of one": async (): Promise<Subject> => {
    const cluster = await createMemoryCluster({ nodes: 1, now: () => systemClock.now() });
    const [keyspace] = cluster.keyspaces;
    assert.ok(keyspace);
    return { keyspace, [Symbol.asyncDispose]: () => cluster[Symbol.asyncDispose]() };
  },
};

interface Subject extends AsyncDisposable {
  readonly keyspace: Keyspace;
}

for (const [name, createSubject] of Object.entries(subjects)) {
  test(
    `random commands get the same bytes from ${name} and from redis-server 7`,
    { skip: missing("redis-server") },
    async () => {
      await using redis = await startRedisServer();
      await using subject = await createSubject();
      await using server = createRespServer({ keyspace: subject.keyspace, clock: systemClock });
      await server.start();
      for (const protocol of ["2", "3"]) {
        using theirs = await connectRaw(redis.port);
        using ours = await connectRaw(server.port);
        await compareSequences({ protocol, theirs, ours });
      }
    },
  );
}

async function compareSequences({
  protocol,
  theirs,
  ours,
}: {
  protocol: string;
  theirs: RawClient;
  ours: RawClient;
}): Promise<void> {
  await Promise.all([theirs, ours].map((client) => client.ask([["HELLO", protocol]])));
  const compare = async (commands: readonly (readonly string[])[]): Promise<void> => {
    await theirs.ask([["FLUSHALL"]]);
    await emptied(ours);
    const [expected, found] = await Promise.all([theirs.ask(commands), ours.ask(commands)]);
    for (const [i, command] of commands.entries()) {
      const context = `RESP${protocol}: ${JSON.stringify(commands.slice(0, i + 1))}`;
      assert.equal(
        comparable(command, found[i] ?? ""),
        comparable(command, expected[i] ?? ""),
        context,
      );
    }
  };
  const sequences = fc.array(commandWords, { minLength: 1, maxLength: 30 });
  await fc.assert(fc.asyncProperty(sequences, compare), { seed: 20_261_122, numRuns: 300 });
}

/** There is no FLUSHALL: what a scan shows is removed. */
async function emptied(client: RawClient): Promise<void> {
  const [page] = await client.ask([["SCAN", "0"]]);
  const [, keys] = itemsOf(page ?? "");
  const names = itemsOf(keys ?? "").map((item) => item.slice(item.indexOf("\r\n") + 2, -2));
  if (names.length > 0) await client.ask([["DEL", ...names]]);
}
