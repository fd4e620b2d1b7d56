import assert from "node:assert/strict";
import { test } from "node:test";
import { redisSlotHash } from "@tenfold/consistent-hashing";
import * as fc from "fast-check";
import { keysOf } from "./command.ts";
import { keySlot } from "./key-slot.ts";
import { commandTable, resolveCommand } from "./table.ts";

const words = (text: string): Buffer[] => text.split(" ").map((word) => Buffer.from(word));

test("every command of the table can be found, runs, and describes itself", () => {
  for (const spec of commandTable.all.flatMap((each) => [each, ...(each.subcommands ?? [])])) {
    assert.equal(commandTable.find(spec.name.toUpperCase()), spec);
    assert.ok(spec.run !== undefined || spec.subcommands !== undefined, spec.name);
    assert.match(spec.summary, /^[A-Z]/, spec.name);
    assert.notEqual(spec.arity, 0);
    const writesWithoutKeys = spec.flags.includes("write") && spec.keys === undefined;
    assert.equal(writesWithoutKeys, false, spec.name);
  }
});

test("the keys of a command are where the table says", () => {
  const keys = (text: string): string[] => {
    const resolved = resolveCommand(words(text));
    if ("wrong" in resolved) throw new Error(resolved.wrong);
    return keysOf(resolved.spec, words(text)).map(String);
  };
  assert.deepEqual(keys("GET a"), ["a"]);
  assert.deepEqual(keys("DEL a b c"), ["a", "b", "c"]);
  assert.deepEqual(keys("MSET a 1 b 2"), ["a", "b"]);
  assert.deepEqual(keys("MSET a 1 b"), ["a", "b"]);
  assert.deepEqual(keys("PING"), []);
});

test("what cannot be run is named", () => {
  const wrong = (text: string): string => {
    const resolved = resolveCommand(words(text));
    return "wrong" in resolved ? resolved.wrong : "";
  };
  assert.equal(wrong("lpush l 1"), "unknown command 'lpush', with args beginning with: 'l' '1' ");
  assert.equal(wrong("GET"), "wrong number of arguments for 'get' command");
  assert.equal(wrong("client|id x"), "unknown command 'client|id', with args beginning with: 'x' ");
  assert.equal(wrong("CLIENT kill"), "unknown subcommand 'kill'. Try CLIENT HELP.");
  assert.ok(wrong(`x ${"y".repeat(500)}`).length < 200);
});

test("a key's slot is Redis's, and of text the one the partition table uses", () => {
  assert.equal(keySlot(Buffer.from("123456789")), 0x31c3);
  assert.equal(keySlot(Buffer.from("{user}:1")), keySlot(Buffer.from("user")));
  assert.notEqual(keySlot(Buffer.from("{}a")), keySlot(Buffer.from("{}b")));
  fc.assert(
    fc.property(fc.string({ unit: "grapheme" }), (text) => {
      if (text.includes("{")) return;
      assert.equal(keySlot(Buffer.from(text)), redisSlotHash(text) >>> 18);
    }),
  );
});
