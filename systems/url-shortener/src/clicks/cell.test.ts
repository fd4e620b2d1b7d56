import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { addEncoded, Cell, encodeTally, type CountedClick, type Tally } from "./cell.ts";

const someClick: fc.Arbitrary<CountedClick> = fc.record({
  bot: fc.boolean(),
  keys: fc.option(
    fc.tuple(
      fc.constantFrom("DE", "FR", "(unknown)"),
      fc.constantFrom("a.example", "b.example", "__proto__"),
      fc.constantFrom("desktop", "mobile"),
      fc.constantFrom("Chrome", 'a "quoted" name'),
    ),
    { nil: undefined },
  ),
  visitor: fc.option(fc.integer({ min: 0, max: 1_000 }), { nil: undefined }),
});

function cellOf(clicks: readonly CountedClick[]): Cell {
  const cell = new Cell();
  for (const click of clicks) cell.add(click);
  return cell;
}

function shown(cell: Cell): unknown {
  const { sketch, ...counts } = cell.encode(1_000);
  return { ...counts, visitors: cell.visitors(), open: sketch !== null };
}

test("counting at once and counting in stored, merged parts give the same cell", () => {
  fc.assert(
    fc.property(fc.array(fc.array(someClick, { maxLength: 30 }), { maxLength: 6 }), (parts) => {
      const merged = new Cell();
      for (const part of parts) merged.merge(Cell.decode(cellOf(part).encode(1_000)));
      assert.deepEqual(shown(merged), shown(cellOf(parts.flat())));
    }),
  );
});

test("a sealed cell keeps its number of visitors and nothing about them", () => {
  const clicks = [1, 2, 2, 3].map((visitor) => ({ bot: false, keys: undefined, visitor }));
  const cell = cellOf(clicks);
  cell.seal();
  const stored = cell.encode(10);
  assert.deepEqual([stored.visitors, stored.sketch], [3, null]);
  assert.equal(Cell.decode(stored).visitors(), 3);
});

test("a tally keeps its largest keys, and the cell every click", () => {
  const cell = new Cell();
  for (let key = 1; key <= 50; key += 1) {
    for (let times = 0; times < key; times += 1) {
      cell.add({
        bot: key % 2 === 0,
        keys: ["DE", `h${key}`, "mobile", "Chrome"],
        visitor: undefined,
      });
    }
  }
  const stored = cell.encode(5);
  assert.equal(stored.referrer, '["h50",0,50,"h49",49,0,"h48",0,48,"h47",47,0,"h46",0,46]');
  assert.equal(stored.human + stored.bot, 1_275);
  cell.trim(5);
  assert.equal(cell.keys, 5);
  assert.equal(cell.encode(4).referrer, '["h50",0,50,"h49",49,0,"h48",0,48,"h47",47,0]');
});

test("any key survives its encoding", () => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.string(), { maxLength: 20 }), (keys) => {
      const tally: Tally = new Map(keys.map((key, index) => [key, { human: index, bot: 1 }]));
      const read: Tally = new Map();
      addEncoded(read, encodeTally(tally, 100));
      assert.deepEqual(read, tally);
    }),
  );
});
