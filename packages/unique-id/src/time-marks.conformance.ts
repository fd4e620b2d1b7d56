/** What every store of time marks must do; each driver's test hands itself in. */
import assert from "node:assert/strict";
import { afterEach, describe, test } from "node:test";
import type { TimeMarks } from "./time-marks.ts";

/** Fresh, empty marks; `reopen` gives the same again, as a new process finds them. */
export interface OpenedMarks {
  marks: TimeMarks;
  reopen: () => Promise<TimeMarks>;
  close?: () => Promise<void>;
}

/** Runs the suite on what `openMarks` gives. */
export function describeTimeMarks(name: string, openMarks: () => Promise<OpenedMarks>): void {
  describe(`time marks: ${name}`, () => {
    let close: (() => Promise<void>) | undefined;
    const open = async (): Promise<OpenedMarks> => {
      const opened = await openMarks();
      close = opened.close;
      return opened;
    };
    afterEach(async () => await close?.());

    test("a slot that was never used has no mark", async () => {
      const { marks } = await open();
      assert.deepEqual(await marks.open({ slot: 3, token: 1n }), { markMs: undefined });
    });

    test("a mark is found by the next holder, in another process, and not in another slot", async () => {
      const { marks, reopen } = await open();
      await marks.open({ slot: 3, token: 1n });
      assert.equal(await marks.write({ slot: 3, token: 1n }, 1_750_000_000_123), true);
      const again = await reopen();
      assert.deepEqual(await again.open({ slot: 3, token: 2n }), { markMs: 1_750_000_000_123 });
      assert.deepEqual(await again.open({ slot: 4, token: 2n }), { markMs: undefined });
    });

    test("a mark may go down as well: a holder that leaves gives back what it did not use", async () => {
      const { marks } = await open();
      await marks.open({ slot: 0, token: 1n });
      await marks.write({ slot: 0, token: 1n }, 2_000);
      assert.equal(await marks.write({ slot: 0, token: 1n }, 1_500), true);
      assert.deepEqual(await marks.open({ slot: 0, token: 1n }), { markMs: 1_500 });
    });

    test("a smaller token is fenced out as soon as a greater one has opened", async () => {
      const { marks } = await open();
      await marks.open({ slot: 0, token: 5n });
      await marks.write({ slot: 0, token: 5n }, 1_000);
      assert.deepEqual(await marks.open({ slot: 0, token: 2n ** 40n }), { markMs: 1_000 });
      assert.equal(await marks.write({ slot: 0, token: 5n }, 9_000), false);
      assert.equal(await marks.open({ slot: 0, token: 5n }), "fenced");
      assert.deepEqual(await marks.open({ slot: 0, token: 2n ** 40n }), { markMs: 1_000 });
    });

    test("nobody writes who has not opened", async () => {
      const { marks } = await open();
      assert.equal(await marks.write({ slot: 9, token: 1n }, 1_000), false);
    });
  });
}
