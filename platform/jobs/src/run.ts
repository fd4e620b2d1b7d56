/**
 * Running one batch that pg-boss has claimed, and settling what became of it.
 *
 *   handler returns                       → completed
 *   handler throws, or its time is up     → again after a jittered delay,
 *                                           or dead when its tries are used up
 *   handler throws because we are stopping → again at once, elsewhere
 *   data does not fit the schema          → as if the handler had thrown
 *
 * Every settlement names the attempt it belongs to, so that a worker which was
 * given up for dead cannot settle the job under its successor.
 */
import type { Clock, Log, Random } from "@tenfold/core";
import type { Sql } from "@tenfold/sql";
import type { Job as ClaimedJob, JobResult, PgBoss } from "pg-boss";
import type { BatchInHand, Batches } from "./batches.ts";
import { databaseIn } from "./enqueue.ts";
import { jobErrors } from "./errors.ts";
import type { Instruments } from "./instruments.ts";
import type { Queue } from "./queues.ts";
import { retryWaitMs } from "./retry.ts";

export interface RunDeps {
  boss: PgBoss;
  sql: Sql;
  log: Log;
  clock: Clock;
  random: Random;
  instruments: Instruments;
  batches: Batches;
}

export type Claimed = ClaimedJob<object>;

type Ending = { kind: "done" } | { kind: "failed"; error: unknown } | { kind: "late" };

/** IDs in one log line; a batch may be large. */
const LOGGED_IDS_MAX = 20;
const STORED_MESSAGE_MAX = 1_000;

/** Runs the queue's handler on `batch`. Rejects only when settling failed; pg-boss then retries. */
export async function runBatch(
  deps: RunDeps,
  queue: Queue,
  batch: readonly Claimed[],
): Promise<JobResult[]> {
  const fitting = batch.filter((job) => queue.data.fits(job.data));
  const misfits = batch.filter((job) => !fitting.includes(job));
  const results: JobResult[] = [];
  if (misfits.length > 0) {
    const detail = `A stored job of ${queue.name} does not fit the schema of this version.`;
    results.push(
      ...(await settleFailed(deps, queue, misfits, jobErrors.job_data_invalid({ detail }))),
    );
  }
  if (fitting.length > 0) results.push(...(await handle(deps, queue, fitting)));
  return results;
}

async function handle(
  deps: RunDeps,
  queue: Queue,
  batch: readonly Claimed[],
): Promise<JobResult[]> {
  const inHand = deps.batches.enter();
  try {
    return await handleInHand(deps, queue, batch, inHand);
  } finally {
    deps.batches.leave(inHand);
  }
}

async function handleInHand(
  deps: RunDeps,
  queue: Queue,
  batch: readonly Claimed[],
  { handlers, timer }: BatchInHand,
): Promise<JobResult[]> {
  const labels = { queue: queue.name };
  const jobs = batch.map(({ id, data, retryCount, signal }) => ({
    id,
    data,
    retries: retryCount,
    signal: AbortSignal.any([signal, handlers.signal]),
  }));
  const startedMs = deps.clock.monotonic();
  const handling = queue.worker.handle(jobs).then(
    (): Ending => ({ kind: "done" }),
    (error: unknown): Ending => ({ kind: "failed", error }),
  );
  const late = deps.clock.sleep(queue.limits.timeoutMs, timer.signal).then(
    (): Ending => ({ kind: "late" }),
    () => handling,
  );
  const ending = await Promise.race([handling, late]);
  deps.instruments.handlerSeconds.observe((deps.clock.monotonic() - startedMs) / 1_000, labels);
  if (ending.kind === "done") {
    deps.instruments.completed.add(batch.length, labels);
    return batch.map(({ id }) => ({ id, status: "completed" }));
  }
  if (ending.kind === "failed") {
    return deps.batches.stopping
      ? release(deps, queue, batch)
      : settleFailed(deps, queue, batch, ending.error);
  }
  const error = jobErrors.job_timed_out({
    detail: `A job of ${queue.name} took longer than ${queue.limits.timeoutMs} ms.`,
  });
  handlers.abort(error);
  const results = await settleFailed(deps, queue, batch, error);
  // A handler that ignores its signal still occupies its place among the concurrent ones.
  await handling;
  return results;
}

async function settleFailed(
  deps: RunDeps,
  queue: Queue,
  batch: readonly Claimed[],
  error: unknown,
): Promise<JobResult[]> {
  const labels = { queue: queue.name };
  const dead = batch.filter((job) => job.retryCount >= queue.limits.retryLimit);
  const again = batch.filter((job) => !dead.includes(job));
  const waits = again.map((job) => retryWaitMs(queue.limits, job.retryCount, deps.random));
  deps.instruments.failed.add(batch.length, labels);
  deps.instruments.dead.add(dead.length, labels);
  const facts = { queue: queue.name, error };
  if (again.length > 0) {
    await putBack(deps, queue, again, waits, error);
    const nextTryMs = Math.min(...waits);
    deps.log.warn({ ...facts, ...idsOf(again), nextTryMs }, "a job failed and is tried again");
  }
  if (dead.length > 0) {
    deps.log.error({ ...facts, ...idsOf(dead) }, "a job failed for the last time");
  }
  const output = summaryOf(error);
  return [...left(again), ...dead.map(({ id }) => ({ id, status: "deadletter" as const, output }))];
}

async function release(
  deps: RunDeps,
  queue: Queue,
  batch: readonly Claimed[],
): Promise<JobResult[]> {
  deps.log.info({ queue: queue.name, ...idsOf(batch) }, "a job is left to another worker");
  const nowhere = batch.map(() => 0);
  await putBack(deps, queue, batch, nowhere, new Error("the process stopped"));
  return left(batch);
}

/** Fails these attempts and sets when each is tried again, as one change. */
async function putBack(
  deps: RunDeps,
  queue: Queue,
  batch: readonly Claimed[],
  waits: readonly number[],
  error: unknown,
): Promise<void> {
  const attempts = batch.map(({ id, retryCount }) => ({ id, retryCount }));
  const tables = deps.sql.tables<object>("jobs");
  await tables.transaction().execute(async (transaction) => {
    const db = databaseIn(deps.sql, transaction);
    await deps.boss.fail(queue.name, attempts, summaryOf(error), { db });
    for (const [index, { id }] of batch.entries()) {
      const startAfter = (waits[index] ?? 0) / 1_000;
      await deps.boss.update(queue.name, undefined, { id, startAfter, db });
    }
  });
}

/** Already settled by us: pg-boss finds these attempts no longer active and changes nothing. */
function left(batch: readonly Claimed[]): JobResult[] {
  return batch.map(({ id }) => ({ id, status: "completed" }));
}

function idsOf(batch: readonly Claimed[]): { jobIds: string[]; jobs: number } {
  return { jobIds: batch.slice(0, LOGGED_IDS_MAX).map(({ id }) => id), jobs: batch.length };
}

/** What is kept with the job: enough to see why, nothing of what an error may carry along. */
function summaryOf(error: unknown): { name: string; code?: string; message: string } {
  if (!(error instanceof Error)) return { name: "unknown", message: "not an Error" };
  const message = error.message.slice(0, STORED_MESSAGE_MAX);
  const code = "code" in error && typeof error.code === "string" ? { code: error.code } : {};
  return { name: error.name, ...code, message };
}
