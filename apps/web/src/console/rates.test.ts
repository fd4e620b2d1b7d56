import assert from "node:assert/strict";
import { test } from "node:test";
import type { PlatformStatus } from "tenfold/contract";
import { addReading, ratePoints, routeRates } from "./rates.ts";

function reading(second: number, requests: PlatformStatus["requests"], pid = 1): PlatformStatus {
  return {
    version: "0.1.0",
    startedAt: "2026-01-01T00:00:00.000Z",
    readAt: new Date(Date.UTC(2026, 0, 1, 0, 0, second)).toISOString(),
    role: "all",
    systems: [],
    process: { pid, residentBytes: 0, heapBytes: 0, cpuSeconds: second / 4 },
    checks: [],
    requests,
    jobs: [],
  };
}

test("a rate is the difference of two readings over the time between them", () => {
  const readings = [
    reading(0, [{ route: "GET /a", total: 10, failed: 1, secondsSum: 1 }]),
    reading(2, [{ route: "GET /a", total: 30, failed: 5, secondsSum: 1.1 }]),
  ];
  const [point] = ratePoints(readings);
  assert.equal(point?.requestsPerSecond, 10);
  assert.equal(point?.errorsPerSecond, 2);
  assert.ok(Math.abs((point?.meanMs ?? 0) - 5) < 1e-9);
  assert.equal(point?.cpuPercent, 25);
});

test("without requests there is no mean latency, rather than zero", () => {
  const same = [{ route: "GET /a", total: 10, failed: 0, secondsSum: 1 }];
  assert.equal(ratePoints([reading(0, same), reading(2, same)])[0]?.meanMs, undefined);
});

test("readings of another process start anew, and the same reading is taken once", () => {
  const first = addReading([], reading(0, []));
  assert.equal(addReading(first, reading(0, [])).length, 1);
  assert.equal(addReading(first, reading(2, [])).length, 2);
  assert.equal(addReading(first, reading(2, [], 7)).length, 1);
});

test("routes are ranked by their rate over the window, a route that is new counts from zero", () => {
  const readings = [
    reading(0, [{ route: "GET /old", total: 1000, failed: 0, secondsSum: 1 }]),
    reading(2, [
      { route: "GET /old", total: 1000, failed: 0, secondsSum: 1 },
      { route: "GET /new", total: 4, failed: 0, secondsSum: 0.4 },
    ]),
  ];
  const rates = routeRates(readings, 5);
  assert.deepEqual(
    rates.map(({ route, requestsPerSecond }) => [route, requestsPerSecond]),
    [
      ["GET /new", 2],
      ["GET /old", 0],
    ],
  );
});
