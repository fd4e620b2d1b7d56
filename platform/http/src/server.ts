/**
 * The web server. It is put together when it starts: systems register their
 * routes before, the authenticator may come as late as the first call.
 *
 *   stop():  readyz 503 ─▶ (drainDelayMs) ─▶ no new connections, new requests
 *            503 ─▶ requests in flight end, at most drainTimeoutMs ─▶ cut
 */
import type { AddressInfo } from "node:net";
import { createService, type Clock, type Log, type Random } from "@tenfold/core";
import type { Sql } from "@tenfold/sql";
import type { FastifyInstance } from "fastify";
import { buildApp } from "./app.ts";
import type { LiveSignals } from "./call.ts";
import type { DispatchContext } from "./context.ts";
import { createHealth } from "./health.ts";
import type { Authenticator, BoundRoutes, FolderOptions, HttpServer } from "./http.ts";
import { createIdempotency } from "./idempotency.ts";
import type { RequestLimiter } from "./limits.ts";
import type { PromMetrics } from "./metrics.ts";
import type { OpenApiDocument } from "./openapi.ts";
import { httpDefaults, type HttpOptions } from "./options.ts";
import { createRouteMetrics, type RouteMetrics } from "./route-metrics.ts";
import { securityHeaders } from "./security-headers.ts";

export interface HttpDeps {
  log: Log;
  clock: Clock;
  random: Random;
  /** Keeps answers for `Idempotency-Key`; without it keys are ignored. */
  sql?: Pick<Sql, "query">;
  /** Its text is part of `/metrics`. */
  metrics?: Pick<PromMetrics, "text">;
  authenticator?: Authenticator;
  limiter?: RequestLimiter;
}

/** A folder of files to serve. */
export interface Folder {
  prefix: string;
  folder: string;
  options: FolderOptions;
}

/** Where the server is between `start` and the end of `stop`. */
type Phase = "serving" | "draining" | "closing";

/** A server that listens once started. */
export function createHttpServer(deps: HttpDeps, given: Partial<HttpOptions> = {}): HttpServer {
  const options: HttpOptions = { ...httpDefaults, ...given };
  const registered: BoundRoutes[] = [];
  const folders: Folder[] = [];
  const live: LiveSignals = new Set();
  const health = createHealth(deps, options);
  const routeMetrics: RouteMetrics = createRouteMetrics();
  let authenticator = deps.authenticator;
  let limiter = deps.limiter;
  let phase: Phase = "serving";
  let app: FastifyInstance | undefined;
  let document: (() => OpenApiDocument) | undefined;
  let url = "";
  let port = 0;

  const publicUrl = () => (options.publicUrl ?? url).replace(/\/$/, "");
  const context: DispatchContext = {
    clock: deps.clock,
    log: deps.log,
    accessLog: options.accessLog,
    live,
    idempotency:
      deps.sql === undefined ? undefined : createIdempotency({ ...deps, sql: deps.sql }, options),
    securityHeaders: securityHeaders(options.publicUrl?.startsWith("https:") === true),
    authenticator: () => authenticator,
    limiter: () => limiter,
    publicUrl,
  };

  async function start(): Promise<void> {
    const built = await buildApp({
      deps,
      options,
      context,
      health,
      routeMetrics,
      registered,
      folders,
      draining: () => phase !== "serving",
      closing: () => phase === "closing",
    });
    app = built.app;
    document = built.document;
    context.idempotency?.start();
    await app.listen({ host: options.host, port: options.port });
    port = portOf(app.server.address());
    url = `http://${options.host.includes(":") ? `[${options.host}]` : options.host}:${port}`;
  }

  async function stop(): Promise<void> {
    phase = "draining";
    if (app === undefined) return;
    if (options.drainDelayMs > 0 && url !== "") await deps.clock.sleep(options.drainDelayMs);
    phase = "closing";
    context.idempotency?.stop();
    await drain(app, { clock: deps.clock, live, timeoutMs: options.drainTimeoutMs });
  }

  const beforeStart = (what: string) => {
    if (app !== undefined) throw new Error(`${what} after start()`);
  };
  return {
    ...createService({ start, stop }),
    register: (routes) => (beforeStart("register()"), void registered.push(routes)),
    setAuthenticator: (next) => void (authenticator = next),
    setLimiter: (next) => {
      beforeStart("setLimiter()");
      limiter = next;
    },
    serveFolder: (prefix, folder, folderOptions = {}) => {
      beforeStart("serveFolder()");
      folders.push({ prefix, folder, options: folderOptions });
    },
    addReadinessCheck: health.addCheck,
    routeCounts: routeMetrics.counts,
    openapi: () => {
      if (document === undefined) throw new Error("openapi() before start()");
      return document();
    },
    get url() {
      return url;
    },
    get port() {
      return port;
    },
  };
}

function portOf(address: AddressInfo | string | null): number {
  if (typeof address === "object" && address !== null) return address.port;
  throw new Error("the server listens on no port");
}

/** How often idle connections are looked for while draining. */
const IDLE_CHECK_MS = 25;

/** Closes the listener, waits for requests in flight, and cuts those that take too long. */
async function drain(
  app: FastifyInstance,
  how: { clock: Clock; live: LiveSignals; timeoutMs: number },
): Promise<void> {
  const done = new AbortController();
  // A connection that becomes idle after the listener has closed would stay for its keep-alive time.
  const idle = setInterval(() => app.server.closeIdleConnections(), IDLE_CHECK_MS);
  const late = how.clock.sleep(how.timeoutMs, done.signal).then(
    () => {
      for (const controller of how.live) controller.abort(new Error("the server is stopping"));
      app.server.closeAllConnections();
    },
    () => undefined, // everything ended in time
  );
  try {
    await app.close();
  } finally {
    clearInterval(idle);
    done.abort();
    await late;
  }
}
