/** pg-boss, set up: what it does by itself, how often, and what it reports. */
import type { Log } from "@tenfold/core";
import type { Sql } from "@tenfold/sql";
import { PgBoss } from "pg-boss";
import { toSeconds, type JobsOptions } from "./options.ts";

/** A warning with each supervision that our own depth metric tells better. */
const EXPECTED_WARNINGS = new Set(["queue_backlog"]);

export interface EngineDeps {
  sql: Sql;
  log: Log;
}

/** pg-boss as we want it. `works` when this process runs handlers. */
export function createEngine(
  deps: EngineDeps,
  options: Required<JobsOptions>,
  works: boolean,
): PgBoss {
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
