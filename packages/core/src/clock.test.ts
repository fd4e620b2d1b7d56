import assert from "node:assert/strict";
import { getEventListeners } from "node:events";
import { describe, test } from "node:test";
import { createManualClock, systemClock } from "./clock.ts";

describe("the system's clock", () => {
  test("now() is wall time and monotonic() never steps back", () => {
    assert.ok(Math.abs(systemClock.now() - Date.now()) < 60_000);
    let last = systemClock.monotonic();
    for (let reading = 0; reading < 1_000; reading += 1) {
      const next = systemClock.monotonic();
      assert.ok(next >= last);
      last = next;
    }
  });

  test("sleep() waits at least as long as it was asked to", async () => {
    const before = systemClock.monotonic();
    await systemClock.sleep(5);
    // A timer counts in whole ms of its own, so it may seem up to 1 ms early.
    assert.ok(systemClock.monotonic() - before >= 4);
  });

  test("sleep() rejects with the signal's own reason, before and during the wait", async () => {
    const reason = new Error("lease lost");
    await assert.rejects(systemClock.sleep(60_000, AbortSignal.abort(reason)), reason);
    const controller = new AbortController();
    const sleeping = systemClock.sleep(60_000, controller.signal);
    controller.abort(reason);
    await assert.rejects(sleeping, (error) => error === reason);
  });

  test("sleep() longer than a timer can count does not return at once", async () => {
    const controller = new AbortController();
    let woke = false;
    const sleeping = systemClock.sleep(2 ** 31, controller.signal).then(() => (woke = true));
    await systemClock.sleep(20);
    assert.equal(woke, false);
    controller.abort(new Error("enough"));
    await assert.rejects(sleeping, /enough/);
  });
});

describe("the manual clock", () => {
  test("it stands still until it is advanced, and both times move together", async () => {
    const clock = createManualClock(1_000);
    assert.deepEqual([clock.now(), clock.monotonic()], [1_000, 0]);
    await clock.advance(25);
    assert.deepEqual([clock.now(), clock.monotonic()], [1_025, 25]);
  });

  test("step() moves wall time in either direction and wakes no one", async () => {
    const clock = createManualClock(10_000);
    let woke = false;
    void clock.sleep(5).then(() => (woke = true));
    clock.step(-3_000);
    await new Promise(setImmediate);
    assert.deepEqual([clock.now(), clock.monotonic(), woke], [7_000, 0, false]);
    await clock.advance(5);
    assert.deepEqual([clock.now(), clock.monotonic(), woke], [7_005, 5, true]);
  });

  test("sleepers wake in the order they are due, each at its own time", async () => {
    const clock = createManualClock();
    const woken: [string, number][] = [];
    for (const [name, ms] of [
      ["late", 30],
      ["early", 10],
      ["same", 10],
    ] as const) {
      void clock.sleep(ms).then(() => woken.push([name, clock.monotonic()]));
    }
    await clock.advance(29);
    assert.deepEqual(woken, [
      ["early", 10],
      ["same", 10],
    ]);
    await clock.advance(1);
    assert.deepEqual(woken.at(-1), ["late", 30]);
  });

  test("a loop that sleeps again is woken several times in one advance", async () => {
    const clock = createManualClock();
    const ticks: number[] = [];
    const loop = async (): Promise<void> => {
      while (ticks.length < 4) {
        await clock.sleep(10);
        ticks.push(clock.monotonic());
      }
    };
    const looping = loop();
    await clock.advance(100);
    await looping;
    assert.deepEqual(ticks, [10, 20, 30, 40]);
  });

  test("advances that overlap add up, and time never goes back between them", async () => {
    const clock = createManualClock();
    const readings: number[] = [];
    for (const ms of [5, 12, 18]) void clock.sleep(ms).then(() => readings.push(clock.monotonic()));
    await Promise.all([clock.advance(10), clock.advance(10)]);
    assert.deepEqual(readings, [5, 12, 18]);
    assert.equal(clock.monotonic(), 20);
  });

  test("a sleeper may advance the clock itself", async () => {
    const clock = createManualClock();
    const nested = clock.sleep(5).then(() => clock.advance(5));
    await clock.advance(6);
    await nested;
    assert.equal(clock.monotonic(), 11);
  });

  test("a sleep of a negative time is over at the next advance and does not turn time back", async () => {
    const clock = createManualClock();
    await clock.advance(10);
    const sleeping = clock.sleep(-5).then(() => clock.monotonic());
    await clock.advance(0);
    assert.equal(await sleeping, 10);
  });

  test("advance() refuses to go back", () => {
    assert.throws(() => createManualClock().advance(-1), RangeError);
    assert.throws(() => createManualClock().advance(Number.NaN), RangeError);
  });

  test("an aborted sleep rejects with the reason and is gone", async () => {
    const clock = createManualClock();
    const reason = new Error("stopping");
    const controller = new AbortController();
    const sleeping = clock.sleep(10, controller.signal);
    controller.abort(reason);
    await assert.rejects(sleeping, (error) => error === reason);
    await assert.rejects(clock.sleep(10, controller.signal), (error) => error === reason);
    await clock.advance(20);
  });

  test("a sleep that is over leaves no listener on the signal", async () => {
    const clock = createManualClock();
    const { signal } = new AbortController();
    const sleeping = clock.sleep(10, signal);
    assert.equal(getEventListeners(signal, "abort").length, 1);
    await clock.advance(10);
    await sleeping;
    assert.equal(getEventListeners(signal, "abort").length, 0);
  });
});
