/**
 * What every driver of the state port must do, as tests. A driver's own test
 * file is three lines: `testState("memory", async () => …)`.
 *
 * The suite uses real time, since an engine outside the process keeps its own.
 */
import assert from "node:assert/strict";
import { test } from "node:test";
import { noMetrics, silentLog, systemClock, systemRandom } from "@tenfold/core";
import type { StateDeps } from "./portable.ts";
import type { State } from "./state.ts";

/** Dependencies of a quiet test. */
export const testDeps: StateDeps = Object.freeze({
  clock: systemClock,
  random: systemRandom,
  log: silentLog,
  metrics: noMetrics,
});

/** A started state and, where the driver is shared, a second one on the same engine. */
export interface StateUnderTest extends AsyncDisposable {
  state: State;
  /** The same object when the driver is not shared. */
  other: State;
}

const minute = { ttlMs: 60_000 };
const kept = { ttlMs: 60_000, negativeTtlMs: 60_000 };

/** Runs the suite against a driver; `open` gives an empty state each time. */
export function testState(name: string, open: () => Promise<StateUnderTest>): void {
  const check = (
    sentence: string,
    run: (state: State, other: State) => Promise<void>,
  ): Promise<void> =>
    test(`${name}: ${sentence}`, async () => {
      await using opened = await open();
      await run(opened.state, opened.other);
    });
  void [testValues, testCounters, testLoads, testOvertaking, testMessages].map((part) =>
    part(check),
  );
}

type Check = (
  sentence: string,
  run: (state: State, other: State) => Promise<void>,
) => Promise<void>;

function testValues(check: Check): void {
  void check("get() answers what set() stored, whatever its characters", async (state, other) => {
    for (const value of ["", "x", '{"a":1}', "\0", "\0-", "\0Ltoken", "\0\0", "ü🙂\n", "12"]) {
      await state.set("key", value, minute);
      assert.equal(await other.get("key"), value);
    }
  });
  void check("get() answers undefined for what was never set", async (state) => {
    assert.equal(await state.get("missing"), undefined);
  });
  void check("an expired key reads as undefined", async (state) => {
    await state.set("brief", "x", { ttlMs: 30 });
    await systemClock.sleep(60);
    assert.equal(await state.get("brief"), undefined);
    assert.equal(await state.setIfAbsent("brief", "y", minute), true);
  });
  void check("set() replaces both the value and its time", async (state) => {
    await state.set("key", "old", { ttlMs: 30 });
    await state.set("key", "new", minute);
    await systemClock.sleep(60);
    assert.equal(await state.get("key"), "new");
  });
  void check("setIfAbsent() is won by exactly one of many callers", async (state, other) => {
    const calls = Array.from({ length: 20 }, (_, index) =>
      (index % 2 === 0 ? state : other).setIfAbsent("lock", `caller ${index}`, minute),
    );
    const answers = await Promise.all(calls);
    assert.equal(answers.filter((won) => won === true).length, 1);
    assert.equal(answers.filter((won) => won === false).length, 19);
    assert.equal(await state.get("lock"), `caller ${answers.indexOf(true)}`);
  });
  void check("delete() takes away several keys, and a missing one is no error", async (state) => {
    await state.set("a", "1", minute);
    await state.set("b", "2", minute);
    await state.delete("a", "b", "c");
    await state.delete();
    assert.deepEqual([await state.get("a"), await state.get("b")], [undefined, undefined]);
  });
  void check("keys and times out of bounds are refused", async (state) => {
    await assert.rejects(state.get(""), RangeError);
    await assert.rejects(state.get("k".repeat(513)), RangeError);
    for (const ttlMs of [0, -1, 1.5, Number.NaN, Infinity]) {
      await assert.rejects(state.set("key", "x", { ttlMs }), RangeError);
    }
    await assert.rejects(state.increment("key", 0.5, minute), RangeError);
  });
  void check("a value over the bound is not stored, nor is the one before kept", async (state) => {
    await state.set("big", "small", minute);
    await state.set("big", "x".repeat(1024 * 1024 + 1), minute);
    assert.equal(await state.get("big"), undefined);
    await state.set("big", "x".repeat(1024 * 1024), minute);
    assert.equal((await state.get("big"))?.length, 1024 * 1024);
  });
}

function testCounters(check: Check): void {
  void check("increment() loses nothing among concurrent callers", async (state, other) => {
    const calls = Array.from({ length: 100 }, (_, index) =>
      (index % 2 === 0 ? state : other).increment("count", 3, minute),
    );
    const sums = await Promise.all(calls);
    assert.equal(new Set(sums).size, 100);
    assert.equal(await state.increment("count", -300, minute), 0);
  });
  void check("a counter's time starts when it is made and is not moved", async (state) => {
    await state.increment("window", 1, { ttlMs: 500 });
    await systemClock.sleep(100);
    assert.equal(await state.increment("window", 1, minute), 2);
    await systemClock.sleep(450);
    assert.equal(await state.increment("window", 1, minute), 1);
  });
  void check("a counter reads as decimal text, and text is not a counter", async (state) => {
    await state.increment("count", 42, minute);
    assert.equal(await state.get("count"), "42");
    await state.set("text", "abc", minute);
    assert.equal(await state.increment("text", 1, minute), undefined);
    assert.equal(await state.get("text"), "abc");
  });
}

function testLoads(check: Check): void {
  void check("getOrLoad() loads once and then answers from the cache", async (state, other) => {
    let loads = 0;
    const load = async () => ({ loads: ++loads, text: "ü" });
    const first = await state.getOrLoad("key", { ...kept, load });
    assert.deepEqual(first, { loads: 1, text: "ü" });
    assert.deepEqual(await other.getOrLoad("key", { ...kept, load }), first);
    assert.deepEqual(JSON.parse((await state.get("key")) ?? ""), first);
  });
  void check("one load serves all callers of a key, in both processes", async (state, other) => {
    const gate = Promise.withResolvers<void>();
    let loads = 0;
    const load = async () => {
      loads += 1;
      await gate.promise;
      return "value";
    };
    const calls = Array.from({ length: 50 }, (_, index) =>
      (index % 2 === 0 ? state : other).getOrLoad("key", { ...kept, load }),
    );
    await systemClock.sleep(50);
    gate.resolve();
    assert.deepEqual(new Set(await Promise.all(calls)), new Set(["value"]));
    assert.equal(loads, 1);
  });
  void check("getOrLoad() remembers that there is nothing, for its own time", async (state) => {
    let loads = 0;
    const load = async () => void ++loads;
    const options = { ttlMs: 60_000, negativeTtlMs: 400, load };
    assert.equal(await state.getOrLoad("none", options), undefined);
    assert.equal(await state.getOrLoad("none", options), undefined);
    assert.equal(loads, 1);
    assert.equal(await state.get("none"), undefined);
    await systemClock.sleep(480);
    await state.getOrLoad("none", options);
    assert.equal(loads, 2);
  });
  void check("a negative time of 0 keeps no absence", async (state) => {
    let loads = 0;
    const options = { ttlMs: 60_000, negativeTtlMs: 0, load: async () => void ++loads };
    await state.getOrLoad("none", options);
    await state.getOrLoad("none", options);
    assert.equal(loads, 2);
  });
  void check("null, false and 0 are values", async (state) => {
    for (const value of [null, false, 0, ""]) {
      await state.getOrLoad(`key ${String(value)}`, { ...kept, load: async () => value });
      const again = await state.getOrLoad(`key ${String(value)}`, {
        ...kept,
        load: () => assert.fail("loaded twice"),
      });
      assert.equal(again, value);
    }
  });
  void check(
    "a loader's error is the caller's, and the next caller loads",
    async (state, other) => {
      const load = () => Promise.reject(new Error("no database"));
      await assert.rejects(state.getOrLoad("key", { ...kept, load }), /no database/);
      assert.equal(await other.getOrLoad("key", { ...kept, load: async () => 7 }), 7);
    },
  );
  void check("set() primes what getOrLoad() reads", async (state, other) => {
    await state.set("key", '{"primed":true}', minute);
    const value = await other.getOrLoad<unknown>("key", {
      ...kept,
      load: () => assert.fail("loaded"),
    });
    assert.deepEqual(value, { primed: true });
  });
  void check("text that is not JSON is loaded anew", async (state) => {
    await state.set("key", "{broken", minute);
    assert.equal(await state.getOrLoad("key", { ...kept, load: async () => 1 }), 1);
    assert.equal(await state.get("key"), "1");
  });
}

/** A load that stands still between reading the truth and answering. */
function heldLoad(value: string) {
  const begun = Promise.withResolvers<void>();
  const gate = Promise.withResolvers<void>();
  const load = async () => {
    begun.resolve();
    await gate.promise;
    return value;
  };
  return { begun: begun.promise, finish: () => gate.resolve(), load };
}

function testOvertaking(check: Check): void {
  for (const [who, pick] of [
    ["the same process", (state: State) => state],
    ["another process", (_: State, other: State) => other],
  ] as const) {
    void check(`a delete by ${who} during a load keeps the old value out`, async (state, other) => {
      const held = heldLoad("old");
      const loading = state.getOrLoad("key", { ...kept, load: held.load });
      await held.begun;
      await pick(state, other).delete("key");
      held.finish();
      assert.equal(await loading, "old");
      const fresh = { ...kept, load: async () => "new" };
      assert.equal(await state.getOrLoad("key", fresh), "new");
      assert.equal(await other.getOrLoad("key", fresh), "new");
    });
    void check(`a set by ${who} during a load wins`, async (state, other) => {
      const held = heldLoad("old");
      const loading = state.getOrLoad("key", { ...kept, load: held.load });
      await held.begun;
      await pick(state, other).set("key", '"new"', minute);
      held.finish();
      await loading;
      assert.equal(await state.get("key"), '"new"');
    });
    void check(
      `who asks after a delete does not join the load before it (${who})`,
      async (...pair) => {
        const [state] = pair;
        const held = heldLoad("old");
        const loading = state.getOrLoad("key", { ...kept, load: held.load });
        await held.begun;
        const asker = pick(...pair);
        await asker.delete("key");
        const fresh = { ...kept, load: async () => "new" };
        assert.equal(await asker.getOrLoad("key", fresh), "new");
        held.finish();
        await loading;
        assert.equal(await state.get("key"), '"new"');
      },
    );
  }
}

function testMessages(check: Check): void {
  void check("messages arrive in order, in the publisher's process too", async (state, other) => {
    const here = collect(3);
    const there = collect(3);
    await state.subscribe("news", here.receive);
    await other.subscribe("news", there.receive);
    for (const message of ["1", "ü", ""]) await state.publish("news", message);
    assert.deepEqual(await here.all, ["1", "ü", ""]);
    assert.deepEqual(await there.all, ["1", "ü", ""]);
  });
  void check("a channel hears only its own, and nothing after unsubscribing", async (state) => {
    const left: string[] = [];
    const unsubscribe = await state.subscribe("a", (message) => left.push(message));
    const stays = collect(2);
    await state.subscribe("a", stays.receive);
    await state.publish("b", "elsewhere");
    await state.publish("a", "1");
    await stays.first;
    await unsubscribe();
    await unsubscribe();
    await state.publish("a", "2");
    assert.deepEqual(await stays.all, ["1", "2"]);
    assert.deepEqual(left, ["1"]);
  });
  void check("a channel can be joined again after all have left", async (state) => {
    const unsubscribe = await state.subscribe("a", () => assert.fail("it has left"));
    await unsubscribe();
    await state.publish("a", "nobody hears this");
    const later = collect(1);
    await state.subscribe("a", later.receive);
    await state.publish("a", "1");
    assert.deepEqual(await later.all, ["1"]);
  });
  void check("a receiver that throws does not keep others from receiving", async (state) => {
    await state.subscribe("a", () => assert.fail("a careless receiver"));
    const careful = collect(1);
    await state.subscribe("a", careful.receive);
    await state.publish("a", "1");
    assert.deepEqual(await careful.all, ["1"]);
  });
}

function collect(count: number) {
  const messages: string[] = [];
  const first = Promise.withResolvers<void>();
  const all = Promise.withResolvers<string[]>();
  return {
    first: first.promise,
    all: all.promise,
    receive: (message: string): void => {
      messages.push(message);
      first.resolve();
      if (messages.length === count) all.resolve(messages);
    },
  };
}
