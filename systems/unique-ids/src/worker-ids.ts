/**
 * Worker IDs from this database: leased in `tenfold.leases`, their time marks
 * in `unique_ids.time_marks`. The process makes the IDs of its own rows with
 * one, and this system, which answers to strangers, has another: however many
 * IDs are asked for over HTTP, nobody's rows wait for them.
 */
import type { Clock, Log, Metrics } from "@tenfold/core";
import type { Lease, Sql } from "@tenfold/sql";
import { createWorkerIds, uniqueIdErrors, type WorkerIds } from "@tenfold/unique-id";
import { uniqueIdsDefaults, type UniqueIdsOptions } from "./options.ts";
import { sqlTimeMarks } from "./store.ts";

/** The lease of a worker ID; slot ÷ 32 is the data centre, the rest the worker. */
export const workerIdLease = { name: "worker-id", slots: 1024, ttlMs: 10_000 };

/** Longer than a lease that nobody renews lasts. */
const PATIENCE_MS = 30_000;

export interface WorkerIdsFromSql {
  sql: Pick<Sql, "query" | "acquireLease">;
  clock: Clock;
  log: Log;
  metrics: Metrics;
  /** Who uses the IDs: a label of the metrics. */
  use: "rows" | "http";
}

/**
 * Unique IDs on a leased worker ID; a lost one is replaced in the background.
 * `start()` throws `no_worker_id` when all 1,024 stay taken.
 */
export function openWorkerIds(
  { sql, clock, log, metrics, use }: WorkerIdsFromSql,
  given: Partial<UniqueIdsOptions> = {},
): WorkerIds {
  const labels = { use };
  const overflows = metrics.counter({
    name: "tenfold_unique_id_overflows_total",
    help: "Milliseconds that were full of IDs, so that the next was borrowed",
    labels: ["use"],
  });
  const steps = metrics.counter({
    name: "tenfold_unique_id_clock_steps_total",
    help: "Times the clock was set, as the ID generator saw it",
    labels: ["use", "direction"],
  });
  const lost = metrics.counter({
    name: "tenfold_unique_id_leases_lost_total",
    help: "Worker IDs that were lost and replaced",
    labels: ["use"],
  });
  return createWorkerIds(
    {
      clock,
      log,
      marks: sqlTimeMarks(sql),
      acquire: (signal) => acquireInTime({ sql, clock }, signal),
      observer: {
        overflowed: (ticks) => overflows.add(ticks, labels),
        steppedBack(ms) {
          steps.add(1, { use, direction: "back" });
          log.warn({ ms, use }, "the clock was set back; unique IDs go on rising");
        },
        steppedAhead(ms) {
          steps.add(1, { use, direction: "ahead" });
          log.warn({ ms, use }, "the clock was set ahead");
        },
        leaseLost: () => lost.add(1, labels),
      },
    },
    { ...uniqueIdsDefaults, ...given },
  );
}

async function acquireInTime(
  { sql, clock }: Pick<WorkerIdsFromSql, "sql" | "clock">,
  signal: AbortSignal,
): Promise<Lease> {
  const impatient = new AbortController();
  const done = new AbortController();
  // Only the abort of `done` rejects: the lease came in time.
  void clock.sleep(PATIENCE_MS, done.signal).then(
    () => impatient.abort(),
    () => undefined,
  );
  try {
    return await sql.acquireLease(workerIdLease, AbortSignal.any([signal, impatient.signal]));
  } catch (cause) {
    if (!impatient.signal.aborted || signal.aborted) throw cause;
    throw uniqueIdErrors.no_worker_id({
      detail: `All ${workerIdLease.slots} worker IDs of this database are taken.`,
      hint: "Each running process takes two; one that was killed keeps its for 10 seconds.",
      cause,
    });
  } finally {
    done.abort();
  }
}
