import assert from "node:assert/strict";
import { describe, test } from "node:test";
import * as fc from "fast-check";
import { createManualClock, hasCode, systemClock, TenfoldError } from "@tenfold/core";
import { decodeSnowflake, SNOWFLAKE_EPOCH_MS } from "./snowflake-layout.ts";
import { createSnowflake, type Snowflake, type SnowflakeOptions } from "./snowflake.ts";
import { createWorkerRegistry } from "./worker-registry.ts";

const START_MS = 1_750_000_000_000;

function generator(options: Partial<SnowflakeOptions> = {}, signal?: AbortSignal) {
  const clock = createManualClock(START_MS);
  const registry = createWorkerRegistry();
  const deps = { clock, registry, ...(signal === undefined ? {} : { signal }) };
  return {
    clock,
    registry,
    ids: createSnowflake(deps, { workerId: 3, datacenterId: 5, ...options }),
  };
}

/** The next `count` IDs, each asserted to be above the one before. */
function draw(ids: Snowflake, count: number, after = -1n): bigint[] {
  let last = after;
  return Array.from({ length: count }, () => {
    const id = ids.next();
    assert.ok(id > last, `${id} after ${last}`);
    last = id;
    return id;
  });
}

function code(expected: string): (error: unknown) => boolean {
  return (error) => hasCode(error, expected);
}

describe("the ID", () => {
  test("carries the time, the data centre, the worker and the sequence", () => {
    const { ids } = generator();
    assert.equal(
      ids.next(),
      (BigInt(START_MS - SNOWFLAKE_EPOCH_MS) << 22n) | (5n << 17n) | (3n << 12n),
    );
    const { timeMs, datacenterId, workerId, sequence } = ids.decode(ids.next());
    assert.deepEqual([timeMs, datacenterId, workerId, sequence], [START_MS, 5, 3, 1]);
  });

  test("starts again at sequence 0 with each ms", async () => {
    const { clock, ids } = generator();
    draw(ids, 3);
    await clock.advance(1);
    const { timeMs, sequence } = ids.decode(ids.next());
    assert.deepEqual([timeMs, sequence], [START_MS + 1, 0]);
  });

  test("holds the largest parts without touching the sign bit", () => {
    const clock = { now: () => 2 ** 41 - 1 };
    const ids = createSnowflake({ clock }, { workerId: 31, datacenterId: 31, epochMs: 0 });
    assert.equal(draw(ids, 4096).at(-1), 2n ** 63n - 1n);
    assert.throws(() => ids.next(), code("clock_out_of_range"));
  });

  test("as text is the decimal of the same number, for any time, node and sequence", () => {
    const cases = fc.record({
      sinceMs: fc.oneof(fc.nat({ max: 300 }), fc.integer({ min: 0, max: 2 ** 41 - 1 })),
      workerId: fc.nat({ max: 31 }),
      datacenterId: fc.nat({ max: 31 }),
    });
    fc.assert(
      fc.property(cases, ({ sinceMs, workerId, datacenterId }) => {
        const clock = { now: () => sinceMs };
        const options = { workerId, datacenterId, epochMs: 0 };
        const make = () => createSnowflake({ clock, registry: createWorkerRegistry() }, options);
        const [asNumbers, asText] = [make(), make()];
        for (let count = 0; count < 4096; count += 1) {
          const [id, text] = [asNumbers.next().toString(), asText.nextText()];
          if (id !== text) assert.equal(text, id);
        }
      }),
      { numRuns: 60 },
    );
  });

  test("as text carries over into the upper digits within one ms", () => {
    // Where 10^9 and 2 × 10^9 lie: ms 238, node 428, sequence 2,560; ms 476, node 857, 1,024.
    for (const [ms, node, crossing] of [
      [238, 428, "1000000000"],
      [476, 857, "2000000000"],
    ] as const) {
      const options = { workerId: node % 32, datacenterId: node >> 5, epochMs: 0 };
      const ids = createSnowflake({ clock: { now: () => ms } }, options);
      const first = (BigInt(ms) << 22n) + (BigInt(node) << 12n);
      const texts = Array.from({ length: 4096 }, () => ids.nextText());
      const expected = Array.from({ length: 4096 }, (_, index) => String(first + BigInt(index)));
      assert.deepEqual(texts, expected);
      assert.ok(texts.includes(crossing));
    }
  });

  test("next() and nextText() draw from one sequence", () => {
    const { ids } = generator();
    const drawn = [ids.next(), BigInt(ids.nextText()), ids.next(), BigInt(ids.nextText())];
    assert.deepEqual(
      drawn.map((id) => ids.decode(id).sequence),
      [0, 1, 2, 3],
    );
  });

  test("can be searched for by time", async () => {
    const { clock, ids } = generator();
    const before = ids.next();
    await clock.advance(10);
    const bound = ids.idFromTime(clock.now());
    assert.ok(before < bound && bound <= ids.next());
  });
});

describe("when the clock misbehaves", () => {
  test("a full ms borrows the next at once, and the debt is forgotten when the clock passes it", async () => {
    const { clock, ids } = generator();
    const drawn = draw(ids, 4096 * 3 + 1);
    assert.equal(decodeSnowflake(drawn.at(-1) ?? 0n).timeMs, START_MS + 3);
    assert.equal(ids.lastIssuedMs(), START_MS + 3);
    await clock.advance(2);
    assert.equal(ids.decode(ids.next()).timeMs, START_MS + 3);
    await clock.advance(2);
    assert.deepEqual(ids.decode(ids.next()).timeMs, START_MS + 4);
  });

  test("the debt is bounded: then clock_behind, and on again as the clock moves", async () => {
    const { clock, ids } = generator({ aheadMsMax: 2 });
    const drawn = draw(ids, 4096 * 3);
    assert.throws(
      () => ids.next(),
      (error) => {
        assert.ok(error instanceof TenfoldError && error.code === "clock_behind");
        assert.ok(error.retryable && error.retryAfterSeconds === 1);
        return true;
      },
    );
    await clock.advance(1);
    draw(ids, 4096, drawn.at(-1));
    assert.throws(() => ids.nextText(), code("clock_behind"));
  });

  test("a step back of 5 ms, 5 s or 1 h gives no duplicate, no disorder and no error", async () => {
    for (const stepMs of [5, 5_000, 3_600_000]) {
      const { clock, ids } = generator();
      const before = draw(ids, 10_000);
      clock.step(-stepMs);
      const during = draw(ids, 100_000, before.at(-1));
      await clock.advance(stepMs + 1_000);
      draw(ids, 10_000, during.at(-1));
    }
  });

  test("after a step back the budget of borrowed ms is used once, not over and over", async () => {
    const { clock, ids } = generator({ aheadMsMax: 2 });
    ids.next();
    clock.step(-3_600_000);
    draw(ids, 4096 * 3 - 1);
    assert.throws(() => ids.next(), code("clock_behind"));
    await clock.advance(60_000);
    assert.throws(
      () => ids.next(),
      (error) => {
        assert.ok(error instanceof TenfoldError);
        assert.equal(error.retryAfterSeconds, 3_540);
        return true;
      },
    );
    await clock.advance(3_540_001);
    ids.next();
  });

  test("a clock before the epoch, or beyond what 41 bits hold, is refused", () => {
    let nowMs = SNOWFLAKE_EPOCH_MS - 1;
    const deps = { clock: { now: () => nowMs }, registry: createWorkerRegistry() };
    const ids = createSnowflake(deps, { workerId: 0 });
    assert.throws(() => ids.next(), code("clock_out_of_range"));
    nowMs = Number.NaN;
    assert.throws(() => ids.next(), code("clock_out_of_range"));
    nowMs = SNOWFLAKE_EPOCH_MS + 2 ** 41;
    assert.throws(() => ids.next(), code("clock_out_of_range"));
    nowMs = SNOWFLAKE_EPOCH_MS;
    assert.equal(ids.next(), 0n);
  });

  test("whatever the clock says, IDs rise, stay unique and keep their node", () => {
    const move = fc.record({
      stepMs: fc.oneof(
        fc.integer({ min: 0, max: 3 }),
        fc.integer({ min: -10_000, max: 10_000 }),
        fc.constantFrom(-3_600_000, 3_600_000, 0.5),
      ),
      draws: fc.oneof(fc.integer({ min: 1, max: 20 }), fc.constant(5_000)),
    });
    fc.assert(
      fc.property(fc.array(move, { minLength: 1, maxLength: 40 }), (moves) => {
        const { clock, ids } = generator({ aheadMsMax: 5 });
        let last = -1n;
        for (const { stepMs, draws } of moves) {
          clock.step(stepMs);
          try {
            for (let count = 0; count < draws; count += 1) {
              const id = ids.next();
              if (id <= last) assert.fail(`${id} after ${last}`);
              last = id;
            }
          } catch (error) {
            if (!hasCode(error, "clock_behind")) throw error;
          }
        }
        if (last >= 0n) {
          const { workerId, datacenterId } = ids.decode(last);
          assert.deepEqual([workerId, datacenterId], [3, 5]);
        }
      }),
      { numRuns: 100 },
    );
  });
});

describe("a worker ID", () => {
  test("is not used any more once its lease is lost", () => {
    const controller = new AbortController();
    const { ids } = generator({}, controller.signal);
    ids.next();
    const reason = new Error("not renewed");
    controller.abort(reason);
    for (const attempt of [() => ids.next(), () => ids.nextText()]) {
      assert.throws(attempt, (error) => hasCode(error, "lease_lost") && error.cause === reason);
    }
    const late = generator({}, controller.signal);
    assert.throws(() => late.ids.next(), code("lease_lost"));
  });

  test("handed on with lastIssuedMs gives no ID again, also when the clock stepped back in between", () => {
    const { ids } = generator();
    const before = draw(ids, 4096 * 10);
    const clock = createManualClock(START_MS - 3_600_000);
    const lastIssuedMs = ids.lastIssuedMs();
    assert.equal(lastIssuedMs, START_MS + 9);
    const successor = createSnowflake({ clock }, { workerId: 3, datacenterId: 5, lastIssuedMs });
    assert.equal(successor.lastIssuedMs(), lastIssuedMs);
    draw(successor, 4096 * 10, before.at(-1));
  });

  test("among 1,024 workers in one ms, no two IDs are the same", () => {
    const seen = new Set<bigint>();
    for (let node = 0; node < 1024; node += 1) {
      const { ids } = generator({ workerId: node % 32, datacenterId: node >> 5 });
      for (const id of draw(ids, 8)) seen.add(id);
    }
    assert.equal(seen.size, 1024 * 8);
  });

  test("and the other options must fit the layout", () => {
    const wrong: Partial<SnowflakeOptions>[] = [
      { workerId: 32 },
      { workerId: -1 },
      { workerId: 1.5 },
      { datacenterId: 32 },
      { datacenterId: Number.NaN },
      { epochMs: -1 },
      { aheadMsMax: -1 },
      { aheadMsMax: Infinity },
      { lastIssuedMs: SNOWFLAKE_EPOCH_MS - 1 },
      { lastIssuedMs: SNOWFLAKE_EPOCH_MS + 2 ** 41 },
    ];
    for (const options of wrong) assert.throws(() => generator(options), RangeError);
    assert.equal(generator().ids.lastIssuedMs(), undefined);
  });
});

test("a million IDs on the machine's clock rise without an error", () => {
  // 1,000 ms may be borrowed and a million IDs need 245 of them.
  const ids = createSnowflake({ clock: systemClock }, { workerId: 0, datacenterId: 0 });
  let last = -1n;
  for (let count = 0; count < 1_000_000; count += 1) {
    const id = ids.next();
    if (id <= last) assert.fail(`${id} after ${last}`);
    last = id;
  }
});
