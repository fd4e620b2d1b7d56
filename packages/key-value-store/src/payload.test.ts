import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { hasCode } from "@tenfold/core";
import * as fc from "fast-check";
import { emptyCell, join, update, type Cell, type Vector } from "./cell.ts";
import {
  isForgettable,
  isInvisible,
  readCount,
  readField,
  readLatest,
  readScore,
  readSiblings,
  type Payload,
} from "./payload.ts";
import { cellHistory, playHistory } from "./testing/cell-history.ts";

const NOW_MS = 1_000;
const bytes = (text: string): Uint8Array => Buffer.from(text);
const text = (found: Uint8Array | undefined): string | undefined =>
  found === undefined ? undefined : Buffer.from(found).toString();
const nothing: Vector = new Map();

/** Versions that did not see each other, by rising counter. */
function concurrent(...payloads: Payload[]): Cell {
  return payloads
    .map((payload, index) =>
      update(emptyCell, { actor: index + 1, counter: index + 1, payload }, nothing),
    )
    .reduce(join, emptyCell);
}

describe("concurrent versions read as", () => {
  const cell = concurrent(
    { kind: "value", bytes: bytes("a") },
    { kind: "value", bytes: bytes("b") },
    { kind: "removed" },
  );

  test("all values where siblings are wanted", () => {
    assert.deepEqual(readSiblings(cell, NOW_MS).map(text), ["a", "b"]);
  });

  test("the last write under lww, and a removal is a write", () => {
    assert.equal(readLatest(cell, NOW_MS), undefined);
    const again = concurrent({ kind: "removed" }, { kind: "value", bytes: bytes("c") });
    assert.equal(text(readLatest(again, NOW_MS)), "c");
  });

  test("the last value of a field: an addition beats a removal that had not seen it", () => {
    assert.equal(text(readField(cell, NOW_MS)), "b");
    const removed = update(
      cell,
      { actor: 9, counter: 9, payload: { kind: "removed" } },
      cell.clock,
    );
    assert.equal(readField(removed, NOW_MS), undefined);
    assert.ok(isForgettable(removed) && isInvisible(removed, NOW_MS));
  });

  test("the last score of a sorted set's member", () => {
    const scores = concurrent({ kind: "score", score: 2 }, { kind: "score", score: 1 });
    assert.equal(readScore(scores), 1);
    assert.equal(readScore(concurrent({ kind: "removed" })), undefined);
  });

  test("nothing once the value has expired, while the cell stays as it is", () => {
    const expiring = concurrent({ kind: "value", bytes: bytes("a"), expiresMs: NOW_MS + 1 });
    assert.equal(text(readLatest(expiring, NOW_MS)), "a");
    assert.equal(readLatest(expiring, NOW_MS + 1), undefined);
    assert.deepEqual(readSiblings(expiring, NOW_MS + 1), []);
    assert.ok(isForgettable(expiring));
    assert.deepEqual(
      [0, 1].map((ms) => isInvisible(expiring, NOW_MS + ms)),
      [false, true],
    );
  });
});

describe("a counter", () => {
  test("is the sum of every increment that is known and was not reset, in any history", () => {
    const adds = cellHistory.map((steps) => steps.filter((step) => step.do !== "write"));
    fc.assert(
      fc.property(adds, (steps) => {
        const { snapshots, increments } = playHistory(steps);
        for (const { cell, known } of snapshots) {
          const sum = [...known].reduce((total, name) => total + (increments.get(name) ?? 0n), 0n);
          assert.equal(readCount(cell, NOW_MS) ?? 0n, sum);
        }
      }),
      { numRuns: 500 },
    );
  });

  test("stands on the value it was set to, and both sides of a partition count", () => {
    const set = concurrent({ kind: "value", bytes: bytes("40") });
    const add = (actor: number): Cell =>
      update(set, { actor, counter: 9, payload: { kind: "count", sum: 1n } }, nothing);
    assert.equal(readCount(join(add(7), add(8)), NOW_MS), 42n);
  });

  test("of a value that is no integer is refused, and of nothing is absent", () => {
    for (const wrong of ["tea", "", " 1", "1.5", "007", "-0"]) {
      assert.throws(
        () => readCount(concurrent({ kind: "value", bytes: bytes(wrong) }), NOW_MS),
        (error) => hasCode(error, "not_an_integer"),
      );
    }
    assert.equal(readCount(emptyCell, NOW_MS), undefined);
  });
});
