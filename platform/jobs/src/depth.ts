/** Measuring the depth of the queues from time to time, for as long as a process works. */
import type { Clock, Log } from "@tenfold/core";
import type { Sql } from "@tenfold/sql";
import { readCounts } from "./counts.ts";
import type { Instruments } from "./instruments.ts";
import type { Queue } from "./queues.ts";

const DEPTH_EVERY_MS = 15_000;

export interface DepthDeps {
  sql: Sql;
  log: Log;
  clock: Clock;
  instruments: Instruments;
}

/** Resolves once `signal` is aborted; a database that is away is logged and outlived. */
export async function measureDepth(
  deps: DepthDeps,
  queues: readonly Queue[],
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    try {
      for (const { name, ...states } of await readCounts(deps.sql, queues)) {
        for (const [state, count] of Object.entries(states)) {
          deps.instruments.depth.set(count, { queue: name, state });
        }
      }
    } catch (error) {
      deps.log.warn({ error }, "the depth of the queues could not be read");
    }
    // Rejects only when aborted, and then the loop ends.
    await deps.clock.sleep(DEPTH_EVERY_MS, signal).catch(() => undefined);
  }
}
