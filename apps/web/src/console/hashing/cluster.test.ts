import assert from "node:assert/strict";
import { test } from "node:test";
import { firstCluster, followKeys, lastChange, MEMBERS_MAX, reduceCluster } from "./cluster.ts";

test("a member that comes takes its part from the ring and the table, and nothing else moves", () => {
  const cluster = reduceCluster(firstCluster(), { kind: "add" });
  assert.equal(cluster.change, "s4 came");
  const last = lastChange(cluster);
  assert.ok(last !== undefined);
  assert.ok(Math.abs(last.minimum - 0.2) < 1e-9);
  const row = (name: string) => last.rows.find((each) => each.name === name);
  assert.ok(Math.abs((row("Partition table")?.moved ?? 0) - 0.2) < 1e-3);
  assert.equal(row("Ring")?.betweenSurvivors, 0);
  assert.ok((row("hash mod n")?.moved ?? 0) > 0.7);
});

test("followed keys say whose they were", () => {
  const cluster = reduceCluster(firstCluster(), { kind: "remove", id: "s1" });
  const keys = followKeys(cluster, "table", 200);
  assert.ok(keys.some(({ formerOwner }) => formerOwner === "s1"));
  for (const { owner, formerOwner } of keys) {
    assert.ok(owner === formerOwner || formerOwner === "s1");
  }
});

test("members are at most twelve and at least one, each with a colour of its own", () => {
  let cluster = firstCluster();
  for (let n = 0; n < 20; n++) cluster = reduceCluster(cluster, { kind: "add" });
  assert.equal(cluster.members.length, MEMBERS_MAX);
  assert.equal(new Set(cluster.members.map(({ colour }) => colour)).size, MEMBERS_MAX);
  for (const { id } of cluster.members) cluster = reduceCluster(cluster, { kind: "remove", id });
  assert.equal(cluster.members.length, 1);
});

test("weights stay between 1 and 5, and jump and modulo are left out where they do not exist", () => {
  const first = firstCluster();
  assert.equal(reduceCluster(first, { kind: "weigh", id: "s0", weight: 0 }), first);
  const heavy = reduceCluster(first, { kind: "weigh", id: "s0", weight: 9 });
  assert.equal(heavy.members[0]?.weight, 5);
  assert.ok(!lastChange(heavy)?.rows.some(({ name }) => name === "Jump"));
});

test("another number of virtual nodes keeps the last change to look at", () => {
  const changed = reduceCluster(firstCluster(), { kind: "add" });
  const finer = reduceCluster(changed, { kind: "virtualNodes", count: 160 });
  assert.equal(finer.change, "s4 came");
  assert.ok(lastChange(finer)?.rows.every(({ moved }) => moved > 0));
  assert.equal(reduceCluster(finer, { kind: "reset" }).before, undefined);
});
