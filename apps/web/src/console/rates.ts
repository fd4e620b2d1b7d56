/**
 * From running totals to rates. The server tells totals since it started; a
 * rate is the difference of two readings over the time between them.
 */
import type { PlatformStatus } from "tenfold/contract";

/** Five minutes at one reading per two seconds. */
const READINGS_MAX = 150;

/** Rates at one moment, over the time since the reading before. */
export interface RatePoint {
  /** RFC 3339. */
  time: string;
  requestsPerSecond: number;
  errorsPerSecond: number;
  /** Mean of the requests answered in between; undefined when there were none. */
  meanMs: number | undefined;
  /** Of one core. */
  cpuPercent: number;
}

export interface RouteRate {
  route: string;
  total: number;
  failed: number;
  requestsPerSecond: number;
  meanMs: number | undefined;
}

/** Adds a reading. Another process's readings cannot be compared, so they start anew. */
export function addReading(
  readings: readonly PlatformStatus[],
  next: PlatformStatus,
): readonly PlatformStatus[] {
  const last = readings.at(-1);
  if (last === undefined) return [next];
  if (last.readAt === next.readAt) return readings;
  const sameProcess = last.process.pid === next.process.pid && last.startedAt === next.startedAt;
  return sameProcess ? [...readings, next].slice(-READINGS_MAX) : [next];
}

function secondsBetween(before: PlatformStatus, after: PlatformStatus): number {
  return (Date.parse(after.readAt) - Date.parse(before.readAt)) / 1000;
}

interface Totals {
  total: number;
  failed: number;
  secondsSum: number;
}

function totalsOf({ requests }: PlatformStatus): Totals {
  const sum = { total: 0, failed: 0, secondsSum: 0 };
  for (const { total, failed, secondsSum } of requests) {
    sum.total += total;
    sum.failed += failed;
    sum.secondsSum += secondsSum;
  }
  return sum;
}

function meanMs(before: Totals, after: Totals): number | undefined {
  const requests = after.total - before.total;
  return requests <= 0 ? undefined : (1000 * (after.secondsSum - before.secondsSum)) / requests;
}

/** A point per pair of neighbouring readings, oldest first. */
export function ratePoints(readings: readonly PlatformStatus[]): RatePoint[] {
  return readings.flatMap((after, at) => {
    const before = readings[at - 1];
    const seconds = before === undefined ? 0 : secondsBetween(before, after);
    if (before === undefined || seconds <= 0) return [];
    const [one, other] = [totalsOf(before), totalsOf(after)];
    return [
      {
        time: after.readAt,
        requestsPerSecond: (other.total - one.total) / seconds,
        errorsPerSecond: (other.failed - one.failed) / seconds,
        meanMs: meanMs(one, other),
        cpuPercent: (100 * (after.process.cpuSeconds - before.process.cpuSeconds)) / seconds,
      },
    ];
  });
}

/** Each route over the last readings, busiest first. */
export function routeRates(readings: readonly PlatformStatus[], window: number): RouteRate[] {
  const after = readings.at(-1);
  if (after === undefined) return [];
  const before = readings.at(-1 - window) ?? readings[0] ?? after;
  const seconds = secondsBetween(before, after);
  const earlier = new Map(before.requests.map((route) => [route.route, route]));
  return after.requests
    .map((now) => {
      const then = earlier.get(now.route) ?? { total: 0, failed: 0, secondsSum: 0 };
      return {
        route: now.route,
        total: now.total,
        failed: now.failed,
        requestsPerSecond: seconds <= 0 ? 0 : (now.total - then.total) / seconds,
        meanMs: meanMs(then, now),
      };
    })
    .sort(
      (one, other) => other.requestsPerSecond - one.requestsPerSecond || other.total - one.total,
    );
}
