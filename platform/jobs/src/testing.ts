/** What this piece's own tests share: jobs on a fresh database, and things to wait for. */
import {
  silentLog,
  systemClock,
  systemRandom,
  type Counter,
  type Log,
  type Metrics,
} from "@tenfold/core";
import type { Sql } from "@tenfold/sql";
import { createTestSql } from "@tenfold/sql/testing";
import { Type } from "typebox";
import type { JobSpec, Jobs, JobWorker } from "./jobs.ts";
import { openJobs } from "./open.ts";
import type { JobsOptions } from "./options.ts";

export const Data = Type.Object({ n: Type.Integer() });
export const spec = {
  name: "test.do-thing",
  data: Data,
  retryDelayMs: 0,
} satisfies JobSpec<typeof Data>;

/** As quick as the engine allows, so that tests are too. */
export const quick: JobsOptions = {
  pollMs: 500,
  heartbeatMs: 10_000,
  superviseMs: 1_000,
  cronCheckMs: 1_000,
  stopGraceMs: 5_000,
};

/** Counters by name and queue, and nothing else. */
export function countingMetrics(): { metrics: Metrics; totals: Map<string, number> } {
  const totals = new Map<string, number>();
  const counter = (name: string): Counter => ({
    add: (count = 1) => totals.set(name, (totals.get(name) ?? 0) + count),
  });
  const metrics: Metrics = {
    counter: ({ name }) => counter(name),
    gauge: () => ({ set: () => undefined }),
    histogram: () => ({ observe: () => undefined }),
  };
  return { metrics, totals };
}

/** Everything that is logged, one JSON text per line. */
export function keepingLog(lines: string[]): Log {
  const keep = (fields: object, message: string): void => {
    lines.push(JSON.stringify({ ...fields, message }));
  };
  const log: Log = { debug: keep, info: keep, warn: keep, error: keep, child: () => log };
  return log;
}

export interface OpenedJobs extends AsyncDisposable {
  sql: Sql;
  jobs: Jobs;
  /** Another process's view: its own jobs on the same database. */
  another(workers: readonly JobWorker[], run: boolean, options?: JobsOptions): Promise<Jobs>;
}

export interface TestJobsOptions extends JobsOptions {
  run?: boolean;
  metrics?: Metrics;
  log?: Log;
}

/** Started jobs with these workers, on a database of their own. */
export async function openTestJobs(
  workers: readonly JobWorker[],
  {
    run = true,
    metrics = countingMetrics().metrics,
    log = silentLog,
    ...options
  }: TestJobsOptions = {},
): Promise<OpenedJobs> {
  const sql = await createTestSql();
  const all: Jobs[] = [];
  const another: OpenedJobs["another"] = async (others, runs, given = {}) => {
    const deps = { sql, log, metrics, clock: systemClock, random: systemRandom };
    const jobs = openJobs(deps, { ...quick, ...options, ...given });
    all.push(jobs);
    jobs.register(others, { run: runs });
    await jobs.start();
    return jobs;
  };
  const jobs = await another(workers, run);
  return {
    sql,
    jobs,
    another,
    async [Symbol.asyncDispose]() {
      for (const one of all) await one.stop();
      await sql.stop();
    },
  };
}

/** A list that can be awaited until it is long enough. */
export function inbox<Item>(): {
  items: Item[];
  push(item: Item): void;
  length(n: number): Promise<Item[]>;
} {
  const items: Item[] = [];
  let changed = Promise.withResolvers<void>();
  return {
    items,
    push(item) {
      items.push(item);
      changed.resolve();
      changed = Promise.withResolvers();
    },
    async length(n) {
      while (items.length < n) await changed.promise;
      return items;
    },
  };
}

/** Asks again until the answer is yes; the test's own time limit ends it otherwise. */
export async function until(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds())) await systemClock.sleep(20);
}

/** No try is allowed to fail, and still a lost one is made up for. */
export const crashing = { ...spec, name: "test.do-crash", retryLimit: 0 };
