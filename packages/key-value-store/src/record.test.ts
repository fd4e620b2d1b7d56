import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { hasCode } from "@tenfold/core";
import * as fc from "fast-check";
import { emptyCell, isSameCell, update } from "./cell.ts";
import { decodeCell, decodeKnowledge, encodeCell, encodeKnowledge } from "./record.ts";
import { cellHistory, playHistory } from "./testing/cell-history.ts";

const isCorrupt = (error: unknown): boolean => hasCode(error, "record_corrupt");

describe("a record", () => {
  test("gives back the cell of any history, payloads included", () => {
    fc.assert(
      fc.property(cellHistory, (steps) => {
        for (const { cell } of playHistory(steps).snapshots) {
          const decoded = decodeCell(encodeCell(cell));
          assert.ok(isSameCell(decoded, cell));
          assert.deepEqual(
            decoded.versions.map(({ payload }) => payload),
            cell.versions.map(({ payload }) => payload),
          );
        }
      }),
    );
  });

  test("of 100 bytes by one writer takes 130", () => {
    const payload = { kind: "value" as const, bytes: new Uint8Array(100) };
    const version = { actor: 2 ** 48 - 1, counter: 2 ** 53 - 1, payload };
    assert.equal(encodeCell(update(emptyCell, version, new Map())).length, 130);
  });

  test("with any one bit turned, cut anywhere or made of anything is refused", () => {
    const payload = { kind: "value" as const, bytes: Buffer.from("tea"), expiresMs: 5 };
    const record = encodeCell(update(emptyCell, { actor: 7, counter: 9, payload }, new Map()));
    for (let bit = 0; bit < record.length * 8; bit++) {
      const damaged = Uint8Array.from(record);
      damaged[bit >> 3] = (damaged[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      assert.throws(() => decodeCell(damaged), isCorrupt);
    }
    for (let length = 0; length < record.length; length++) {
      assert.throws(() => decodeCell(record.subarray(0, length)), isCorrupt);
    }
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        assert.throws(() => decodeCell(bytes), isCorrupt);
      }),
    );
  });

  test("of a vector gives back the vector", () => {
    const entry = fc.tuple(fc.nat(2 ** 31 - 1), fc.maxSafeNat());
    fc.assert(
      fc.property(fc.array(entry, { maxLength: 8 }), (entries) => {
        const vector = new Map(entries);
        const decoded = decodeKnowledge(encodeKnowledge(vector));
        assert.deepEqual(decoded, vector);
      }),
    );
  });
});
