import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { BatchWriter, readBatch } from "./batch.ts";
import type { Keys } from "./cell.ts";

const sort: Keys = ["DE", "a.example", "mobile", 'a "quoted" name'];

test("a batch is read as it was written", () => {
  const someClick = fc.record({
    linkId: fc.bigInt({ min: 1n, max: 2n ** 63n - 1n }).map(String),
    hour: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
    bot: fc.boolean(),
    keys: fc.constantFrom(sort, undefined),
    visitor: fc.option(fc.integer({ min: 0, max: 2 ** 48 - 1 }), { nil: undefined }),
  });
  fc.assert(
    fc.property(fc.array(someClick, { maxLength: 250 }), (clicks) => {
      const writer = new BatchWriter();
      for (const { linkId, hour, bot, keys, visitor } of clicks) {
        writer.addClick(linkId, hour, { bot, keys, visitor: bot ? undefined : visitor });
      }
      const read = readBatch(writer.toString());
      assert.deepEqual(
        read.map(({ linkId, hour, cell }) => [linkId, hour, cell.bot === 1, cell.visitors()]),
        clicks.map(({ linkId, hour, bot, visitor }) => {
          const visitors = bot || visitor === undefined ? 0 : 1;
          return [linkId, hour, bot, visitors];
        }),
      );
      const referrers = read.map(({ cell }) => cell.encode(10).referrer);
      const expected = clicks.map(({ keys, bot }) =>
        keys === undefined ? "[]" : `["a.example",${bot ? "0,1" : "1,0"}]`,
      );
      assert.deepEqual(referrers, expected);
    }),
  );
});

test("what an earlier version left in the log is read", () => {
  const cell = ["9", 494161, 2, 1, 1, '["DE",2,1]', "[]", "[]", "[]", ""];
  const early = { sorts: [sort], ones: [["7", 494161, 0, 0, 281474976710655]], cells: [cell] };
  const read = readBatch(JSON.stringify(early));
  assert.deepEqual(
    read.map((each) => [each.linkId, each.hour, each.cell.human, each.cell.visitors()]),
    [
      ["7", 494161, 1, 1],
      ["9", 494161, 2, 1],
    ],
  );
  assert.equal(read[0]?.cell.encode(10).referrer, '["a.example",1,0]');
});
