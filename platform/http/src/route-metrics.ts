/**
 * Requests and durations by route. One small array per route, incremented in
 * place: a request costs a handful of additions and no allocation. The text
 * for Prometheus is made when someone collects.
 */

/** Upper bounds in seconds. */
const BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10];

/** Counts one route. */
export interface RouteMeter {
  record(status: number, durationMs: number): void;
}

export interface RouteCount {
  route: string;
  /** By status. */
  requests: Readonly<Record<number, number>>;
  durationSecondsSum: number;
}

export interface RouteMetrics {
  meter(route: string): RouteMeter;
  counts: () => readonly RouteCount[];
  /** In Prometheus's text format. */
  text(): string;
}

class Meter implements RouteMeter {
  /** Indexed by status - 100, up to 599. */
  readonly statuses = new Float64Array(500);
  readonly buckets = new Float64Array(BUCKETS.length + 1);
  sumMs = 0;

  record(status: number, durationMs: number): void {
    const index = status - 100;
    this.statuses[index] = (this.statuses[index] ?? 0) + 1;
    this.sumMs += durationMs;
    const seconds = durationMs / 1000;
    let bucket = 0;
    while (bucket < BUCKETS.length && seconds > (BUCKETS[bucket] ?? 0)) bucket += 1;
    this.buckets[bucket] = (this.buckets[bucket] ?? 0) + 1;
  }

  requests(): Record<number, number> {
    const found: Record<number, number> = {};
    this.statuses.forEach((count, index) => {
      if (count > 0) found[index + 100] = count;
    });
    return found;
  }
}

export function createRouteMetrics(): RouteMetrics {
  const meters = new Map<string, Meter>();
  return {
    meter(route) {
      let meter = meters.get(route);
      if (meter === undefined) meters.set(route, (meter = new Meter()));
      return meter;
    },
    counts: () =>
      [...meters].map(([route, meter]) => ({
        route,
        requests: meter.requests(),
        durationSecondsSum: meter.sumMs / 1000,
      })),
    text: () => textOf(meters),
  };
}

function textOf(meters: ReadonlyMap<string, Meter>): string {
  const requests = [
    "# HELP tenfold_http_requests_total Answers by route and status.",
    "# TYPE tenfold_http_requests_total counter",
  ];
  const durations = [
    "# HELP tenfold_http_request_duration_seconds From the end of the headers to the answer, by route.",
    "# TYPE tenfold_http_request_duration_seconds histogram",
  ];
  for (const [route, meter] of meters) {
    const label = `route="${route.replace(/[\\"\n]/g, "\\$&")}"`;
    for (const [status, count] of Object.entries(meter.requests())) {
      requests.push(`tenfold_http_requests_total{${label},status="${status}"} ${count}`);
    }
    durations.push(...histogramLines(label, meter));
  }
  return [...requests, ...durations, ""].join("\n");
}

function histogramLines(label: string, meter: Meter): string[] {
  const name = "tenfold_http_request_duration_seconds";
  let total = 0;
  const lines: string[] = [];
  meter.buckets.forEach((count, index) => {
    total += count;
    lines.push(`${name}_bucket{${label},le="${BUCKETS[index] ?? "+Inf"}"} ${total}`);
  });
  if (total === 0) return [];
  return [
    ...lines,
    `${name}_sum{${label}} ${meter.sumMs / 1000}`,
    `${name}_count{${label}} ${total}`,
  ];
}
