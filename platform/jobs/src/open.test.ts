import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { hasCode, systemClock } from "@tenfold/core";
import { Type } from "typebox";
import { batchWorker, worker, type JobWorker } from "./jobs.ts";
import { countingMetrics, inbox, keepingLog, openTestJobs, spec, until } from "./testing.ts";

const idle = worker(spec, async () => undefined);
const ascending = (a: number, b: number): number => a - b;

describe("enqueue()", { timeout: 60_000 }, () => {
  test("runs a job once, with its data and its ID", async () => {
    const seen = inbox<{ id: string; n: number; retries: number }>();
    await using opened = await openTestJobs([
      worker(spec, async ({ id, data, retries }) => seen.push({ id, n: data.n, retries })),
    ]);
    const id = await opened.jobs.enqueue(spec, { n: 5 });
    assert.deepEqual(await seen.length(1), [{ id, n: 5, retries: 0 }]);
    await until(async () => (await opened.jobs.counts())[0]?.active === 0);
    assert.equal(seen.items.length, 1);
  });

  test("leaves no job when the transaction is rolled back, and exactly one when it commits", async () => {
    await using opened = await openTestJobs([idle], { run: false });
    const { jobs, sql } = opened;
    const tables = sql.tables<object>("test");
    const rolledBack = tables.transaction().execute(async (transaction) => {
      await jobs.enqueue(spec, { n: 1 }, { transaction });
      await jobs.enqueueMany(spec, [{ n: 2 }, { n: 3 }], { transaction });
      throw new Error("no");
    });
    await assert.rejects(rolledBack, /no/);
    assert.equal((await jobs.counts())[0]?.waiting, 0);
    await tables.transaction().execute(async (transaction) => {
      await jobs.enqueue(spec, { n: 1 }, { transaction });
      assert.equal((await jobs.counts())[0]?.waiting, 0, "no one else sees it before the commit");
    });
    assert.equal((await jobs.counts())[0]?.waiting, 1);
  });

  test("refuses data that does not fit, naming the field, and leaves nothing", async () => {
    await using opened = await openTestJobs([idle], { run: false });
    const wrong: unknown[] = [{ n: 1 }, { n: "two" }];
    const many = opened.jobs.enqueueMany({ ...spec, data: Type.Unknown() }, wrong);
    await assert.rejects(many, (error) => {
      return hasCode(error, "job_data_invalid") && error.fields[0]?.field === "/n";
    });
    assert.equal((await opened.jobs.counts())[0]?.waiting, 0);
  });

  test("refuses a queue that no one has registered", async () => {
    await using opened = await openTestJobs([idle], { run: false });
    const unknown = { ...spec, name: "test.do-other" };
    const refused = (error: unknown): boolean => hasCode(error, "job_queue_unknown");
    await assert.rejects(opened.jobs.enqueue(unknown, { n: 1 }), refused);
    await assert.rejects(opened.jobs.redrive("test.do-other"), refused);
  });

  test("adds no second job for a key that waits, and does for one that has begun", async () => {
    const begun = inbox<number>();
    const finish = Promise.withResolvers<void>();
    await using opened = await openTestJobs([
      worker(spec, async ({ data }) => {
        begun.push(data.n);
        await finish.promise;
      }),
    ]);
    const { jobs } = opened;
    assert.ok(await jobs.enqueue(spec, { n: 1 }, { key: "a" }));
    await begun.length(1);
    assert.ok(await jobs.enqueue(spec, { n: 2 }, { key: "a" }));
    assert.equal(await jobs.enqueue(spec, { n: 3 }, { key: "a" }), undefined);
    assert.ok(await jobs.enqueue(spec, { n: 4 }, { key: "b" }));
    assert.ok(await jobs.enqueue(spec, { n: 5 }));
    assert.ok(await jobs.enqueue(spec, { n: 6 }));
    finish.resolve();
    assert.deepEqual((await begun.length(5)).toSorted(ascending), [1, 2, 4, 5, 6]);
  });

  test("two callers at once with one key leave one job", async () => {
    await using opened = await openTestJobs([idle], { run: false });
    const calls = Array.from({ length: 20 }, (_, n) =>
      opened.jobs.enqueue(spec, { n }, { key: "same" }),
    );
    const ids = (await Promise.all(calls)).filter((id) => id !== undefined);
    assert.equal(ids.length, 1);
    assert.equal((await opened.jobs.counts())[0]?.waiting, 1);
  });

  test("starts jobs of a higher priority first", async () => {
    const seen = inbox<number>();
    await using opened = await openTestJobs([idle], { run: false });
    for (const n of [1, 9, 5]) await opened.jobs.enqueue(spec, { n }, { priority: n });
    await opened.another([worker(spec, async ({ data }) => seen.push(data.n))], true);
    assert.deepEqual(await seen.length(3), [9, 5, 1]);
  });

  test("does not start a delayed job before its time", async () => {
    const seen = inbox<number>();
    await using opened = await openTestJobs([
      worker(spec, async () => seen.push(performance.now())),
    ]);
    const enqueued = performance.now();
    await opened.jobs.enqueue(spec, { n: 1 }, { delayMs: 700 });
    assert.equal((await opened.jobs.counts())[0]?.delayed, 1);
    const [started = 0] = await seen.length(1);
    assert.ok(started - enqueued >= 700);
  });
});

describe("enqueueMany() and batches", { timeout: 60_000 }, () => {
  test("gives a batch handler up to batchMax jobs, each of them once", async () => {
    const seen = inbox<number>();
    const sizes: number[] = [];
    await using opened = await openTestJobs([
      batchWorker(
        spec,
        async (jobs) => {
          sizes.push(jobs.length);
          for (const { data } of jobs) seen.push(data.n);
        },
        { batchMax: 100, concurrency: 2 },
      ),
    ]);
    const many = Array.from({ length: 4_500 }, (_, n) => ({ n }));
    await opened.jobs.enqueueMany(spec, many);
    const all = (await seen.length(4_500)).toSorted(ascending);
    assert.deepEqual(
      all,
      many.map(({ n }) => n),
    );
    assert.ok(Math.max(...sizes) <= 100 && Math.max(...sizes) > 50);
  });

  test("a batch that fails is tried again as a whole", async () => {
    const tries = inbox<number[]>();
    await using opened = await openTestJobs([idle], { run: false });
    await opened.jobs.enqueueMany(spec, [{ n: 1 }, { n: 2 }]);
    const failing = batchWorker(
      spec,
      async (jobs) => {
        tries.push(jobs.map(({ data }) => data.n).toSorted(ascending));
        if (tries.items.length === 1) throw new Error("once");
      },
      { batchMax: 10 },
    );
    const second = await opened.another([failing], true);
    const ran = await tries.length(2);
    assert.deepEqual(ran, [
      [1, 2],
      [1, 2],
    ]);
    await until(async () => {
      const [counts] = await second.counts();
      return counts !== undefined && counts.active + counts.waiting + counts.delayed === 0;
    });
  });
});

describe("failing", { timeout: 60_000 }, () => {
  test("a job is tried again after its delay, and then completes", async () => {
    const tries = inbox<{ retries: number; atMs: number }>();
    const patient = { ...spec, retryDelayMs: 600 };
    await using opened = await openTestJobs([
      worker(patient, async ({ retries }) => {
        tries.push({ retries, atMs: performance.now() });
        if (retries < 2) throw new Error("not yet");
      }),
    ]);
    await opened.jobs.enqueue(patient, { n: 1 });
    const [first, second, third] = await tries.length(3);
    assert.deepEqual([first?.retries, second?.retries, third?.retries], [0, 1, 2]);
    assert.ok((second?.atMs ?? 0) - (first?.atMs ?? 0) >= 300, "half of 600 at least");
    assert.ok((third?.atMs ?? 0) - (second?.atMs ?? 0) >= 600, "half of twice 600 at least");
  });

  test("after its last try it rests among the dead until it is redriven", async () => {
    const { metrics, totals } = countingMetrics();
    const tries = inbox<number>();
    let broken = true;
    const brittle = { ...spec, retryLimit: 1 };
    const handler = worker(brittle, async ({ data }) => {
      tries.push(data.n);
      if (broken) throw new Error("broken");
    });
    await using opened = await openTestJobs([handler], { metrics });
    const { jobs } = opened;
    await jobs.enqueueMany(brittle, [{ n: 1 }, { n: 2 }, { n: 3 }]);
    await until(async () => (await jobs.counts())[0]?.dead === 3);
    assert.equal(tries.items.length, 6);
    assert.equal(totals.get("tenfold_jobs_dead_total"), 3);
    assert.equal(totals.get("tenfold_jobs_failed_total"), 6);
    broken = false;
    assert.equal(await jobs.redrive(spec.name), 3);
    await tries.length(9);
    await until(async () => totals.get("tenfold_jobs_completed_total") === 3);
    assert.equal((await jobs.counts())[0]?.dead, 0);
    assert.equal(await jobs.redrive(spec.name), 0);
  });

  test("a handler whose time is up is told so, and counts as failed", async () => {
    const reasons = inbox<unknown>();
    const hasty = { ...spec, retryLimit: 0, timeoutMs: 200 };
    await using opened = await openTestJobs([
      worker(hasty, ({ signal }) => {
        return new Promise((resolve) => {
          signal.addEventListener("abort", () => {
            reasons.push(signal.reason);
            resolve();
          });
        });
      }),
    ]);
    await opened.jobs.enqueue(hasty, { n: 1 });
    const [reason] = await reasons.length(1);
    assert.ok(hasCode(reason, "job_timed_out"));
    await until(async () => (await opened.jobs.counts())[0]?.dead === 1);
  });

  test("stored data that no longer fits never reaches the handler", async () => {
    const seen = inbox<number>();
    const newer = {
      ...spec,
      retryLimit: 0,
      data: Type.Object({ n: Type.Integer({ minimum: 10 }) }),
    };
    await using opened = await openTestJobs([idle], { run: false });
    await opened.jobs.enqueueMany(spec, [{ n: 1 }, { n: 11 }]);
    const second = await opened.another(
      [worker(newer, async ({ data }) => seen.push(data.n))],
      true,
    );
    assert.deepEqual(await seen.length(1), [11]);
    await until(async () => (await second.counts())[0]?.dead === 1);
  });

  test("the log names jobs by ID and never shows their data", async () => {
    const lines: string[] = [];
    const Secret = Type.Object({ word: Type.String() });
    const secretive = { name: "test.keep-secret", data: Secret, retryLimit: 0 };
    await using opened = await openTestJobs(
      [worker(secretive, () => Promise.reject(new Error("no")))],
      { log: keepingLog(lines) },
    );
    const id = await opened.jobs.enqueue(secretive, { word: "xyzzy" });
    await until(async () => (await opened.jobs.counts())[0]?.dead === 1);
    assert.ok(lines.some((line) => line.includes(id ?? "?")));
    assert.ok(lines.every((line) => !line.includes("xyzzy")));
  });
});

describe("cron", { timeout: 60_000 }, () => {
  test("enqueues one job each time, in a cluster of two", async () => {
    const seen = inbox<number>();
    const minute = (): number => Math.floor(Date.now() / 60_000);
    const each = (): JobWorker =>
      worker(spec, async ({ data }) => seen.push(data.n), {
        cron: "* * * * *",
        cronData: { n: 7 },
      });
    const firstMinute = minute();
    await using opened = await openTestJobs([each()]);
    await opened.another([each()], true);
    await seen.length(1);
    // Both schedulers look again, several times.
    await systemClock.sleep(3_500);
    assert.deepEqual(new Set(seen.items), new Set([7]));
    assert.ok(seen.items.length <= minute() - firstMinute + 1);
  });

  test("a queue that lost its cron line is no longer scheduled", async () => {
    const line = { cron: "0 0 1 1 *", cronData: { n: 7 } };
    await using opened = await openTestJobs([worker(spec, async () => undefined, line)]);
    const count = async (): Promise<number> =>
      (await opened.sql.query("SELECT 1 FROM jobs.schedule")).rowCount;
    assert.equal(await count(), 1);
    await opened.another([idle], true);
    assert.equal(await count(), 0);
  });
});
