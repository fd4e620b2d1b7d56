import assert from "node:assert/strict";
import { test } from "node:test";
import { createManualClock } from "@tenfold/core";
import { testDeps, testState } from "../state.conformance.ts";
import { memoryState } from "./memory.ts";

testState("memory", async () => {
  const state = memoryState(testDeps);
  await state.start();
  return { state, other: state, [Symbol.asyncDispose]: () => state.stop() };
});

const minute = { ttlMs: 60_000 };

test("memory evicts what was untouched for longest when it is full", async () => {
  const state = memoryState(testDeps, { entriesMax: 3 });
  for (const key of ["a", "b", "c"]) await state.set(key, key, minute);
  await state.get("a");
  await state.set("d", "d", minute);
  const left = await Promise.all(["a", "b", "c", "d"].map((key) => state.get(key)));
  assert.deepEqual(left, ["a", undefined, "c", "d"]);
});

test("memory holds no more characters than its bound", async () => {
  const state = memoryState(testDeps, { charactersMax: 100 });
  await state.set("a", "x".repeat(60), minute);
  await state.set("b", "x".repeat(60), minute);
  assert.equal(await state.get("a"), undefined);
  assert.equal((await state.get("b"))?.length, 60);
  await state.set("c", "x".repeat(200), minute);
  assert.equal(await state.get("c"), undefined);
});

test("memory gives expired entries back while others are written", async () => {
  const clock = createManualClock();
  let entries = () => Number.NaN;
  const metrics = {
    ...testDeps.metrics,
    gauge: (spec: { name: string; read?: () => number }) => {
      if (spec.name === "tenfold_state_entries" && spec.read !== undefined) entries = spec.read;
      return { set: () => undefined };
    },
  };
  const state = memoryState({ ...testDeps, clock, metrics });
  for (let index = 0; index < 1_000; index++) await state.set(`old ${index}`, "x", { ttlMs: 10 });
  assert.equal(entries(), 1_000);
  await clock.advance(10);
  await state.set("new", "x", minute);
  assert.equal(entries(), 1);
});

test("a stepping wall clock expires nothing", async () => {
  const clock = createManualClock();
  const state = memoryState({ ...testDeps, clock });
  await state.set("key", "x", minute);
  clock.step(3_600_000);
  assert.equal(await state.get("key"), "x");
  await clock.advance(60_000);
  assert.equal(await state.get("key"), undefined);
});

test("kept values expire within ±10 % of their time, and not all at once", async () => {
  const clock = createManualClock();
  const state = memoryState({ ...testDeps, clock });
  const keys = Array.from({ length: 200 }, (_, index) => `key ${index}`);
  const options = { ttlMs: 1_000, negativeTtlMs: 1_000, load: async () => 1 };
  for (const key of keys) await state.getOrLoad(key, options);
  const alive = async () => {
    const values = await Promise.all(keys.map((key) => state.get(key)));
    return values.filter((value) => value !== undefined).length;
  };
  await clock.advance(899);
  assert.equal(await alive(), 200);
  await clock.advance(101);
  const half = await alive();
  assert.ok(half > 50 && half < 150, `${half} of 200 left at the nominal time`);
  await clock.advance(101);
  assert.equal(await alive(), 0);
});

test("a load longer than the lease is still stored", async () => {
  const clock = createManualClock();
  const state = memoryState({ ...testDeps, clock });
  const load = async () => {
    await clock.sleep(10_000);
    return "slow";
  };
  const loading = state.getOrLoad("key", { ...minute, negativeTtlMs: 0, load });
  await new Promise(setImmediate);
  await clock.advance(10_000);
  assert.equal(await loading, "slow");
  assert.equal(await state.get("key"), '"slow"');
});
