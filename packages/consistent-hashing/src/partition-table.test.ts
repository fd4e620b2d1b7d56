import assert from "node:assert/strict";
import { test } from "node:test";
import { hasCode } from "@tenfold/core";
import { parsePartitionTable } from "./parse-partition-table.ts";
import { plan } from "./partition-plan.ts";
import { createPartitionTable } from "./partition-table.ts";

const members = [
  { id: "b", zone: "x" },
  { id: "a", weight: 2 },
  { id: "idle", weight: 0 },
];

test("a key's owner is the first owner of its partition", () => {
  const table = createPartitionTable(members, { copies: 2 });
  for (const key of ["", "a", "user:7", "é😀", "\ud800"]) {
    assert.equal(table.locate(key), table.owners(table.partitionOf(key))[0]);
    assert.deepEqual(table.replicas(key, 2), table.owners(table.partitionOf(key)));
  }
});

test("partitionsOf() and owners() are two views of one thing", () => {
  const table = createPartitionTable(["a", "b", "c"], { copies: 2, partitions: 64 });
  const held = table.partitionsOf("a");
  const first = table.partitionsOf("a", "primary");
  for (let partition = 0; partition < 64; partition++) {
    const owners = table.owners(partition);
    assert.equal(held.includes(partition), owners.includes("a"));
    assert.equal(first.includes(partition), owners[0] === "a");
  }
  assert.deepEqual(table.partitionsOf("nobody"), []);
  assert.throws(() => table.owners(64), RangeError);
});

test("a table survives JSON, also one of more than 255 members, and plans go on from it", () => {
  const many = Array.from({ length: 300 }, (_, n) => `m${n}`);
  for (const [list, copies] of [
    [members, 2],
    [many, 1],
    [[], 3],
  ] as const) {
    const table = createPartitionTable(list, { copies });
    const read = parsePartitionTable(JSON.parse(JSON.stringify(table)));
    assert.deepEqual(read.toJSON(), table.toJSON());
    assert.deepEqual(read.members, table.members);
    assert.equal(read.locate("user:7"), table.locate("user:7"));
    const next = [...list, "another"];
    assert.deepEqual(plan(read, next).moves, plan(table, next).moves);
  }
  assert.ok(JSON.stringify(createPartitionTable(["a", "b"])).length < 23_000);
});

test("what is no whole table is refused with its code", () => {
  const good = createPartitionTable(["a", "b"], { partitions: 4, copies: 2 }).toJSON();
  const rows = (...seats: number[]): string => btoa(String.fromCharCode(...seats));
  assert.doesNotThrow(() => parsePartitionTable({ ...good, rows: rows(0, 1, 1, 0, 0, 1, 1, 255) }));
  for (const bad of [
    null,
    [],
    "text",
    {},
    { ...good, format: 2 },
    { ...good, version: 1.5 },
    { ...good, partitions: 5 },
    { ...good, copies: 0 },
    { ...good, rows: "***" },
    { ...good, rows: rows(0, 1) },
    { ...good, rows: rows(0, 1, 1, 0, 0, 1, 1, 2) },
    { ...good, rows: rows(0, 1, 1, 0, 0, 1, 1, 1) },
    { ...good, rows: rows(0, 1, 1, 0, 0, 1, 255, 1) },
    { ...good, rows: rows(0, 1, 1, 0, 0, 1, 255, 255) },
    { ...good, members: [{ id: "a" }] },
    { ...good, members: good.members.toReversed() },
    { ...good, members: [good.members[0], good.members[0]] },
    { ...good, members: good.members.map((member) => ({ ...member, weight: 0 })) },
  ]) {
    assert.throws(
      () => parsePartitionTable(bad),
      (error) => hasCode(error, "partition_table_invalid"),
      JSON.stringify(bad),
    );
  }
});

test("sizes that make no table are refused", () => {
  for (const partitions of [0, 1, 1_000, 2 ** 17, 2.5]) {
    assert.throws(() => createPartitionTable(["a"], { partitions }), RangeError);
  }
  for (const copies of [0, -1, 1.5, 17]) {
    assert.throws(() => createPartitionTable(["a"], { copies }), RangeError);
  }
});
