/**
 * How soon a job starts, and how many run in batches, on a real PostgreSQL with
 * fsync on; beside it pg-boss as it comes, which polls every two seconds.
 *
 *   node bench/jobs.ts
 */
import { noMetrics, silentLog, systemClock, systemRandom } from "@tenfold/core";
import { batchWorker, openJobs, worker, type Jobs, type JobWorker } from "@tenfold/jobs";
import { openSql, startEmbeddedPostgres, type Sql } from "@tenfold/sql";
import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { PgBoss } from "pg-boss";
import { Type } from "typebox";

const LATENCIES = 500;
const LATENCIES_POLLED = 8;
const JOBS = 40_000;
const BATCH = 500;
const spec = { name: "bench.do-nothing", data: Type.Object({ n: Type.Integer() }) };
const row = { n: 1 };

/** Hands each caller of `next()` the time of the following `mark()`. */
function createBell(): { mark(): void; next(): Promise<number> } {
  let waiting: ((atMs: number) => void) | undefined;
  return {
    mark: () => waiting?.(performance.now()),
    next: () => new Promise((resolve) => (waiting = resolve)),
  };
}

interface Trial {
  count: number;
  /** Enqueues come at random within this, so at any phase of a worker that polls. */
  spreadMs: number;
  bell: ReturnType<typeof createBell>;
}

async function latencies(
  { count, spreadMs, bell }: Trial,
  enqueue: () => Promise<unknown>,
): Promise<number[]> {
  const all: number[] = [];
  for (let n = 0; n < count; n++) {
    await systemClock.sleep(systemRandom.float() * spreadMs);
    const started = bell.next();
    const fromMs = performance.now();
    await enqueue();
    all.push((await started) - fromMs);
  }
  return all.toSorted((a, b) => a - b);
}

function quantile(sorted: readonly number[], q: number): string {
  return (sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))] ?? 0).toFixed(1);
}

async function withJobs(
  sql: Sql,
  workers: readonly JobWorker[],
  use: (jobs: Jobs) => Promise<void>,
): Promise<void> {
  const deps = { sql, log: silentLog, metrics: noMetrics, clock: systemClock };
  await using jobs = openJobs({ ...deps, random: systemRandom });
  jobs.register(workers, { run: true });
  await jobs.start();
  await use(jobs);
}

async function single(sql: Sql): Promise<string[]> {
  const bell = createBell();
  const lines: string[] = [];
  await withJobs(sql, [worker(spec, async () => bell.mark())], async (jobs) => {
    const enqueue = (): Promise<unknown> => jobs.enqueue(spec, row);
    await latencies({ count: 50, spreadMs: 10, bell }, enqueue);
    const sorted = await latencies({ count: LATENCIES, spreadMs: 10, bell }, enqueue);
    lines.push(`p50 ${quantile(sorted, 0.5)} ms`, `p99 ${quantile(sorted, 0.99)} ms`);
  });
  return lines;
}

async function batched(sql: Sql): Promise<string[]> {
  let done = 0;
  const all = Promise.withResolvers<void>();
  const count = async (jobs: readonly unknown[]): Promise<void> => {
    done += jobs.length;
    if (done === JOBS) all.resolve();
  };
  const many = Array.from({ length: JOBS / 10 }, (_, n) => ({ n }));
  const lines: string[] = [];
  const workers = [batchWorker(spec, count, { batchMax: BATCH, concurrency: 2 })];
  await withJobs(sql, workers, async (jobs) => {
    const fromMs = performance.now();
    for (let n = 0; n < 10; n++) await jobs.enqueueMany(spec, many);
    const enqueuedMs = performance.now() - fromMs;
    await all.promise;
    const totalMs = performance.now() - fromMs;
    lines.push(
      `enqueued ${Math.round((JOBS / enqueuedMs) * 1_000)} jobs/s`,
      `enqueued and run ${Math.round((JOBS / totalMs) * 1_000)} jobs/s`,
    );
  });
  return lines;
}

async function polled(sql: Sql): Promise<string[]> {
  const boss = new PgBoss({ connectionString: sql.connectionString, schema: "raw" });
  await boss.start();
  await boss.createQueue("raw");
  const bell = createBell();
  await boss.work("raw", async () => bell.mark());
  const trial = { count: LATENCIES_POLLED, spreadMs: 2_000, bell };
  const sorted = await latencies(trial, () => boss.send("raw", row));
  await boss.stop({ graceful: false });
  return [`p50 ${quantile(sorted, 0.5)} ms`, `max ${quantile(sorted, 1)} ms`];
}

const dataFolder = await mkdtemp(join(tmpdir(), "tenfold-bench-"));
await chmod(dataFolder, 0o711);
const server = await startEmbeddedPostgres({ dataFolder });
try {
  await using sql = openSql({}, { connectionString: server.connectionString });
  await sql.start();
  const table = [
    [`enqueue → start, one at a time (${LATENCIES})`, ...(await single(sql))],
    [`batches of ${BATCH} (${JOBS} jobs)`, ...(await batched(sql))],
    [`pg-boss as it comes, enqueue → start (${LATENCIES_POLLED})`, ...(await polled(sql))],
  ];
  for (const [what = "", ...numbers] of table) {
    console.log(`${what.padEnd(52)}${numbers.join("   ")}`);
  }
} finally {
  await server.stop();
  await rm(dataFolder, { recursive: true, force: true });
}
