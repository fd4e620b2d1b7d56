import assert from "node:assert/strict";
import { describe, test } from "node:test";
import * as fc from "fast-check";
import { createHybridClock, stampMs } from "./hybrid-clock.ts";

const START_MS = 1_750_000_000_000;

describe("the hybrid clock", () => {
  test("stamps rise over every step of the clock and every stamp observed", () => {
    const step = fc.record({
      byMs: fc.integer({ min: -100_000, max: 100_000 }),
      observed: fc.option(fc.integer({ min: -50_000, max: 50_000 })),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 50 }), (steps) => {
        let wallMs = START_MS;
        const clock = createHybridClock(() => wallMs);
        let last = 0;
        for (const { byMs, observed } of steps) {
          wallMs += byMs;
          if (observed !== null) {
            const foreign = createHybridClock(() => wallMs + observed).tick();
            assert.ok(clock.observe(foreign));
            last = Math.max(last, foreign);
          }
          const stamp = clock.tick();
          assert.ok(Number.isSafeInteger(stamp) && stamp > last);
          last = stamp;
        }
      }),
    );
  });

  test("a stamp says its wall time, and a full millisecond borrows from the next", () => {
    const clock = createHybridClock(() => START_MS);
    assert.equal(stampMs(clock.tick()), START_MS);
    for (let count = 0; count < 4_096; count++) clock.tick();
    assert.equal(stampMs(clock.tick()), START_MS + 1);
  });

  test("a stamp of a clock too far ahead is refused and raises nothing", () => {
    const clock = createHybridClock(() => START_MS, { aheadMsMax: 1_000 });
    const ahead = createHybridClock(() => START_MS + 1_001).tick();
    assert.equal(clock.observe(ahead), false);
    assert.ok(clock.tick() < ahead);
    for (const wrong of [Number.NaN, Infinity, 0.5]) assert.equal(clock.observe(wrong), false);
  });

  test("a stamp of its own past raises it, also when the wall clock is an hour behind", () => {
    const stored = createHybridClock(() => START_MS + 3_600_000).tick();
    const clock = createHybridClock(() => START_MS);
    clock.raise(stored);
    assert.equal(clock.tick(), stored + 1);
  });

  test("stamps are exact in the last year they are made for", () => {
    const clock = createHybridClock(() => Date.UTC(2089, 0, 1));
    const stamp = clock.tick();
    assert.ok(Number.isSafeInteger(stamp));
    assert.equal(stampMs(stamp), Date.UTC(2089, 0, 1));
    assert.equal(clock.tick(), stamp + 1);
  });

  test("what is told along is believed again once a clock that ran hours ahead is set right", () => {
    let nowMs = Date.UTC(2026, 0, 1);
    const wrong = createHybridClock(() => nowMs + 3 * 3_600_000);
    const others = createHybridClock(() => nowMs);
    const [far] = [wrong.tick()];
    assert.equal(others.observe(far), false);
    const right = createHybridClock(() => nowMs);
    right.raise(far);
    assert.ok(right.tick() > far);
    assert.equal(others.observe(right.tell()), true);
    nowMs += 1;
    assert.equal(others.observe(right.tell()), true);
  });
});
