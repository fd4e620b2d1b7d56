import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { createManualClock, hasCode, type Clock, type ManualClock } from "@tenfold/core";
import type { Snowflake } from "./snowflake.ts";
import { memoryTimeMarks, type TimeMarks } from "./time-marks.ts";
import {
  createWorkerIds,
  fixedLease,
  type WorkerIds,
  type WorkerIdsOptions,
  type WorkerLease,
} from "./worker-ids.ts";

const START_MS = 1_750_000_000_000;

/** Leases as a database gives them: expiry by its own clock, counted by the holder from before it asked. */
function leaseTable(serverClock: ManualClock, { slots = 1, ttlMs = 1_000 } = {}) {
  const rows = Array.from({ length: slots }, () => ({ token: 0n, expiresMs: -1 }));
  return async (clock: Clock, signal: AbortSignal): Promise<WorkerLease> => {
    for (;;) {
      signal.throwIfAborted();
      const slot = rows.findIndex(({ expiresMs }) => expiresMs <= serverClock.monotonic());
      const row = rows[slot];
      if (row === undefined) {
        await clock.sleep(10, signal);
        continue;
      }
      const deadlineMs = clock.monotonic() + ttlMs * 0.9;
      row.token += 1n;
      row.expiresMs = serverClock.monotonic() + ttlMs;
      const over = new AbortController();
      return {
        slot,
        token: row.token,
        signal: over.signal,
        held() {
          if (clock.monotonic() >= deadlineMs) over.abort(new Error("it expired"));
          return !over.signal.aborted;
        },
        async release() {
          over.abort(new Error("it was given back"));
          row.expiresMs = -1;
        },
      };
    }
  };
}

function source(
  { marks = memoryTimeMarks(), clock = createManualClock(START_MS) } = {},
  options: WorkerIdsOptions & { lease?: WorkerLease } = {},
) {
  const events = { lost: 0 };
  const { lease = fixedLease(37), ...rest } = options;
  const ids = createWorkerIds(
    { clock, marks, acquire: async () => lease, observer: { leaseLost: () => (events.lost += 1) } },
    rest,
  );
  return { ids, clock, marks, lease, events };
}

const draw = (ids: WorkerIds | Snowflake): bigint => ids.next();

describe("a leased worker ID", () => {
  test("gives the slot's data centre and worker to the IDs", async () => {
    const { ids } = source();
    await ids.start();
    const { datacenterId, workerId, timeMs } = ids.decode(ids.next());
    assert.deepEqual([datacenterId, workerId, timeMs], [1, 5, START_MS]);
    assert.equal(ids.slot(), 37);
    await ids.stop();
    assert.throws(
      () => ids.next(),
      (error) => hasCode(error, "lease_lost"),
    );
  });

  test("stops the IDs once it can have expired, before any timer has run; another is taken", async () => {
    const server = createManualClock();
    const clock = createManualClock(START_MS);
    const acquire = leaseTable(server);
    const marks = memoryTimeMarks();
    const ids = createWorkerIds({ clock, marks, acquire: (signal) => acquire(clock, signal) });
    await ids.start();
    ids.next();
    // The process is paused: its clock has gone on, and nothing of it has run.
    await clock.advance(900);
    assert.throws(
      () => ids.next(),
      (error) => hasCode(error, "lease_lost"),
    );
    await clock.advance(20);
    ids.next();
    await ids.stop();
  });

  test("is given back at the end, with the time that was not used", async () => {
    const marks = memoryTimeMarks();
    const first = source({ marks });
    await first.ids.start();
    first.ids.next();
    await first.ids.stop();
    assert.equal(first.lease.signal.aborted, true);
    assert.deepEqual(await marks.open({ slot: 37, token: 0n }), { markMs: START_MS });
    const second = source({ marks });
    await second.ids.start();
    assert.equal(second.ids.decode(second.ids.next()).timeMs, START_MS + 1);
    await second.ids.stop();
  });
});

describe("the mark", () => {
  test("a clock set back while the process was down gives no ID again, killed or stopped", async () => {
    for (const stepMs of [-5, -5_000, -3_600_000]) {
      const marks = memoryTimeMarks();
      const killed = source({ marks });
      await killed.ids.start();
      const array = new BigUint64Array(4096 * 500);
      killed.ids.fillBigInts(array);
      const clock = createManualClock(START_MS + stepMs);
      const next = source({ marks, clock });
      await next.ids.start();
      assert.ok(next.ids.next() > (array.at(-1) ?? 0n), `${stepMs} ms`);
      await next.ids.stop();
      const last = next.ids;
      assert.equal(last.room(), 0);
    }
  });

  test("of a holder that wakes after its successor began, no ID is above it, and none comes twice", async () => {
    const marks = memoryTimeMarks();
    // Its lease never tells it that it is over: the worst of clocks.
    const late = source({ marks }, { lease: fixedLease(1, 1n), reserveMs: 100 });
    await late.ids.start();
    late.ids.next();
    const successor = source({ marks }, { lease: fixedLease(1, 2n) });
    await successor.ids.start();
    const first = successor.ids.next();
    let last = 0n;
    assert.throws(
      () => {
        for (;;) last = late.ids.next();
      },
      (error) => hasCode(error, "time_not_reserved"),
    );
    assert.ok(last > 0n && last < first);
    await late.clock.advance(1_000);
    await assert.rejects(late.ids.take(draw, AbortSignal.timeout(1)));
    assert.equal(late.events.lost > 0, true);
    successor.ids.next();
  });

  test("is moved on in time: hours pass without a lag, and without an ID beyond it", async () => {
    const { ids, clock } = source();
    await ids.start();
    for (let minute = 0; minute < 60; minute += 1) {
      await clock.advance(60_000);
      assert.equal(ids.decode(ids.next()).timeMs, clock.now());
    }
    await ids.stop();
  });

  test("after the clock jumped ahead of it, IDs lag for a moment instead of failing", async () => {
    const { ids, clock } = source();
    await ids.start();
    const before = ids.next();
    clock.step(3_600_000);
    const during = ids.next();
    assert.ok(during > before);
    assert.equal(ids.decode(during).timeMs, START_MS + 10_000);
    await clock.advance(1);
    assert.equal(ids.decode(ids.next()).timeMs, clock.now());
    await ids.stop();
  });

  test("that cannot be written leaves what was promised; then it is an error, then all is well again", async () => {
    const real = memoryTimeMarks();
    let away = false;
    const marks: TimeMarks = {
      open: (holder) => real.open(holder),
      write: async (holder, markMs) => {
        if (away) throw new Error("the database is away");
        return await real.write(holder, markMs);
      },
    };
    const { ids, clock } = source({ marks });
    await ids.start();
    away = true;
    await clock.advance(9_999);
    assert.equal(ids.decode(ids.next()).timeMs, clock.now());
    await clock.advance(60_000);
    ids.next();
    ids.nextTexts(4_000);
    assert.throws(
      () => ids.nextTexts(8_192),
      (error) => hasCode(error, "time_not_reserved"),
    );
    away = false;
    await clock.advance(4_000);
    assert.equal(ids.decode(ids.next()).timeMs, clock.now());
    away = true;
    await ids.stop();
  });
});

describe("take()", () => {
  test("waits for the clock where the policy says so, and not for ever", async () => {
    for (const onClockStep of ["wait", "borrow", "refuse"] as const) {
      const { ids, clock } = source({}, { onClockStep, aheadMsMax: 0, waitMsMax: 100 });
      await ids.start();
      // All of this ms.
      ids.fillBigInts(new BigUint64Array(4096));
      clock.step(-50);
      const taking = ids.take(draw).then(
        () => "taken",
        (error: unknown) => (hasCode(error, "clock_behind") ? "refused" : "broken"),
      );
      await clock.advance(60);
      assert.equal(await taking, onClockStep === "refuse" ? "refused" : "taken");
      clock.step(-5_000);
      const tooLong = ids.take((held) => {
        held.fillBigInts(new BigUint64Array(4097));
      });
      const refused = assert.rejects(tooLong, (error) => hasCode(error, "clock_behind"));
      await clock.advance(200);
      await refused;
      await ids.stop();
    }
  });

  test("waits for another worker ID when its own is lost, and ends with its signal", async () => {
    const clock = createManualClock(START_MS);
    let given = 0;
    const pool = { free: true };
    const acquire = async (signal: AbortSignal): Promise<WorkerLease> => {
      while (!pool.free) await clock.sleep(10, signal);
      given += 1;
      return fixedLease(given, BigInt(given));
    };
    const ids = createWorkerIds({ clock, acquire, marks: memoryTimeMarks() }, { reserveMs: 1_000 });
    await ids.start();
    pool.free = false;
    // Its slot is taken over behind its back.
    const marks = memoryTimeMarks();
    const lost = createWorkerIds({ clock, acquire: async () => fixedLease(1, 1n), marks });
    await lost.start();
    await marks.open({ slot: 1, token: 2n });
    clock.step(60_000);
    lost.next();
    await clock.advance(1);
    await assert.rejects(lost.take(draw, AbortSignal.abort(new Error("enough"))), /enough/);
    await ids.stop();
    await lost.stop();
    await assert.rejects(ids.take(draw), (error) => hasCode(error, "lease_lost"));
  });
});

test("start() fails when no worker ID can be had, and leaves nothing behind", async () => {
  const clock = createManualClock();
  const lease = fixedLease(0, 1n);
  const marks = memoryTimeMarks();
  await marks.open({ slot: 0, token: 9n });
  const ids = createWorkerIds({ clock, marks, acquire: async () => lease });
  await assert.rejects(ids.start(), (error) => hasCode(error, "lease_lost"));
  assert.equal(lease.signal.aborted, true);
  const refused = createWorkerIds({
    clock,
    marks,
    acquire: () => Promise.reject(new Error("no database")),
  });
  await assert.rejects(refused.start(), /no database/);
});
