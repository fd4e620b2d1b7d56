import assert from "node:assert/strict";
import { test } from "node:test";
import { hasCode } from "@tenfold/core";
import { createLayout } from "../cluster/layout.ts";
import { bucketsOf, copiesOf, requireCopies, type NodeConfig } from "./node-config.ts";

const local = { host: "127.0.0.1", port: 0 };
const config = (buckets: NodeConfig["buckets"], copies = 3): NodeConfig => {
  return { name: "a", data: "/nowhere", listen: local, peer: local, copies, buckets };
};
const founded = (given: NodeConfig) =>
  createLayout([{ id: "a" }], { partitions: 16, ...copiesOf(given) });
const quorumsOf = (given: NodeConfig, layout = founded(given)): Record<string, string> =>
  Object.fromEntries(
    bucketsOf(given, layout).map(({ prefix, readQuorum, writeQuorum, resolve }) => [
      prefix,
      `${resolve} ${readQuorum}/${writeQuorum}`,
    ]),
  );

test("R and W are a majority of the bucket's N, unless it says otherwise", () => {
  assert.deepEqual(quorumsOf(config([])), { "": "lww 2/2" });
  assert.deepEqual(quorumsOf(config([], 5)), { "": "lww 3/3" });
  const buckets = [
    { prefix: "dear:", copies: 5 },
    { prefix: "lazy:", copies: 1, resolve: "siblings" },
    { prefix: "quick:", readQuorum: 1 },
  ] as const;
  assert.deepEqual(quorumsOf(config(buckets)), {
    "": "lww 2/2",
    "dear:": "lww 3/3",
    "lazy:": "siblings 1/1",
    "quick:": "lww 1/2",
  });
});

test("a prefix that the cluster keeps apart has its quorums on nodes that were not told of it too", () => {
  const layout = founded(config([{ prefix: "shop:dear:", copies: 5 }]));
  const told = config([{ prefix: "shop:", resolve: "siblings", readQuorum: 1 }]);
  assert.deepEqual(quorumsOf(told, layout), {
    "": "lww 2/2",
    "shop:": "siblings 1/2",
    "shop:dear:": "siblings 3/3",
  });
  // Also where the bucket it is part of is the default that was configured.
  assert.deepEqual(quorumsOf(config([{ prefix: "", resolve: "siblings" }]), layout), {
    "": "siblings 2/2",
    "shop:dear:": "siblings 3/3",
  });
});

test("another number of copies than the cluster was made with is refused", () => {
  const layout = founded(config([{ prefix: "dear:", copies: 5 }]));
  requireCopies(
    config([
      { prefix: "dear:", copies: 5 },
      { prefix: "dear:", resolve: "lww" },
    ]),
    layout,
  );
  requireCopies(config([{ prefix: "", copies: 3 }]), layout);
  for (const bucket of [
    { prefix: "dear:", copies: 3 },
    { prefix: "cheap:", copies: 3 },
    { prefix: "", copies: 2 },
  ]) {
    assert.throws(
      () => requireCopies(config([bucket]), layout),
      (error) => hasCode(error, "copies_differ"),
    );
  }
});
