/** Opening the jobs port on pg-boss. Design and promises: README.md. */
import { createService, type Clock, type Log, type Metrics, type Random } from "@tenfold/core";
import type { Sql } from "@tenfold/sql";
import { PgBoss } from "pg-boss";
import { readCounts } from "./counts.ts";
import { enqueueAll, enqueueOne, type EnqueueDeps } from "./enqueue.ts";
import { jobErrors } from "./errors.ts";
import { createInstruments } from "./instruments.ts";
import type { Jobs, JobSpec } from "./jobs.ts";
import { defaultJobsOptions, toSeconds, type JobsOptions } from "./options.ts";
import { createQueue, declareCron, declareQueues, type Queue } from "./queues.ts";
import { runBatch, type Claimed, type RunDeps } from "./run.ts";

export interface JobsDeps {
  sql: Sql;
  log: Log;
  metrics: Metrics;
  clock: Clock;
  random: Random;
}

/** How often the depth of the queues is measured. */
const DEPTH_EVERY_MS = 15_000;
/** Between aborting the handlers' signals and giving their jobs away regardless. */
const ABORTED_GRACE_MS = 2_000;
const REDRIVE_BATCH = 1_000;
/** Passed by others with each supervision: told by our own depth metric instead. */
const EXPECTED_WARNINGS = new Set(["queue_backlog"]);

/** Durable background work in the schema `jobs` of `sql`'s database. Start `sql` first. */
export function openJobs(deps: JobsDeps, given: JobsOptions = {}): Jobs {
  const options = { ...defaultJobsOptions, ...given };
  const instruments = createInstruments(deps.metrics);
  const queues = new Map<string, Queue>();
  const workerIds = new Map<string, string[]>();
  const stopping = new AbortController();
  const background = new AbortController();
  let boss: PgBoss | undefined;
  let sampling: Promise<void> | undefined;

  const queueOf = (name: string): Queue => {
    const queue = queues.get(name);
    if (queue !== undefined) return queue;
    const hint = "Register its worker, with run: false where it is only enqueued.";
    throw jobErrors.job_queue_unknown({ detail: `There is no queue "${name}".`, hint });
  };
  const running = (): PgBoss => {
    if (boss !== undefined) return boss;
    throw jobErrors.jobs_not_running({ detail: "The jobs have not been started." });
  };
  const enqueueDeps = (): EnqueueDeps => ({ ...deps, instruments, boss: running() });

  /** Each of a queue's places is a worker of its own, so that we know all their IDs. */
  const work = async (engine: PgBoss, queue: Queue): Promise<void> => {
    const run: RunDeps = { ...deps, instruments, boss: engine, stopping: stopping.signal };
    const pollingIntervalSeconds = options.pollMs / 1_000;
    const settings = {
      batchSize: queue.batchMax,
      perJobResults: true,
      pollingIntervalSeconds,
      notifyPollingIntervalSeconds: pollingIntervalSeconds,
      heartbeatRefreshSeconds: options.heartbeatMs / 4_000,
    } as const;
    const ids: string[] = [];
    workerIds.set(queue.name, ids);
    for (let place = 0; place < queue.concurrency; place++) {
      const id = await engine.work<object>(queue.name, settings, async (batch: Claimed[]) => {
        // Where there was one there may be more: fetch again at once, until a fetch is empty.
        engine.notifyWorker(ids[place] ?? "");
        return runBatch(run, queue, batch);
      });
      ids.push(id);
    }
  };

  const sampleDepth = async (): Promise<void> => {
    for (;;) {
      for (const { name, ...states } of await readCounts(deps.sql, [...queues.values()])) {
        for (const [state, count] of Object.entries(states)) {
          instruments.depth.set(count, { queue: name, state });
        }
      }
      await deps.clock.sleep(DEPTH_EVERY_MS, background.signal);
    }
  };
  const keepSampling = async (): Promise<void> => {
    while (!background.signal.aborted) {
      await sampleDepth().catch(async (error: unknown) => {
        if (background.signal.aborted) return;
        deps.log.warn({ error }, "the depth of the queues could not be read");
        await deps.clock.sleep(DEPTH_EVERY_MS, background.signal).catch(() => undefined);
      });
    }
  };

  const service = createService({
    async start() {
      const all = [...queues.values()];
      const worked = all.filter((queue) => queue.run);
      const engine = createEngine(deps, options, worked.length > 0);
      boss = engine;
      await engine.start();
      await declareQueues(engine, all, options);
      await declareCron(engine, worked);
      for (const queue of worked) await work(engine, queue);
      if (worked.length > 0) sampling = keepSampling();
    },
    async stop() {
      background.abort();
      await sampling;
      const grace = new AbortController();
      const afterGrace = deps.clock.sleep(options.stopGraceMs, grace.signal).then(
        () => stopping.abort(new Error("the process is stopping")),
        () => undefined,
      );
      const timeout = options.stopGraceMs + ABORTED_GRACE_MS;
      await boss?.stop({ graceful: true, timeout });
      grace.abort();
      await afterGrace;
      boss = undefined;
    },
  });

  return {
    ...service,
    register(workers, { run }) {
      if (boss !== undefined) throw new Error("register() after start()");
      for (const worker of workers) {
        const queue = createQueue(worker, run);
        if (queues.has(queue.name)) throw new Error(`two workers for the queue ${queue.name}`);
        queues.set(queue.name, queue);
      }
    },
    enqueue: async (spec: JobSpec, data: unknown, enqueueOptions = {}) =>
      enqueueOne(enqueueDeps(), queueOf(spec.name), data, enqueueOptions),
    enqueueMany: async (spec: JobSpec, data: readonly unknown[], enqueueOptions = {}) =>
      enqueueAll(enqueueDeps(), queueOf(spec.name), data, enqueueOptions),
    async counts() {
      running();
      return readCounts(deps.sql, [...queues.values()]);
    },
    async redrive(name) {
      const { deadName } = queueOf(name);
      let total = 0;
      for (;;) {
        const moved = await running().redrive(deadName, { limit: REDRIVE_BATCH });
        total += moved;
        if (moved === 0) break;
      }
      for (const id of workerIds.get(name) ?? []) running().notifyWorker(id);
      return total;
    },
  };
}

function createEngine(deps: JobsDeps, options: Required<JobsOptions>, works: boolean): PgBoss {
  const engine = new PgBoss({
    connectionString: deps.sql.connectionString,
    application_name: "tenfold-jobs",
    schema: "jobs",
    max: options.connectionsMax,
    // Who only enqueues needs no listener, supervises nothing and fires no cron line.
    useListenNotify: works,
    supervise: works,
    schedule: works,
    superviseIntervalSeconds: toSeconds(options.superviseMs),
    monitorIntervalSeconds: toSeconds(options.superviseMs),
    maintenanceIntervalSeconds: 60,
    cronMonitorIntervalSeconds: toSeconds(options.cronCheckMs),
    cronWorkerIntervalSeconds: Math.min(2, toSeconds(options.cronCheckMs)),
    // Flows are not used: their resolver may sleep.
    flowIntervalSeconds: 3_600,
    registerInstance: false,
    openTelemetry: { enabled: false },
  });
  engine.on("error", (error) => deps.log.error({ error }, "the job engine met an error"));
  engine.on("warning", ({ message, data }) => {
    const type = "type" in data && typeof data.type === "string" ? data.type : "unknown";
    if (!EXPECTED_WARNINGS.has(type)) deps.log.warn({ type, message }, "the job engine warns");
  });
  return engine;
}
