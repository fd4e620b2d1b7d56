/**
 * Metrics as a port, in Prometheus's terms. Names are `tenfold_<what>_<unit>`
 * (counters end in `_total`); label values must come from a small fixed set.
 */

export type Labels = Readonly<Record<string, string>>;

export interface Counter {
  add(count?: number, labels?: Labels): void;
}

export interface Gauge {
  set(value: number, labels?: Labels): void;
}

export interface Histogram {
  observe(value: number, labels?: Labels): void;
}

export interface MetricSpec {
  name: string;
  help: string;
  labels?: readonly string[];
}

export interface Metrics {
  /** Asking again for the same name gives the same counter. So for the others. */
  counter(spec: MetricSpec): Counter;
  /** `read` is called when metrics are collected; without it, `set` is used. */
  gauge(spec: MetricSpec & { read?: () => number }): Gauge;
  /** `buckets` are upper bounds in the unit of the name. */
  histogram(spec: MetricSpec & { buckets?: readonly number[] }): Histogram;
}

const nothing = (): void => undefined;

/** Measures nothing. The default of libraries. */
export const noMetrics: Metrics = Object.freeze({
  counter: () => ({ add: nothing }),
  gauge: () => ({ set: nothing }),
  histogram: () => ({ observe: nothing }),
});
