import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { createPartitionTable, redisSlotHash } from "@tenfold/consistent-hashing";
import * as fc from "fast-check";
import {
  cellKey,
  leafOf,
  partitionOf,
  partitionOfCellKey,
  partitionRange,
  slotOf,
} from "./cell-key.ts";

describe("the slot of a key", () => {
  test("is the partition of the table that numbers as Redis does, tags included", () => {
    const table = createPartitionTable(["a"], { hash: redisSlotHash, hashTags: true });
    const key = fc.oneof(fc.string(), fc.stringMatching(/^[a-z{}]{0,12}$/));
    fc.assert(
      fc.property(key, (text) => {
        // Text that UTF-8 cannot hold has no bytes to compare.
        fc.pre(text.isWellFormed());
        assert.equal(slotOf(Buffer.from(text)), table.partitionOf(text));
      }),
      { numRuns: 1_000 },
    );
    assert.equal(slotOf(Buffer.from("123456789")), 12_739);
  });
});

describe("a storage key", () => {
  const partitions = 64;
  const bytes = fc.uint8Array({ maxLength: 20 });

  test("lies in its partition's range, and says partition and leaf", () => {
    fc.assert(
      fc.property(bytes, fc.option(bytes, { nil: undefined }), (key, element) => {
        const id = element === undefined ? { key } : { key, element };
        const place = cellKey(id, partitionOf(key, partitions));
        const { from, to } = partitionRange(partitionOf(key, partitions));
        assert.ok(Buffer.compare(from, place) < 0 && Buffer.compare(place, to) < 0);
        assert.equal(partitionOfCellKey(place), partitionOf(key, partitions));
        assert.ok(leafOf(place) >= 0 && leafOf(place) < 64);
      }),
    );
  });

  test("is another for another key or element", () => {
    const id = fc.record({ key: bytes, element: bytes }, { requiredKeys: ["key"] });
    fc.assert(
      fc.property(id, id, (one, other) => {
        const isSame =
          Buffer.compare(one.key, other.key) === 0 &&
          (one.element === undefined) === (other.element === undefined) &&
          Buffer.compare(one.element ?? one.key, other.element ?? other.key) === 0;
        const places = [one, other].map((each) =>
          Buffer.from(cellKey(each, partitionOf(each.key, partitions))).toString("hex"),
        );
        assert.equal(places[0] === places[1], isSame);
      }),
    );
  });
});
