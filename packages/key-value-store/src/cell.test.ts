import assert from "node:assert/strict";
import { describe, test } from "node:test";
import * as fc from "fast-check";
import { covers, dropKnown, emptyCell, isSameCell, join, update, type Cell } from "./cell.ts";
import { encodeCell } from "./record.ts";
import { cellHistory, dotName, playHistory } from "./testing/cell-history.ts";

const value = (text: string) => ({ kind: "value" as const, bytes: Buffer.from(text) });
const dotsOf = (cell: Cell): string[] => cell.versions.map(dotName).sort();
const asHex = (cell: Cell): string => Buffer.from(encodeCell(cell)).toString("hex");

describe("join", () => {
  test("is commutative, associative and idempotent over any states of any history", () => {
    const picks = fc.tuple(fc.nat(30), fc.nat(30), fc.nat(30));
    fc.assert(
      fc.property(cellHistory, picks, (steps, [first, second, third]) => {
        const { snapshots } = playHistory(steps);
        const pick = (at: number): Cell => snapshots[at % snapshots.length]?.cell ?? emptyCell;
        const [a, b, c] = [pick(first), pick(second), pick(third)];
        assert.equal(asHex(join(a, b)), asHex(join(b, a)));
        assert.equal(asHex(join(join(a, b), c)), asHex(join(a, join(b, c))));
        assert.equal(asHex(join(a, a)), asHex(a));
        assert.ok(isSameCell(join(join(a, b), b), join(a, b)));
      }),
      { numRuns: 1_000 },
    );
  });

  test("keeps exactly the versions nobody replaced: none is lost, none a false sibling", () => {
    fc.assert(
      fc.property(cellHistory, (steps) => {
        const { snapshots, live } = playHistory(steps);
        for (const { cell, known } of snapshots) assert.deepEqual(dotsOf(cell), live(known));
      }),
      { numRuns: 1_000 },
    );
  });
});

describe("a cell", () => {
  test("two blind writes through one replica stay beside each other", () => {
    const one = update(emptyCell, { actor: 1, counter: 1, payload: value("a") }, new Map());
    const two = update(one, { actor: 1, counter: 2, payload: value("b") }, new Map());
    assert.deepEqual(dotsOf(two), ["1:1", "1:2"]);
  });

  test("clients that take turns with a context never make a sibling", () => {
    let cell = emptyCell;
    for (let counter = 1; counter < 100; counter++) {
      const actor = (counter % 3) + 1;
      cell = update(cell, { actor, counter, payload: value(String(counter)) }, cell.clock);
      assert.equal(cell.versions.length, 1);
    }
    assert.equal(cell.clock.size, 3);
  });

  test("the clock covers every version in any history", () => {
    fc.assert(
      fc.property(cellHistory, (steps) => {
        for (const { cell } of playHistory(steps).snapshots) {
          assert.ok(cell.versions.every((version) => covers(cell.clock, version)));
        }
      }),
    );
  });
});

describe("an actor", () => {
  test("that forgot and goes on under its old name loses a write, under a new one it does not", () => {
    const old = update(emptyCell, { actor: 1, counter: 5, payload: value("old") }, new Map());
    const goesOn = (actor: number): string[] => {
      const fresh = { actor, counter: 9, payload: value("new") };
      return dotsOf(join(old, update(emptyCell, fresh, new Map())));
    };
    assert.deepEqual(goesOn(1), ["1:9"]);
    assert.deepEqual(goesOn(2), ["1:5", "2:9"]);
  });
});

describe("dropKnown", () => {
  const old = update(emptyCell, { actor: 1, counter: 5, payload: value("old") }, new Map());

  test("drops what was seen and is no longer held, and keeps its dot in the clock", () => {
    const dropped = dropKnown(old, emptyCell, new Map([[1, 9]]));
    assert.deepEqual(dropped.versions, []);
    assert.equal(join(old, dropped).versions.length, 0);
  });

  test("keeps what is held, and what was not seen", () => {
    assert.equal(dropKnown(old, old, new Map([[1, 9]])), old);
    assert.equal(dropKnown(old, emptyCell, new Map([[1, 4]])), old);
  });
});
