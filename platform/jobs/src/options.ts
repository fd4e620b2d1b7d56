/** What can be tuned, with the defaults that a real deployment wants. */
export interface JobsOptions {
  /** How soon delayed and retried jobs are seen; new ones wake their workers. ≥ 500. */
  pollMs?: number;
  /** A worker silent for this long has lost its jobs. Whole seconds, ≥ 10,000. */
  heartbeatMs?: number;
  /** How often lost jobs and full tables are looked for. Whole seconds, ≥ 1,000. */
  superviseMs?: number;
  /** How often cron lines are looked at. Whole seconds, 1,000 to 45,000. */
  cronCheckMs?: number;
  /** How long `stop()` lets running handlers finish before it aborts their signals. */
  stopGraceMs?: number;
  /** How long completed and failed jobs stay readable in the table. Whole seconds. */
  keepFinishedMs?: number;
  /** How long a job may wait, or rest in the dead letters. Whole seconds. */
  keepWaitingMs?: number;
  /** Connections of the workers' own pool; one more listens. */
  connectionsMax?: number;
}

/** A crashed worker's job runs again after at most heartbeat + supervise + poll = 22 s. */
export const defaultJobsOptions: Readonly<Required<JobsOptions>> = Object.freeze({
  pollMs: 2_000,
  heartbeatMs: 15_000,
  superviseMs: 5_000,
  cronCheckMs: 5_000,
  stopGraceMs: 10_000,
  keepFinishedMs: 10 * 60_000,
  keepWaitingMs: 365 * 24 * 3_600_000,
  connectionsMax: 6,
});

/** Whole seconds, the unit of the engine. */
export function toSeconds(ms: number): number {
  return Math.ceil(ms / 1_000);
}
