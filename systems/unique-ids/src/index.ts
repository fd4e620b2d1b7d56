/** `@tenfold/unique-ids`: unique IDs over HTTP, and the worker IDs that every process needs. */
import type { Migration } from "@tenfold/sql";
import type { Platform, System } from "@tenfold/system";
import { timeMarks } from "../migrations/001-time-marks.ts";
import { bindIds } from "./http.ts";
import { uniqueIdsDefaults, type UniqueIdsOptions } from "./options.ts";
import { createIdService } from "./service.ts";
import { openWorkerIds } from "./worker-ids.ts";

export { idErrors } from "./errors.ts";
export { fromEnv, uniqueIdsDefaults, uniqueIdsSettings, type UniqueIdsOptions } from "./options.ts";
export { openWorkerIds, workerIdLease, type WorkerIdsFromSql } from "./worker-ids.ts";

/** In order; never changed once released. The process needs them too, before its first ID. */
export const uniqueIdsMigrations: readonly Migration[] = [timeMarks];

/** What the system stands on. */
export type UniqueIdsPlatform = Pick<Platform, "sql" | "clock" | "log" | "metrics">;

/** Makes the system; `start()` takes a worker ID. */
export function createUniqueIds(
  { platform }: { platform: UniqueIdsPlatform },
  options: Partial<UniqueIdsOptions> = {},
): System {
  const { sql, clock, metrics } = platform;
  const log = platform.log.child({ system: "unique-ids" });
  const settings = { ...uniqueIdsDefaults, ...options };
  const ids = openWorkerIds({ sql, clock, log, metrics, use: "http" }, settings);
  const made = metrics.counter({
    name: "tenfold_unique_ids_total",
    help: "Unique IDs given out over HTTP",
  });
  metrics.gauge({
    name: "tenfold_unique_id_ahead_ms",
    help: "How far the newest ID given out over HTTP is ahead of the clock, in ms",
    read: () => ids.aheadMs(),
  });
  return {
    start: () => ids.start(),
    stop: () => ids.stop(),
    [Symbol.asyncDispose]: () => ids.stop(),
    name: "unique-ids",
    migrations: uniqueIdsMigrations,
    routes: [bindIds(createIdService({ ids, clock, made }))],
    workers: [],
  };
}
