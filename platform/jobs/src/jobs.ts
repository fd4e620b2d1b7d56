/**
 * The jobs port: durable background work.
 *
 * Contract
 * - A job enqueued in a transaction exists exactly when that transaction
 *   commits. Without one, it exists when `enqueue` resolves.
 * - Delivery is at least once: a handler must be idempotent by `job.id` or by
 *   a key in its data.
 * - A handler that throws is tried again after an exponential, jittered delay,
 *   `retryLimit` times; then the job rests in its queue's dead letters until
 *   someone redrives it.
 * - A worker that dies is noticed by its missing heartbeat; its jobs run again
 *   elsewhere within 30 s.
 */
import type { Service } from "@tenfold/core";
import type { AnyTransaction } from "@tenfold/sql";
import type { Static, TSchema } from "typebox";

export interface JobSpec<Data extends TSchema = TSchema> {
  /** `<system>.<verb>-<noun>`, `url-shortener.fetch-title`. */
  name: string;
  /** Checked when enqueued and again before the handler sees it. */
  data: Data;
  /** Tries after the first. Default 5. */
  retryLimit?: number;
  /** Before the first retry; doubles each time. Default 1,000 ms. */
  retryDelayMs?: number;
  /** No delay grows beyond this. Default 10 minutes. */
  retryDelayMsMax?: number;
  /** A try that takes longer counts as failed. Default 15 minutes. */
  timeoutMs?: number;
}

export interface EnqueueOptions {
  transaction?: AnyTransaction;
  /** Not before this long from now. */
  delayMs?: number;
  /** Higher first. Default 0. */
  priority?: number;
  /** At most one waiting job per key; another is not added. */
  key?: string;
}

export interface Job<Data> {
  id: string;
  data: Data;
  /** 0 on the first try. */
  retries: number;
  /** Aborted when the process stops or the job's time is up. */
  signal: AbortSignal;
}

export interface WorkOptions {
  /** Handlers at once in this process. Default 1. */
  concurrency?: number;
  /** Jobs given to a batch handler at once, at most. Default 1. */
  batchMax?: number;
}

/** A handler bound to its spec: what a system hands to the platform. */
export interface JobWorker {
  spec: JobSpec;
  options: WorkOptions;
  /** Cron line in UTC: the platform enqueues one job (with `cronData`) each time, once per cluster. */
  cron?: string;
  cronData?: unknown;
  handle(jobs: readonly Job<unknown>[]): Promise<void>;
}

export interface QueueCounts {
  name: string;
  waiting: number;
  active: number;
  delayed: number;
  dead: number;
}

export interface Jobs extends Service {
  /** Answers the job's ID, or `undefined` when `key` found one waiting. */
  enqueue<Data extends TSchema>(
    spec: JobSpec<Data>,
    data: Static<Data>,
    options?: EnqueueOptions,
  ): Promise<string | undefined>;
  enqueueMany<Data extends TSchema>(
    spec: JobSpec<Data>,
    data: readonly Static<Data>[],
    options?: Omit<EnqueueOptions, "key">,
  ): Promise<void>;
  /** Declares queues (all roles) and, when `run`, works them. Before `start`. */
  register(workers: readonly JobWorker[], options: { run: boolean }): void;
  counts(): Promise<readonly QueueCounts[]>;
  /** Puts dead jobs of a queue back to work; answers how many. */
  redrive(name: string): Promise<number>;
}

/** Binds a handler that takes one job at a time. */
export function worker<Data extends TSchema>(
  spec: JobSpec<Data>,
  handle: (job: Job<Static<Data>>) => Promise<void>,
  options: WorkOptions & { cron?: string; cronData?: Static<Data> } = {},
): JobWorker {
  const { cron, cronData, ...work } = options;
  return {
    spec,
    options: { ...work, batchMax: 1 },
    ...(cron === undefined ? {} : { cron, cronData }),
    handle: async (jobs) => {
      // The platform has checked the data against the spec's schema.
      for (const job of jobs) await handle(job as Job<Static<Data>>);
    },
  };
}

/** Binds a handler that takes up to `batchMax` jobs; it fails or succeeds as a whole. */
export function batchWorker<Data extends TSchema>(
  spec: JobSpec<Data>,
  handle: (jobs: readonly Job<Static<Data>>[]) => Promise<void>,
  options: WorkOptions & { batchMax: number },
): JobWorker {
  return {
    spec,
    options,
    handle: (jobs) => handle(jobs as readonly Job<Static<Data>>[]),
  };
}
