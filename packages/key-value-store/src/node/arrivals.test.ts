import assert from "node:assert/strict";
import { test } from "node:test";
import { arrivals } from "./arrivals.ts";

const never = new Promise<number>(() => undefined);
const failed = (): Promise<number> => Promise.reject(new Error("down"));
const isEven = (value: number): boolean => value % 2 === 0;

test("arrivals() resolves with the first that are enough, and waits for no other", async () => {
  assert.deepEqual(
    await arrivals([Promise.resolve(2), never, Promise.resolve(4)], isEven, 2),
    [2, 4],
  );
});

test("arrivals() resolves with fewer when all have settled, rejections among them", async () => {
  assert.deepEqual(
    await arrivals([Promise.resolve(2), failed(), Promise.resolve(3)], isEven, 2),
    [2],
  );
});

test("arrivals() that needs none, or has none to wait for, resolves at once", async () => {
  assert.deepEqual(await arrivals([never], isEven, 0), []);
  assert.deepEqual(await arrivals([], isEven, 3), []);
});
