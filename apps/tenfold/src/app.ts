/**
 * The composition root: one process of Tenfold, from settings to a listening
 * server. Everything is made here, with plain constructors; `start` goes up
 * the floors and `stop` comes down again, whatever had begun.
 *
 *   Postgres → SQL → state → worker ID → systems → jobs → HTTP
 */
import {
  createService,
  systemClock,
  systemRandom,
  type Clock,
  type Log,
  type Random,
  type Service,
} from "@tenfold/core";
import { createHttpServer, httpMigrations, promMetrics, type HttpServer } from "@tenfold/http";
import { openJobs, type Jobs } from "@tenfold/jobs";
import { createOutbound } from "@tenfold/outbound";
import type { Sql } from "@tenfold/sql";
import { openState, type State } from "@tenfold/state";
import type { Platform, System } from "@tenfold/system";
import type { PlatformConfig } from "./config.ts";
import { createConsole } from "./console.ts";
import { openDatabase } from "./database.ts";
import { choosePort, requirePort } from "./ports.ts";
import { lowerHelperThreads } from "./helper-threads.ts";
import { selectModules, type Built } from "./modules.ts";
import { enterProcessTable } from "./process-table.ts";
import { appMigrations, readSecret } from "./secret.ts";
import { isWebBuilt, webDist } from "./web-build.ts";

export interface AppDeps {
  log: Log;
  clock?: Clock;
  random?: Random;
  /** Told of each step, for people who wait. */
  progress?: (step: string) => void;
}

export interface AppSettings {
  config: PlatformConfig;
  /** Where the systems read their own settings from. */
  source: Readonly<Record<string, string | undefined>>;
}

export interface App extends Service {
  /** Where it listens, `http://127.0.0.1:8080`; throws before `start` has resolved. */
  readonly url: string;
  /** Throws before `start` has resolved. */
  readonly platform: Platform;
  /** The systems that run, by what they are to others. Empty before `start`. */
  readonly built: Built;
}

/** One process of the platform. Constructing it does nothing. */
export function createApp(given: AppDeps, settings: AppSettings): App {
  const deps = { clock: systemClock, random: systemRandom, progress: () => undefined, ...given };
  const built: Built = {};
  const undo: (() => Promise<void>)[] = [];
  let parts: { platform: Platform; http: HttpServer } | undefined;

  const running = (): { platform: Platform; http: HttpServer } => {
    if (parts === undefined) throw new Error("the app has not been started");
    return parts;
  };
  return {
    ...createService({
      start: async () => {
        parts = await startFloors({ deps, settings, built, undo });
      },
      stop: async () => {
        const failures: unknown[] = [];
        for (let step = undo.pop(); step !== undefined; step = undo.pop()) {
          await step().catch((error: unknown) => failures.push(error));
        }
        if (failures.length > 0) throw new AggregateError(failures, "some parts did not stop");
      },
    }),
    get url() {
      return running().http.url;
    },
    get platform() {
      return running().platform;
    },
    built,
  };
}

interface Start {
  deps: Required<AppDeps>;
  settings: AppSettings;
  built: Built;
  /** What has begun, in order; undone from the end. */
  undo: (() => Promise<void>)[];
}

async function startFloors(start: Start): Promise<{ platform: Platform; http: HttpServer }> {
  const { deps, settings, built, undo } = start;
  const { config } = settings;
  lowerHelperThreads();
  const modules = selectModules(config.TENFOLD_ONLY);
  // Before anything is made on disk.
  for (const module of modules) module.check(settings.source);
  await requirePort(config.TENFOLD_HOST, config.TENFOLD_PORT);
  const { platform, metrics } = await startPlatform(start);

  const systems = modules.map((module) => module.create(platform, settings.source, built));
  const { applied } = await platform.sql.migrate(
    systems.map(({ name, migrations }) => ({ system: name, migrations })),
  );
  if (applied.length > 0) deps.progress(`applied ${applied.length} migrations`);
  for (const system of systems) {
    undo.push(() => system.stop());
    await system.start();
  }

  const { jobs } = platform;
  const works = config.TENFOLD_ROLE !== "api";
  jobs.register(
    systems.flatMap(({ workers }) => workers),
    { run: works },
  );
  undo.push(() => jobs.stop());
  await jobs.start();

  const http = createHttpServer(
    { ...platform, metrics },
    {
      host: config.TENFOLD_HOST,
      port: Number(new URL(platform.listenUrl).port || 80),
      publicUrl: platform.publicUrl,
      trustedProxies: config.TENFOLD_TRUSTED_PROXIES,
      drainTimeoutMs: config.TENFOLD_DRAIN_MS,
    },
  );
  registerRoutes(http, { platform, systems, built, config });
  undo.push(() => http.stop());
  await http.start();
  return { platform, http };
}

interface Floor extends Platform {
  /** Where the server will listen; differs from `publicUrl` behind a proxy. */
  listenUrl: string;
}

/** Everything below the systems. */
async function startPlatform({ deps, settings, undo }: Start) {
  const { config } = settings;
  const { clock, random, log } = deps;
  const metrics = promMetrics({ processMetrics: true });
  const base = { clock, random, log, metrics };

  const database = await openDatabase({ ...base, progress: deps.progress }, config);
  undo.push(() => database.stop());
  const { sql } = database;
  await sql.migrate([appMigrations, httpMigrations]);

  const state = openState(base, { redisUrl: config.REDIS_URL });
  undo.push(() => state.stop());
  await state.start();

  const entry = await enterProcessTable(
    { sql, clock, log, metrics, progress: deps.progress },
    { shared: state.shared, embedded: database.embedded },
  );
  undo.push(() => entry.leave());

  const outbound = createOutbound(base);
  undo.push(() => outbound.stop());

  const host = config.TENFOLD_HOST;
  const port = config.TENFOLD_PORT === 0 ? await choosePort(host) : config.TENFOLD_PORT;
  const listenUrl = `http://${host.includes(":") ? `[${host}]` : host}:${port}`;
  const platform: Floor = {
    ...base,
    sql,
    state,
    jobs: openJobs({ ...base, sql }),
    outbound,
    nextId: () => entry.nextId(),
    publicUrl: (config.TENFOLD_PUBLIC_URL ?? listenUrl).replace(/\/$/, ""),
    secret: await readSecret(sql, random),
    listenUrl,
  };
  return { platform, metrics };
}

interface Serving {
  platform: Platform;
  systems: readonly System[];
  built: Built;
  config: PlatformConfig;
}

function registerRoutes(http: HttpServer, { platform, systems, built, config }: Serving): void {
  const checks = readinessChecks(platform);
  for (const { name, check } of checks) http.addReadinessCheck(name, check);
  // A worker answers for its health, and serves nothing.
  if (config.TENFOLD_ROLE === "worker") return;
  if (built.accounts !== undefined) http.setAuthenticator(built.accounts.authenticator);
  if (built.rateLimits !== undefined) http.setLimiter(built.rateLimits.limiter);
  for (const routes of systems.flatMap((system) => system.routes)) http.register(routes);
  http.register(
    createConsole({
      clock: platform.clock,
      jobs: platform.jobs,
      role: config.TENFOLD_ROLE,
      home: isWebBuilt() ? "/app/" : "/docs",
      systems: systems.map(({ name }) => name),
      checks: config.REDIS_URL === undefined ? checks : [...checks, redisCheck(platform.state)],
      requestCounts: () => http.routeCounts(),
    }),
  );
  if (isWebBuilt()) http.serveFolder("/app", webDist);
}

/** What a replica needs to answer at all. Redis is not among it: without it, SQL answers. */
function readinessChecks(platform: {
  sql: Sql;
  jobs: Jobs;
}): { name: string; check: () => Promise<void> }[] {
  return [{ name: "sql", check: () => platform.sql.ping() }];
}

function redisCheck(state: State): { name: string; check: () => Promise<void> } {
  const check = async (): Promise<void> => {
    if (!state.healthy()) throw new Error("Redis does not answer");
  };
  return { name: "redis", check };
}
