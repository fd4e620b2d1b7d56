/** Core's metrics port on prom-client, with a registry of its own. */
import type { Counter, Gauge, Histogram, Metrics, MetricSpec } from "@tenfold/core";
import * as prom from "prom-client";

export interface PromMetrics extends Metrics {
  /** Everything in Prometheus's text format. */
  text(): Promise<string>;
}

/** Metrics of this process; `processMetrics` adds CPU, memory, event loop and collections. */
export function promMetrics(options: { processMetrics?: boolean } = {}): PromMetrics {
  const registry = new prom.Registry();
  if (options.processMetrics === true) prom.collectDefaultMetrics({ register: registry });
  const common = ({ name, help, labels = [] }: MetricSpec) => ({
    name,
    help,
    labelNames: [...labels],
    registers: [registry],
  });
  return {
    counter: onceByName((spec: MetricSpec): Counter => {
      const counter = new prom.Counter(common(spec));
      return { add: (count = 1, labels = {}) => counter.inc(labels, count) };
    }),
    gauge: onceByName((spec: MetricSpec & { read?: () => number }): Gauge => {
      const { read } = spec;
      const gauge: prom.Gauge = new prom.Gauge({
        ...common(spec),
        ...(read === undefined ? {} : { collect: () => gauge.set(read()) }),
      });
      return { set: (value, labels = {}) => gauge.set(labels, value) };
    }),
    histogram: onceByName((spec: MetricSpec & { buckets?: readonly number[] }): Histogram => {
      const { buckets } = spec;
      const histogram = new prom.Histogram({
        ...common(spec),
        ...(buckets === undefined ? {} : { buckets: [...buckets] }),
      });
      return { observe: (value, labels = {}) => histogram.observe(labels, value) };
    }),
    text: () => registry.metrics(),
  };
}

/** The registry itself refuses a name that another kind of metric has taken. */
function onceByName<Spec extends MetricSpec, Made>(make: (spec: Spec) => Made) {
  const made = new Map<string, Made>();
  return (spec: Spec): Made => {
    let metric = made.get(spec.name);
    if (metric === undefined) made.set(spec.name, (metric = make(spec)));
    return metric;
  };
}
