import assert from "node:assert/strict";
import { test } from "node:test";
import { decodeConfiguration, encodeConfiguration, endsOf } from "./configuration.ts";
import { createLayout, decodeLayout, encodeLayout } from "./layout.ts";
import { foundCluster, withMember, withPlan } from "./transitions.ts";

const membersOf = (count: number) =>
  Array.from({ length: count }, (_, at) => ({ id: `n${at + 1}`, weight: 1, zone: "" }));
const prefixes = [
  { prefix: "lazy:", copies: 1 },
  { prefix: "lazy:not", copies: 3 },
  { prefix: "dear:", copies: 5 },
];
const options = { copies: 3, partitions: 64, prefixes };
const ownersOf = (layout: ReturnType<typeof createLayout>, key: string): number =>
  layout.owners(layout.partitionOf(Buffer.from(key))).length;

test("a key has as many copies as the longest prefix that fits says", () => {
  const layout = createLayout(membersOf(6), options);
  assert.equal(layout.partitions, 3 * 64);
  for (const [key, copies] of [
    ["tea", 3],
    ["lazy", 3],
    ["lazy:tea", 1],
    ["lazy:nothing", 3],
    ["dear:tea", 5],
  ] as const) {
    assert.equal(ownersOf(layout, key), copies, key);
    assert.equal(layout.copiesOf(Buffer.from(key)), copies, key);
  }
});

test("what is kept is read as it was, and a cluster without prefixes is kept as ever", () => {
  for (const given of [options, { ...options, prefixes: [] }]) {
    const layout = createLayout(membersOf(4), given);
    const again = decodeLayout(JSON.parse(JSON.stringify(encodeLayout(layout))));
    assert.deepEqual(encodeLayout(again), encodeLayout(layout));
    for (let key = 0; key < 500; key++) {
      const bytes = Buffer.from(`${key % 2 === 0 ? "lazy:" : ""}${key}`);
      assert.deepEqual(
        again.owners(again.partitionOf(bytes)),
        layout.owners(layout.partitionOf(bytes)),
      );
    }
  }
  assert.deepEqual(
    Object.keys(encodeLayout(createLayout(membersOf(2), { ...options, prefixes: [] }))),
    ["target"],
  );
});

test("more partitions than a cursor can name, and tables that lack, are refused", () => {
  assert.throws(() => createLayout(membersOf(3), { ...options, partitions: 8_192 }), RangeError);
  const { target } = encodeLayout(createLayout(membersOf(3), options));
  assert.throws(() => decodeLayout({ target, prefixes }), RangeError);
});

test("a new member takes its share of every table, and each partition has its number of copies", () => {
  const where = { address: "", clientAddress: "", zone: "", weight: 1 };
  const members = membersOf(5).map(({ id }, at) => ({
    name: id,
    id: at,
    ...where,
    state: "member" as const,
  }));
  const before = foundCluster({ clusterId: "test", members, ...options });
  const joining = { name: "n6", id: 9, ...where, state: "joining" as const };
  const joined = withMember(before, joining);
  assert.ok(joined);
  const planned = decodeConfiguration(encodeConfiguration(withPlan(joined)));
  const moved = [0, 0, 0];
  for (let partition = 0; partition < planned.target.partitions; partition++) {
    const ends = endsOf(planned, partition);
    const table = Math.floor(partition / 64);
    const copies = [3, 1, 5][table];
    assert.equal(ends.before.length, copies);
    assert.equal(ends.after.length, copies);
    if (ends.after.includes("n6")) moved[table]! += 1;
  }
  // A sixth of 64 × 3, × 1 and × 5 copies.
  assert.deepEqual(moved, [32, 10, 53]);
});
