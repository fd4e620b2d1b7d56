import assert from "node:assert/strict";
import { test } from "node:test";
import {
  array,
  assert as check,
  constant,
  integer,
  nat,
  oneof,
  property,
  record,
} from "fast-check";
import { GrantLogs } from "./grant-logs.ts";
import type { Cells } from "./table.ts";

/** Cells of a few counters, two numbers each. */
function createCells(counters: number): Cells {
  const floats = new Float64Array(2 * counters);
  return { floats, ints: new Int32Array(floats.buffer) };
}

type Grant = { ms: number; units: number };

const totalOf = (grants: readonly Grant[]): number =>
  grants.reduce((total, { units }) => total + units, 0);

function takeBack(grants: Grant[], units: number): void {
  for (let left = units; left > 0 && grants.length > 0;) {
    const { ms, units: there } = grants.pop() ?? { ms: 0, units: 0 };
    if (there > left) grants.push({ ms, units: there - left });
    left -= there;
  }
}

function timeOf(grants: readonly Grant[], units: number): number | undefined {
  let left = units;
  return grants.find((grant) => (left -= grant.units) <= 0)?.ms;
}

const step = record({
  counter: nat(2),
  passMs: nat(20),
  units: oneof({ weight: 3, arbitrary: constant(1) }, integer({ min: -6, max: 6 })),
  keepMs: nat(300),
});

test("logs hold what a list of grants holds, whatever is added, taken back and forgotten", () => {
  check(
    property(array(step, { maxLength: 200 }), (steps) => {
      const logs = new GrantLogs();
      const cells = createCells(3);
      const lists: Grant[][] = [[], [], []];
      let nowMs = 0;
      for (const { counter, passMs, units, keepMs } of steps) {
        nowMs += passMs;
        const list = lists[counter] ?? [];
        const at = 2 * counter;
        while ((list[0]?.ms ?? Infinity) <= nowMs - keepMs) list.shift();
        assert.equal(logs.prune(cells, at, nowMs - keepMs), totalOf(list));
        if (units > 0) list.push({ ms: nowMs, units });
        else takeBack(list, -units);
        assert.equal(logs.add(cells, at, { ms: nowMs, units }), totalOf(list));
        assert.equal(logs.newest(cells, at), list.at(-1)?.ms ?? -Infinity);
        for (let some = 1; some <= totalOf(list); some += 3) {
          assert.equal(logs.timeOf(cells, at, some), timeOf(list, some));
        }
      }
    }),
  );
});

test("a log of 100,000 grants is forgotten whole, and its memory given back", () => {
  const logs = new GrantLogs();
  const cells = createCells(1);
  for (let ms = 0; ms < 100_000; ms++) logs.add(cells, 0, { ms, units: 1 });
  const { bytes } = logs;
  assert.ok(bytes < 2_500_000, `${bytes} bytes`);
  assert.equal(logs.prune(cells, 0, 49_999), 50_000);
  assert.equal(logs.timeOf(cells, 0, 1), 50_000);
  assert.equal(logs.prune(cells, 0, 100_000), 0);
  assert.ok(logs.bytes < 800_000, `${logs.bytes} bytes`);
});

test("blocks that were given back are used again", () => {
  const logs = new GrantLogs();
  const cells = createCells(1_000);
  for (let round = 0; round < 50; round++) {
    for (let counter = 0; counter < 1_000; counter++) {
      for (let grant = 0; grant <= counter % 7; grant++) {
        logs.add(cells, 2 * counter, { ms: round, units: 1 + (counter % 3) });
      }
    }
    for (let counter = 0; counter < 1_000; counter++) logs.prune(cells, 2 * counter, round);
  }
  assert.ok(logs.bytes < 700_000, `${logs.bytes} bytes`);
});

test("a copy of a counter's cells gets a log of its own", () => {
  const logs = new GrantLogs();
  const cells = createCells(2);
  for (let ms = 0; ms < 5; ms++) logs.add(cells, 0, { ms, units: 1 });
  cells.ints.copyWithin(4, 0, 4);
  logs.separate(cells, 2);
  logs.clear(cells, 0);
  for (let ms = 5; ms < 9; ms++) logs.add(cells, 0, { ms, units: 2 });
  assert.equal(logs.prune(cells, 2, 2), 2);
  assert.equal(logs.timeOf(cells, 2, 2), 4);
  assert.equal(logs.prune(cells, 0, -1), 8);
});
