/** Answers the console: what this process is, what it stands on, what it has served. */
import process from "node:process";
import type { Clock } from "@tenfold/core";
import { bind, type BoundRoutes } from "@tenfold/http";
import type { Jobs } from "@tenfold/jobs";
import { consoleRoutes, type PlatformStatus } from "./contract.ts";
import { readVersion } from "./version.ts";

export interface RequestCount {
  route: string;
  requests: Readonly<Record<number, number>>;
  durationSecondsSum: number;
}

export interface ConsoleDeps {
  clock: Clock;
  jobs: Jobs;
  role: string;
  /** Where `/` leads. */
  home: string;
  systems: readonly string[];
  checks: readonly { name: string; check: () => Promise<void> }[];
  requestCounts: () => readonly RequestCount[];
}

export function createConsole(deps: ConsoleDeps): BoundRoutes {
  const startedAt = new Date(deps.clock.now()).toISOString();
  const version = readVersion();
  return bind("platform", consoleRoutes, {
    "GET /": () => ({ status: 302, headers: { location: deps.home } }),
    "GET /v1/platform/status": async () => ({
      status: 200,
      body: {
        version,
        startedAt,
        readAt: new Date(deps.clock.now()).toISOString(),
        role: deps.role,
        systems: [...deps.systems],
        process: readProcess(),
        checks: await Promise.all(deps.checks.map(runCheck)),
        requests: deps.requestCounts().map(summarise),
        // Without SQL the page must still say that SQL is away.
        jobs: [...(await deps.jobs.counts().catch(() => []))],
      },
    }),
    "POST /v1/platform/jobs/{queue}/redrive": async ({ params }) => ({
      status: 200,
      body: { redriven: await deps.jobs.redrive(params.queue) },
    }),
  });
}

function readProcess(): PlatformStatus["process"] {
  const { rss, heapUsed } = process.memoryUsage();
  const { user, system } = process.cpuUsage();
  return {
    pid: process.pid,
    residentBytes: rss,
    heapBytes: heapUsed,
    cpuSeconds: (user + system) / 1_000_000,
  };
}

async function runCheck(
  entry: ConsoleDeps["checks"][number],
): Promise<PlatformStatus["checks"][number]> {
  try {
    await entry.check();
    return { name: entry.name, ok: true, detail: null };
  } catch (error) {
    return {
      name: entry.name,
      ok: false,
      detail: error instanceof Error ? error.message : String(error),
    };
  }
}

function summarise(count: RequestCount): PlatformStatus["requests"][number] {
  const byStatus = Object.entries(count.requests);
  const sum = (entries: readonly [string, number][]): number =>
    entries.reduce((total, [, requests]) => total + requests, 0);
  return {
    route: count.route,
    total: sum(byStatus),
    failed: sum(byStatus.filter(([status]) => Number(status) >= 400)),
    secondsSum: count.durationSecondsSum,
  };
}
