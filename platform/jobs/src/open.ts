/** Opening the jobs port on pg-boss. Design and promises: README.md. */
import { createService, type Clock, type Log, type Metrics, type Random } from "@tenfold/core";
import type { Sql } from "@tenfold/sql";
import { readCounts } from "./counts.ts";
import { Crew } from "./crew.ts";
import { enqueueAll, enqueueOne, type EnqueueDeps } from "./enqueue.ts";
import { jobErrors } from "./errors.ts";
import { createInstruments } from "./instruments.ts";
import type { Jobs, JobSpec } from "./jobs.ts";
import { defaultJobsOptions, type JobsOptions } from "./options.ts";
import { createQueue, type Queue } from "./queues.ts";

export interface JobsDeps {
  sql: Sql;
  log: Log;
  metrics: Metrics;
  clock: Clock;
  random: Random;
}

/** Jobs moved per statement. */
const REDRIVE_BATCH = 1_000;

/** Durable background work in the schema `jobs` of `sql`'s database. Start `sql` first. */
export function openJobs(deps: JobsDeps, options: JobsOptions = {}): Jobs {
  const instruments = createInstruments(deps.metrics);
  const crew = new Crew({ ...deps, instruments }, { ...defaultJobsOptions, ...options });
  const queues = new Map<string, Queue>();

  const queueOf = (name: string): Queue => {
    const queue = queues.get(name);
    if (queue !== undefined) return queue;
    const hint = "Register its worker, with run: false where it is only enqueued.";
    throw jobErrors.job_queue_unknown({ detail: `There is no queue "${name}".`, hint });
  };
  const enqueueDeps = (): EnqueueDeps => ({ ...deps, instruments, boss: crew.engine });

  const service = createService({
    start: () => crew.start([...queues.values()]),
    stop: () => crew.stop(),
  });
  return {
    ...service,
    register(workers, { run }) {
      if (crew.running) throw new Error("register() after start()");
      for (const worker of workers) {
        const queue = createQueue(worker, run);
        if (queues.has(queue.name)) throw new Error(`two workers for the queue ${queue.name}`);
        queues.set(queue.name, queue);
      }
    },
    enqueue: async (spec: JobSpec, data: unknown, given = {}) =>
      enqueueOne(enqueueDeps(), queueOf(spec.name), data, given),
    enqueueMany: async (spec: JobSpec, data: readonly unknown[], given = {}) =>
      enqueueAll(enqueueDeps(), queueOf(spec.name), data, given),
    async counts() {
      crew.requireRunning();
      return readCounts(deps.sql, [...queues.values()]);
    },
    async redrive(name) {
      const { deadName } = queueOf(name);
      let total = 0;
      let moved: number;
      do {
        moved = await crew.engine.redrive(deadName, { limit: REDRIVE_BATCH });
        total += moved;
      } while (moved > 0);
      crew.wake(name);
      return total;
    },
  };
}
