import assert from "node:assert/strict";
import { getEventListeners } from "node:events";
import { describe, test } from "node:test";
import * as fc from "fast-check";
import { createSeededRandom, hasCode, silentLog, TenfoldError } from "@tenfold/core";
import { createSegmentAllocator } from "./segment.ts";

/** A counter as a database would keep it; `gate` holds its answers back. */
function createCounter(start = 1n) {
  const counter = {
    value: start,
    taken: 0,
    inFlight: 0,
    gate: Promise.resolve(),
    async take(count: number): Promise<{ first: bigint }> {
      counter.taken += 1;
      counter.inFlight += 1;
      assert.equal(counter.inFlight, 1, "one take() at a time");
      try {
        await counter.gate;
        const first = counter.value;
        counter.value += BigInt(count);
        return { first };
      } finally {
        counter.inFlight -= 1;
      }
    },
  };
  return counter;
}

const turn = (): Promise<void> => new Promise(setImmediate);

function range(first: bigint, count: number): bigint[] {
  return Array.from({ length: count }, (_, index) => first + BigInt(index));
}

describe("numbers", () => {
  test("one process alone hands out every number, in order", async () => {
    const ids = createSegmentAllocator(createCounter(), { blockSize: 7 });
    const drawn: bigint[] = [];
    for (let count = 0; count < 50; count += 1) drawn.push(await ids.next());
    assert.deepEqual(drawn, range(1n, 50));
  });

  test("many callers at once share blocks, and each gets its own number", async () => {
    const counter = createCounter();
    const ids = createSegmentAllocator(counter, { blockSize: 10 });
    const drawn = await Promise.all(Array.from({ length: 1_000 }, () => ids.next()));
    assert.equal(new Set(drawn).size, 1_000);
    assert.deepEqual(
      drawn.toSorted((a, b) => Number(a - b)),
      range(1n, 1_000),
    );
    assert.ok(counter.taken <= 101, `${counter.taken} blocks`);
  });

  test("several processes on one counter never hand out the same number", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 2, maxLength: 5 }),
        fc.integer(),
        async (blockSizes, seed) => {
          const random = createSeededRandom(seed);
          let next = 1n;
          const take = async (count: number): Promise<{ first: bigint }> => {
            const first = next;
            next += BigInt(count);
            if (random.below(2) === 0) await turn();
            // An answer that is lost on the way: the numbers are a gap.
            if (random.below(5) === 0) throw new Error("connection lost");
            return { first };
          };
          const processes = blockSizes.map((blockSize) =>
            createSegmentAllocator({ take }, { blockSize }),
          );
          const results = await Promise.allSettled(
            Array.from({ length: 200 }, async (_, index) => {
              const allocator = processes[index % processes.length];
              assert.ok(allocator !== undefined);
              return await allocator.next();
            }),
          );
          const drawn = results.flatMap((result) =>
            result.status === "fulfilled" ? [result.value] : [],
          );
          assert.equal(new Set(drawn).size, drawn.length);
        },
      ),
      { numRuns: 50 },
    );
  });

  test("beyond 2^53 are exact", async () => {
    const ids = createSegmentAllocator(createCounter(2n ** 62n), { blockSize: 3 });
    const drawn = [await ids.next(), await ids.next(), await ids.next(), await ids.next()];
    assert.deepEqual(drawn, range(2n ** 62n, 4));
  });
});

describe("taking ahead", () => {
  test("begins when a fifth of the block is left, once, and nothing is taken before the first call", async () => {
    const counter = createCounter();
    const ids = createSegmentAllocator(counter, { blockSize: 10 });
    assert.equal(counter.taken, 0);
    for (let count = 0; count < 7; count += 1) await ids.next();
    assert.equal(counter.taken, 1);
    const release = Promise.withResolvers<void>();
    counter.gate = release.promise;
    await ids.next();
    assert.equal(counter.taken, 2);
    await ids.next();
    assert.equal(await ids.next(), 10n);
    assert.equal(counter.taken, 2);
    release.resolve();
    await turn();
    assert.deepEqual(await Promise.all([ids.next(), ids.next()]), [11n, 12n]);
    assert.equal(counter.taken, 2);
  });

  test("that fails is told to the log and tried again, and no caller notices", async () => {
    const warnings: unknown[] = [];
    const counter = createCounter();
    let failures = 2;
    const take = (count: number): Promise<{ first: bigint }> =>
      counter.value > 1n && failures-- > 0
        ? Promise.reject(new Error("failover"))
        : counter.take(count);
    const log = { ...silentLog, warn: (fields: unknown) => void warnings.push(fields) };
    const ids = createSegmentAllocator({ take, log }, { blockSize: 100 });
    for (let count = 0; count < 150; count += 1) {
      await ids.next();
      await turn();
    }
    assert.equal(warnings.length, 2);
    assert.equal(await ids.next(), 151n);
  });

  test("is tried again each time half of the rest is used, and for the next block as at first", async () => {
    const counter = createCounter();
    let down = false;
    let attempts = 0;
    const take = (count: number): Promise<{ first: bigint }> => {
      attempts += 1;
      return down ? Promise.reject(new Error("failover")) : counter.take(count);
    };
    const ids = createSegmentAllocator({ take }, { blockSize: 100 });
    const attemptsAfter = async (count: number): Promise<number> => {
      const before = attempts;
      for (let drawn = 0; drawn < count; drawn += 1) {
        await ids.next();
        await turn();
      }
      return attempts - before;
    };
    assert.equal(await attemptsAfter(79), 1);
    down = true;
    // At 20, 10 and 5 left; the fourth, at 2, succeeds.
    assert.equal(await attemptsAfter(18), 3);
    down = false;
    assert.equal(await attemptsAfter(3), 1);
    assert.equal(await attemptsAfter(79), 0);
    assert.equal(await attemptsAfter(1), 1);
  });
});

describe("when the counter", () => {
  test("does not answer, callers without a block get segment_unavailable, and later ones a number", async () => {
    const counter = createCounter();
    let down = true;
    const ids = createSegmentAllocator(
      {
        take: (count) => {
          if (down) throw new Error("ECONNREFUSED");
          return counter.take(count);
        },
      },
      { blockSize: 5 },
    );
    const results = await Promise.allSettled([ids.next(), ids.next()]);
    for (const result of results) {
      assert.ok(result.status === "rejected" && hasCode(result.reason, "segment_unavailable"));
      assert.ok(result.reason.retryable && result.reason.cause instanceof Error);
    }
    down = false;
    assert.equal(await ids.next(), 1n);
  });

  test("went back, as after a restore, no number comes twice", async () => {
    const counter = createCounter();
    const ids = createSegmentAllocator(counter, { blockSize: 1 });
    const first = [await ids.next(), await ids.next()];
    await turn();
    const third = await ids.next();
    counter.value = 1n;
    await turn();
    const later: bigint[] = [];
    const refusals: unknown[] = [];
    for (let count = 0; count < 10; count += 1) {
      await ids.next().then(
        (id) => later.push(id),
        (error: unknown) => refusals.push(error),
      );
    }
    assert.ok(refusals.length > 0);
    for (const error of refusals) assert.ok(hasCode(error, "segment_invalid"));
    assert.ok(error500(refusals[0]));
    const drawn = [...first, third, ...later];
    assert.equal(new Set(drawn).size, drawn.length);
  });
});

describe("a caller that gives up", () => {
  test("gets its reason, costs no number and leaves no listener behind", async () => {
    const counter = createCounter();
    const release = Promise.withResolvers<void>();
    counter.gate = release.promise;
    const ids = createSegmentAllocator(counter, { blockSize: 5 });
    const controller = new AbortController();
    const patient = new AbortController();
    const reason = new Error("client went away");
    const [givenUp, waiting] = [ids.next(controller.signal), ids.next(patient.signal)];
    controller.abort(reason);
    await assert.rejects(givenUp, (error) => error === reason);
    await assert.rejects(ids.next(controller.signal), (error) => error === reason);
    release.resolve();
    assert.equal(await waiting, 1n);
    assert.equal(getEventListeners(patient.signal, "abort").length, 0);
    assert.equal(await ids.next(), 2n);
  });
});

test("a block size that makes no sense is refused", () => {
  for (const blockSize of [0, -1, 1.5, Number.NaN, 2e9]) {
    assert.throws(() => createSegmentAllocator(createCounter(), { blockSize }), RangeError);
  }
});

function error500(error: unknown): boolean {
  return error instanceof TenfoldError && error.status === 500 && !error.retryable;
}
