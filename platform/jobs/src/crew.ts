/**
 * The engine and its workers over their lifetime.
 *
 *   stop():  no new jobs ─▶ grace ─▶ signals abort ─▶ 2 s ─▶ jobs are given away
 *            └────────── at any point: every handler has returned ──────────┘
 */
import type { Clock, Log, Random } from "@tenfold/core";
import type { Sql } from "@tenfold/sql";
import type { PgBoss } from "pg-boss";
import { Batches } from "./batches.ts";
import { measureDepth } from "./depth.ts";
import { createEngine } from "./engine.ts";
import { jobErrors } from "./errors.ts";
import type { Instruments } from "./instruments.ts";
import type { JobsOptions } from "./options.ts";
import { declareCron, declareQueues, type Queue } from "./queues.ts";
import { runBatch, type Claimed, type RunDeps } from "./run.ts";

/** Between aborting the handlers' signals and giving their jobs away regardless. */
const ABORTED_GRACE_MS = 2_000;

export interface CrewDeps {
  sql: Sql;
  log: Log;
  clock: Clock;
  random: Random;
  instruments: Instruments;
}

export class Crew {
  readonly #deps: CrewDeps;
  readonly #options: Required<JobsOptions>;
  readonly #workerIds = new Map<string, string[]>();
  readonly #measuring = new AbortController();
  readonly #batches = new Batches();
  #engine: PgBoss | undefined;
  #measured: Promise<void> | undefined;

  constructor(deps: CrewDeps, options: Required<JobsOptions>) {
    this.#deps = deps;
    this.#options = options;
  }

  /** True once starting has begun, until all is stopped. */
  get running(): boolean {
    return this.#engine !== undefined;
  }

  /** Throws `jobs_not_running` unless `running`. */
  requireRunning(): void {
    void this.engine;
  }

  /** The engine; throws `jobs_not_running` before `start` and after `stop`. */
  get engine(): PgBoss {
    if (this.#engine !== undefined) return this.#engine;
    throw jobErrors.jobs_not_running({ detail: "The jobs are not started, or stopped." });
  }

  /** Migrates, declares the queues and the cron lines, and sets the workers to work. */
  async start(queues: readonly Queue[]): Promise<void> {
    const worked = queues.filter((queue) => queue.run);
    const engine = createEngine(this.#deps, this.#options, worked.length > 0);
    this.#engine = engine;
    await engine.start();
    await declareQueues(engine, queues, this.#options);
    await declareCron(engine, worked);
    for (const queue of worked) await this.#work(engine, queue);
    if (worked.length === 0) return;
    this.#measured = measureDepth(this.#deps, queues, this.#measuring.signal);
  }

  /** Resolves when every handler has returned or had its time, and all connections are closed. */
  async stop(): Promise<void> {
    this.#measuring.abort();
    await this.#measured;
    const { stopGraceMs } = this.#options;
    const allReturned = new AbortController();
    const grace = this.#deps.clock.sleep(stopGraceMs, allReturned.signal).then(
      () => this.#batches.stop(new Error("the process is stopping")),
      () => undefined,
    );
    await this.#engine?.stop({ graceful: true, timeout: stopGraceMs + ABORTED_GRACE_MS });
    allReturned.abort();
    await grace;
    this.#batches.abandon();
    this.#engine = undefined;
  }

  /** Has this process's workers of a queue look for jobs now. */
  wake(name: string): void {
    for (const id of this.#workerIds.get(name) ?? []) this.#engine?.notifyWorker(id);
  }

  /** Each of a queue's places is a worker of its own, so that we know all their IDs. */
  async #work(engine: PgBoss, queue: Queue): Promise<void> {
    const run: RunDeps = { ...this.#deps, boss: engine, batches: this.#batches };
    const pollSeconds = this.#options.pollMs / 1_000;
    const settings = {
      batchSize: queue.batchMax,
      perJobResults: true,
      pollingIntervalSeconds: pollSeconds,
      notifyPollingIntervalSeconds: pollSeconds,
      heartbeatRefreshSeconds: this.#options.heartbeatMs / 4_000,
    } as const;
    const ids: string[] = [];
    this.#workerIds.set(queue.name, ids);
    for (let place = 0; place < queue.concurrency; place++) {
      const id = await engine.work<object>(queue.name, settings, async (batch: Claimed[]) => {
        // Where there was one there may be more: fetch again at once, until a fetch is empty.
        engine.notifyWorker(ids[place] ?? "");
        return runBatch(run, queue, batch);
      });
      ids.push(id);
    }
  }
}
