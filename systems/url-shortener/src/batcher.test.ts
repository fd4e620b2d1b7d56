import assert from "node:assert/strict";
import { test } from "node:test";
import { createManualClock, systemClock } from "@tenfold/core";
import { createBatcher } from "./batcher.ts";

const clock = systemClock;
const options = { batchMax: 4, lanesMax: 1, spacingMs: 0, isShared: () => false };

test("calls of one turn travel together, in batches of at most batchMax", async () => {
  const sizes: number[] = [];
  const double = createBatcher(
    {
      clock,
      run: async (items: readonly number[]) => {
        sizes.push(items.length);
        return items.map((item) => item * 2);
      },
    },
    options,
  );
  const results = await Promise.all([1, 2, 3, 4, 5, 6].map((item) => double(item)));
  assert.deepEqual(results, [2, 4, 6, 8, 10, 12]);
  assert.deepEqual(sizes, [4, 2]);
});

test("calls that come while all lanes are busy wait and share the next batch", async () => {
  const sizes: number[] = [];
  const gate = Promise.withResolvers<void>();
  const batch = createBatcher(
    {
      clock,
      run: async (items: readonly number[]) => {
        sizes.push(items.length);
        await gate.promise;
        return items;
      },
    },
    options,
  );
  const first = batch(1);
  await new Promise(setImmediate);
  const rest = [batch(2), batch(3), batch(4)];
  await new Promise(setImmediate);
  gate.resolve();
  assert.deepEqual(await Promise.all([first, ...rest]), [1, 2, 3, 4]);
  assert.deepEqual(sizes, [1, 3]);
});

test("when a batch fails, the item at fault fails alone", async () => {
  const run = createBatcher(
    {
      clock,
      run: async (items: readonly number[]) => {
        if (items.includes(13)) throw new Error("13 is at fault");
        return items;
      },
    },
    options,
  );
  const settled = await Promise.allSettled([run(1), run(13), run(3)]);
  assert.deepEqual(
    settled.map(({ status }) => status),
    ["fulfilled", "rejected", "fulfilled"],
  );
});

test("a failure that is no item's fault is not tried again item by item", async () => {
  let calls = 0;
  const run = createBatcher<number, number>(
    {
      clock,
      run: async () => {
        calls += 1;
        throw new Error("away");
      },
    },
    { ...options, isShared: () => true },
  );
  const settled = await Promise.allSettled([run(1), run(2), run(3)]);
  assert.ok(settled.every(({ status }) => status === "rejected"));
  assert.equal(calls, 1);
});

test("a call after a pause goes at once, a stream of them shares batches", async () => {
  const manual = createManualClock();
  const sizes: number[] = [];
  const run = async (items: readonly number[]) => {
    sizes.push(items.length);
    return items;
  };
  const batch = createBatcher({ clock: manual, run }, { ...options, spacingMs: 5 });
  await batch(1);
  const stream = [batch(2), batch(3)];
  await manual.advance(4);
  assert.deepEqual(sizes, [1]);
  await manual.advance(1);
  await Promise.all(stream);
  assert.deepEqual(sizes, [1, 2]);
});

test("a full batch does not wait for its time", async () => {
  const manual = createManualClock();
  const run = async (items: readonly number[]) => items;
  const batch = createBatcher({ clock: manual, run }, { ...options, spacingMs: 5 });
  await batch(1);
  assert.deepEqual(await Promise.all([2, 3, 4, 5].map((item) => batch(item))), [2, 3, 4, 5]);
});
