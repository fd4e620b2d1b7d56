import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { commandTable } from "./table.ts";
import { replyEnd } from "./testing/raw-client.ts";
import { createReferenceKeyspace } from "./testing/reference-keyspace.ts";
import { runCommand } from "./testing/run-command.ts";

const names = commandTable.all.flatMap((spec) => [
  spec.name,
  ...(spec.subcommands ?? []).map((sub) => sub.name.replace("|", " ")),
]);
const options =
  "EX PX NX XX GT LT GET KEEPTTL CH INCR BYSCORE BYLEX REV LIMIT WITHSCORES MATCH COUNT TYPE CONTEXT W R DURABILITY AUTH SETNAME";

test("any words after any name give one whole reply, and never a defect", async () => {
  const word = fc.oneof(
    fc.uint8Array({ maxLength: 12 }).map((bytes) => Buffer.from(bytes)),
    fc.constantFrom(...options.split(" ")).map((text) => Buffer.from(text)),
    fc
      .constantFrom(
        "0",
        "-1",
        "1",
        "3",
        "9223372036854775807",
        "1e400",
        "(1",
        "[a",
        "+",
        "inf",
        "a",
      )
      .map((text) => Buffer.from(text)),
  );
  const command = fc
    .tuple(fc.constantFrom(...names), fc.array(word, { maxLength: 7 }))
    .map(([name, rest]) => [...name.split(" ").map((part) => Buffer.from(part)), ...rest]);
  await fc.assert(
    fc.asyncProperty(fc.array(command, { maxLength: 8 }), async (commands) => {
      const keyspace = createReferenceKeyspace(() => 1_750_000_000_000);
      for (const words of commands) {
        for (const protocol of [2, 3] as const) {
          const reply = await runCommand(keyspace, words, protocol);
          assert.equal(replyEnd(reply, 0), reply.length);
        }
      }
    }),
    { numRuns: 300 },
  );
});
