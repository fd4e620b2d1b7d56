import assert from "node:assert/strict";
import { describe, test } from "node:test";
import * as fc from "fast-check";
import { leafOf } from "./cell-key.ts";
import { emptyCell, update, type Cell } from "./cell.ts";
import {
  cellHash,
  createHashTree,
  differingChildren,
  LEAVES,
  LEVELS,
  type Hash,
  type HashTree,
} from "./hash-tree.ts";
import { placeIn } from "./testing/place-in.ts";

const NONE: Hash = [0, 0];

const cellOf = (counter: number): Cell =>
  update(emptyCell, { actor: 1, counter, payload: { kind: "removed" } }, new Map());

/** Puts a key's cell into a tree and returns the leaf. */
function put(tree: HashTree, key: string, counter: number): number {
  const place = placeIn(1, key);
  tree.replace(leafOf(place), NONE, cellHash(place, cellOf(counter)));
  return leafOf(place);
}

/** Leaves that differ, and the number of hashes that were compared for it. */
function compare(one: HashTree, other: HashTree): { leaves: number[]; shipped: number } {
  let found = [0];
  let shipped = 0;
  for (let level = 0; level < LEVELS; level++) {
    found = found.flatMap((index) => {
      const children = other.children(level, index);
      shipped += children.length;
      return differingChildren(one, { level, index }, children);
    });
  }
  return { leaves: found, shipped };
}

describe("the hash tree", () => {
  test("is the same whatever the order of writes, and however often a cell was rewritten", () => {
    const writes = fc.array(fc.tuple(fc.nat(30), fc.nat(5)), { maxLength: 60 });
    fc.assert(
      fc.property(writes, (list) => {
        const last = new Map(list);
        const stepwise = createHashTree();
        const held = new Map<number, Hash>();
        for (const [key, counter] of list) {
          const place = placeIn(1, String(key));
          const after = cellHash(place, cellOf(counter));
          stepwise.replace(leafOf(place), held.get(key) ?? NONE, after);
          held.set(key, after);
        }
        const atOnce = createHashTree();
        for (const [key, counter] of [...last].reverse()) put(atOnce, String(key), counter);
        assert.deepEqual(compare(stepwise, atOnce), { leaves: [], shipped: 8 });
        assert.deepEqual(stepwise.node(0, 0), atOnce.node(0, 0));
      }),
    );
  });

  test("finds the one leaf of one cell that differs among thousands, for 16 hashes", () => {
    const one = createHashTree();
    const other = createHashTree();
    for (let key = 0; key < 5_000; key++) {
      put(one, `key ${key}`, 1);
      put(other, `key ${key}`, 1);
    }
    const leaf = put(one, "one more", 1);
    assert.deepEqual(compare(one, other), { leaves: [leaf], shipped: 16 });
  });

  test("finds every leaf that differs, and no other", () => {
    const keys = fc.uniqueArray(fc.nat(1_000), { maxLength: 40 });
    fc.assert(
      fc.property(keys, keys, (common, extra) => {
        const one = createHashTree();
        const other = createHashTree();
        for (const key of common) for (const tree of [one, other]) put(tree, `c${key}`, 1);
        const expected = new Set(extra.map((key) => put(one, `e${key}`, 2)));
        assert.deepEqual(new Set(compare(one, other).leaves), expected);
      }),
    );
  });

  test("is all zero when everything was taken out again, and every leaf can be used", () => {
    const tree = createHashTree();
    const hash: Hash = [0xffff_ffff, 7];
    for (let leaf = 0; leaf < LEAVES; leaf++) tree.replace(leaf, NONE, hash);
    for (let leaf = 0; leaf < LEAVES; leaf++) tree.replace(leaf, hash, NONE);
    assert.deepEqual(tree.node(0, 0), NONE);
  });

  test("a cell without versions has no hash, so a forgotten one differs from nothing", () => {
    assert.deepEqual(cellHash(Buffer.from("k"), emptyCell), NONE);
  });
});
