import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import process from "node:process";
import { describe, test } from "node:test";
import { fileURLToPath } from "node:url";
import { worker } from "./jobs.ts";
import { crashing, inbox, openTestJobs, spec, until } from "./testing.ts";

const child = fileURLToPath(new URL("./crash.child.ts", import.meta.url));

describe("a worker that is killed", { timeout: 90_000 }, () => {
  test("loses its job to another within 30 s", async (t) => {
    const ran = inbox<{ id: string; retries: number }>();
    const idle = worker(crashing, async () => undefined);
    await using opened = await openTestJobs([idle], { run: false });
    const id = await opened.jobs.enqueue(crashing, { n: 1 });
    const victim = spawn(process.execPath, [child, opened.sql.connectionString], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const [line] = await once(victim.stdout, "data");
    assert.equal(String(line).trim(), id);
    victim.kill("SIGKILL");
    await once(victim, "exit");
    const killedAt = performance.now();
    await opened.another([worker(crashing, async (job) => ran.push(job))], true);
    const [job] = await ran.length(1);
    const waitedMs = performance.now() - killedAt;
    t.diagnostic(`ran again after ${Math.round(waitedMs)} ms`);
    assert.deepEqual([job?.id, job?.retries], [id, 1]);
    assert.ok(waitedMs <= 30_000, "a promise of the contract");
  });
});

describe("a database that cuts every connection", { timeout: 60_000 }, () => {
  test("finds the workers back, also those who wait to be woken", async () => {
    const ran = inbox<number>();
    await using opened = await openTestJobs([worker(spec, async ({ data }) => ran.push(data.n))]);
    await opened.jobs.enqueue(spec, { n: 1 });
    await ran.length(1);
    // A job that is not known to be done when the connection goes runs again, as is promised.
    await until(async () => (await opened.jobs.counts()).every(({ active }) => active === 0));
    const listening = async (): Promise<number> => {
      const text =
        "SELECT pid FROM pg_stat_activity WHERE query LIKE 'LISTEN%' OR query LIKE '%pg_listening%'";
      return (await opened.sql.query(`${text} AND application_name = 'tenfold-jobs'`)).rowCount;
    };
    const cut = await opened.sql.query(
      "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'tenfold-jobs'",
    );
    assert.ok(cut.rowCount > 0);
    await until(async () => (await listening()) > 0);
    await opened.jobs.enqueue(spec, { n: 2 });
    assert.deepEqual(await ran.length(2), [1, 2]);
  });
});

describe("stop()", { timeout: 60_000 }, () => {
  test("lets a running handler finish", async () => {
    const started = inbox<string>();
    const finish = Promise.withResolvers<void>();
    await using opened = await openTestJobs([idleOne()], { run: false });
    const second = await opened.another(
      [
        worker(spec, async ({ id, signal }) => {
          started.push(id);
          await finish.promise;
          assert.equal(signal.aborted, false);
        }),
      ],
      true,
    );
    await opened.jobs.enqueue(spec, { n: 1 });
    await started.length(1);
    const stopping = second.stop();
    finish.resolve();
    await stopping;
    const [counts] = await opened.jobs.counts();
    assert.equal((counts?.active ?? 1) + (counts?.waiting ?? 1) + (counts?.dead ?? 1), 0);
  });

  test("then aborts signals, and what is not finished runs elsewhere, even on its last try", async () => {
    const started = inbox<string>();
    const ran = inbox<string>();
    await using opened = await openTestJobs([worker(crashing, async ({ id }) => ran.push(id))], {
      run: false,
    });
    const obedient = worker(
      crashing,
      async ({ id, signal }) => {
        started.push(id);
        await new Promise((resolve) => signal.addEventListener("abort", resolve));
        signal.throwIfAborted();
      },
      { concurrency: 2 },
    );
    const second = await opened.another([obedient], true, { stopGraceMs: 100 });
    const ids = [
      await opened.jobs.enqueue(crashing, { n: 1 }),
      await opened.jobs.enqueue(crashing, { n: 2 }),
    ];
    await started.length(2);
    await second.stop();
    await opened.another([worker(crashing, async ({ id }) => ran.push(id))], true);
    assert.deepEqual(new Set(await ran.length(2)), new Set(ids));
    await until(async () => (await opened.jobs.counts())[0]?.active === 0);
    assert.equal((await opened.jobs.counts())[0]?.dead, 0);
  });

  test("does not wait for a handler that ignores its signal, and gives its job away", async () => {
    const started = inbox<string>();
    const ran = inbox<string>();
    await using opened = await openTestJobs([worker(crashing, async () => undefined)], {
      run: false,
    });
    const deaf = worker(crashing, async ({ id }) => {
      started.push(id);
      await new Promise(() => undefined);
    });
    const second = await opened.another([deaf], true, { stopGraceMs: 100 });
    const id = await opened.jobs.enqueue(crashing, { n: 1 });
    await started.length(1);
    await second.stop();
    await opened.another([worker(crashing, async (job) => ran.push(job.id))], true);
    assert.deepEqual(await ran.length(1), [id]);
  });

  test("a stopped process refuses to enqueue", async () => {
    await using opened = await openTestJobs([idleOne()], { run: false });
    await opened.jobs.stop();
    await assert.rejects(opened.jobs.enqueue(spec, { n: 1 }), { code: "jobs_not_running" });
  });
});

function idleOne(): ReturnType<typeof worker> {
  return worker(spec, async () => undefined);
}
