/**
 * The keyspace over nodes beside the model of its contract: the same commands, each
 * through a node by lot, get the same answers when nothing goes wrong.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { comparable } from "../commands/testing/comparable.ts";
import { commandWords } from "../commands/testing/command-words.ts";
import { createReferenceKeyspace } from "../commands/testing/reference-keyspace.ts";
import { runCommand } from "../commands/testing/run-command.ts";
import { createMemoryCluster } from "../testing/memory-cluster.ts";

const step = fc.record({
  words: commandWords,
  node: fc.nat(2),
  /** How long after the one before: sometimes so long that something expires. */
  afterMs: fc.oneof(
    { weight: 9, arbitrary: fc.constant(10) },
    { weight: 1, arbitrary: fc.constantFrom(100_000, 5_000_000, 500_000_000, 5_000_000_000) },
  ),
});

for (const nodes of [1, 3]) {
  test(`random commands get from ${nodes} nodes what the model answers`, async () => {
    const steps = fc.array(step, { minLength: 1, maxLength: 40 });
    const run = async (
      commands: readonly (typeof step extends fc.Arbitrary<infer S> ? S : never)[],
    ) => {
      await using cluster = await createMemoryCluster({ nodes });
      const { clock, keyspaces } = cluster;
      const model = createReferenceKeyspace(() => clock.nowMs);
      for (const [at, { words, node, afterMs }] of commands.entries()) {
        clock.nowMs += afterMs;
        const [keyspace] = keyspaces.slice(node % nodes);
        assert.ok(keyspace);
        const bytes = words.map((word) => Buffer.from(word, "latin1"));
        const found = await runCommand(keyspace, bytes);
        const expected = await runCommand(model, bytes);
        assert.equal(
          comparable(words, found),
          comparable(words, expected),
          JSON.stringify(commands.slice(0, at + 1)),
        );
      }
    };
    await fc.assert(fc.asyncProperty(steps, run), { seed: 20_261_127, numRuns: 100 });
  });
}
