import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { createOnce } from "./once.ts";

describe("a message's first coming", () => {
  test("is told from every later one, in any order", () => {
    const once = createOnce();
    assert.deepEqual(
      [3, 1, 2, 3, 1].map((id) => once.isFirst(7, id)),
      [true, true, true, false, false],
    );
    assert.ok(once.isFirst(8, 3));
  });

  test("what is too old to be remembered is refused rather than let through twice", () => {
    const once = createOnce({ idsMax: 2 });
    for (const id of [1, 2, 3]) assert.ok(once.isFirst(7, id));
    assert.equal(once.isFirst(7, 1), false);
    assert.ok(once.isFirst(7, 4));
  });

  test("of many senders the longest known is let go", () => {
    const once = createOnce({ bootsMax: 2 });
    for (const boot of [1, 2, 3]) assert.ok(once.isFirst(boot, 1));
    assert.equal(once.isFirst(3, 1), false);
  });
});
