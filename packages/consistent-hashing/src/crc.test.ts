import assert from "node:assert/strict";
import { test } from "node:test";
import { crc32 as zlibCrc32 } from "node:zlib";
import * as fc from "fast-check";
import { crc16, crc32, redisSlotHash } from "./crc.ts";
import { hashTag } from "./hash-tag.ts";
import { createPartitionTable } from "./partition-table.ts";

test("the check values of the catalogue of CRCs", () => {
  assert.equal(crc16("123456789"), 0x31c3);
  assert.equal(crc32("123456789"), 0xcbf43926);
});

test("crc32() agrees with zlib on any well-formed text", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary" }), (text) => {
      assert.equal(crc32(text), zlibCrc32(text));
    }),
  );
});

test("a table hashed as Redis does numbers partitions as CLUSTER KEYSLOT does", () => {
  const table = createPartitionTable(["a"], { hash: redisSlotHash, hashTags: true });
  for (const [key, slot] of [
    ["foo", 12_182],
    ["bar", 5_061],
    ["hello", 866],
    ["somekey", 11_058],
    ["foo{hash_tag}", 2_515],
    ["123456789", 12_739],
  ] as const) {
    assert.equal(table.partitionOf(key), slot, key);
  }
});

test("a hash tag is what stands between the first brace and the first that closes it", () => {
  for (const [key, tag] of [
    ["plain", "plain"],
    ["{user1000}.following", "user1000"],
    ["foo{}{bar}", "foo{}{bar}"],
    ["foo{{bar}}zap", "{bar"],
    ["foo{bar}{zap}", "bar"],
    ["}{a}", "a"],
    ["open{only", "open{only"],
    ["{é😀}x", "é😀"],
  ] as const) {
    assert.equal(hashTag(key), tag);
  }
});
