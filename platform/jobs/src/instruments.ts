/** What is measured, one place for names and units. */
import type { Counter, Gauge, Histogram, Metrics } from "@tenfold/core";

export interface Instruments {
  enqueued: Counter;
  completed: Counter;
  failed: Counter;
  dead: Counter;
  handlerSeconds: Histogram;
  depth: Gauge;
}

/** All are labelled by `queue`; the depth also by `state`. */
export function createInstruments(metrics: Metrics): Instruments {
  const labels = ["queue"];
  return {
    enqueued: metrics.counter({
      name: "tenfold_jobs_enqueued_total",
      help: "Jobs enqueued, also those whose transaction was then rolled back",
      labels,
    }),
    completed: metrics.counter({
      name: "tenfold_jobs_completed_total",
      help: "Jobs whose handler returned",
      labels,
    }),
    failed: metrics.counter({
      name: "tenfold_jobs_failed_total",
      help: "Tries that failed, including the last ones",
      labels,
    }),
    dead: metrics.counter({
      name: "tenfold_jobs_dead_total",
      help: "Jobs that failed for the last time and went to the dead letters",
      labels,
    }),
    handlerSeconds: metrics.histogram({
      name: "tenfold_jobs_handler_seconds",
      help: "How long a handler ran, for one job or one batch",
      labels,
      buckets: [0.001, 0.005, 0.02, 0.1, 0.5, 2, 10, 60, 300],
    }),
    depth: metrics.gauge({
      name: "tenfold_jobs_depth",
      help: "Jobs in a queue by state: waiting, active, delayed, dead",
      labels: ["queue", "state"],
    }),
  };
}
