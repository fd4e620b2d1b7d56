/**
 * The queues of this process, and how each looks to pg-boss.
 *
 * Every queue has the policy `short` (at most one job per key that has not been
 * tried) and a companion, `<name>/dead`, that holds its dead letters.
 *
 * Retries of failed handlers are counted and delayed here (see run.ts). What
 * pg-boss retries by itself are jobs whose worker died or stopped, and those at
 * once: hence no delay, and some tries on top so that a deploy or a crash never
 * kills a job whose handler has not failed too often.
 */
import type { PgBoss, Queue as PgQueue } from "pg-boss";
import { compileData, type DataCheck } from "./data.ts";
import { jobErrors } from "./errors.ts";
import type { JobSpec, JobWorker } from "./jobs.ts";
import { toSeconds, type JobsOptions } from "./options.ts";

/** Tries that a job may lose to crashes and restarts, beyond those its spec allows. */
export const LOST_TRIES_MAX = 10;
const HOUR_MS = 3_600_000;
const NAME = /^[a-z][a-z0-9-]*\.[a-z][a-z0-9-]*$/;

/** A registered queue with its limits filled in. */
export interface Queue {
  readonly name: string;
  readonly deadName: string;
  readonly worker: JobWorker;
  readonly run: boolean;
  readonly data: DataCheck;
  readonly limits: Readonly<Required<Omit<JobSpec, "name" | "data">>>;
  readonly concurrency: number;
  readonly batchMax: number;
}

function requireWhole(queue: string, values: Record<string, [number, number, number]>): void {
  for (const [name, [value, min, max]] of Object.entries(values)) {
    if (Number.isInteger(value) && value >= min && value <= max) continue;
    const detail = `${name} of ${queue} must be a whole number from ${min} to ${max}, not ${value}.`;
    throw jobErrors.job_options_invalid({ detail });
  }
}

/** Fills in the defaults of a worker and checks it; throws `job_options_invalid`. */
export function createQueue(worker: JobWorker, run: boolean): Queue {
  const { name } = worker.spec;
  if (!NAME.test(name) || name.length > 100) {
    const detail = `A queue is named <system>.<verb>-<noun>, not "${name}".`;
    throw jobErrors.job_options_invalid({ detail });
  }
  const limits = {
    retryLimit: worker.spec.retryLimit ?? 5,
    retryDelayMs: worker.spec.retryDelayMs ?? 1_000,
    retryDelayMsMax: worker.spec.retryDelayMsMax ?? 10 * 60_000,
    timeoutMs: worker.spec.timeoutMs ?? 15 * 60_000,
  };
  const concurrency = worker.options.concurrency ?? 1;
  const batchMax = worker.options.batchMax ?? 1;
  requireWhole(name, {
    retryLimit: [limits.retryLimit, 0, 100],
    retryDelayMs: [limits.retryDelayMs, 0, 24 * HOUR_MS],
    retryDelayMsMax: [limits.retryDelayMsMax, 0, 7 * 24 * HOUR_MS],
    timeoutMs: [limits.timeoutMs, 1, 23 * HOUR_MS],
    concurrency: [concurrency, 1, 100],
    batchMax: [batchMax, 1, 1_000],
  });
  const data = compileData(name, worker.spec.data);
  if (worker.cron !== undefined) data.accept(worker.cronData);
  return { name, deadName: `${name}/dead`, worker, run, data, limits, concurrency, batchMax };
}

type Settings = Omit<PgQueue, "name" | "policy" | "partition">;

function settingsOf(queue: Queue, options: Required<JobsOptions>): Settings {
  return {
    notify: true,
    deadLetter: queue.deadName,
    retryLimit: queue.limits.retryLimit + LOST_TRIES_MAX,
    retryDelay: 0,
    retryBackoff: false,
    // A backstop behind our own clock, which is exact and knows the retry rules.
    expireInSeconds: toSeconds(queue.limits.timeoutMs) + 60,
    heartbeatSeconds: toSeconds(options.heartbeatMs),
    retentionSeconds: toSeconds(options.keepWaitingMs),
    deleteAfterSeconds: toSeconds(options.keepFinishedMs),
  };
}

/** Makes what is missing and brings what exists up to date. Safe in several processes at once. */
export async function declareQueues(
  boss: PgBoss,
  queues: readonly Queue[],
  options: Required<JobsOptions>,
): Promise<void> {
  if (queues.length === 0) return;
  const names = queues.flatMap((queue) => [queue.name, queue.deadName]);
  const found = new Set((await boss.getQueues(names)).map((queue) => queue.name));
  const keep = {
    retentionSeconds: toSeconds(options.keepWaitingMs),
    deleteAfterSeconds: toSeconds(options.keepFinishedMs),
  };
  for (const queue of queues) {
    const settings = settingsOf(queue, options);
    if (!found.has(queue.deadName)) {
      await boss.createQueue(queue.deadName, { policy: "standard", ...keep });
    }
    if (found.has(queue.name)) await boss.updateQueue(queue.name, settings);
    else await boss.createQueue(queue.name, { policy: "short", ...settings });
  }
}

/** Sets the cron line of each worked queue, or takes away the one it had. */
export async function declareCron(boss: PgBoss, queues: readonly Queue[]): Promise<void> {
  for (const { name, worker } of queues) {
    if (worker.cron === undefined) {
      await boss.unschedule(name);
    } else {
      // After an outage one job makes up for all the times that were missed.
      const options = { tz: "UTC", missed: "once" } as const;
      await boss.schedule(name, worker.cron, toObject(worker.cronData), options);
    }
  }
}

function toObject(data: unknown): object {
  return typeof data === "object" && data !== null ? data : {};
}
