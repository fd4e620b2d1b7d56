/** What the parts of the server share while it runs. */
import type { Clock, Log } from "@tenfold/core";
import type { LiveSignals } from "./call.ts";
import type { Authenticator } from "./http.ts";
import type { Idempotency } from "./idempotency.ts";
import type { RequestLimiter } from "./limits.ts";
import type { HttpOptions } from "./options.ts";
import type { RouteMeter } from "./route-metrics.ts";
import type { SecurityHeaders } from "./security-headers.ts";
import type { RouteSpec } from "./routes.ts";

export interface DispatchContext {
  clock: Clock;
  log: Log;
  accessLog: HttpOptions["accessLog"];
  live: LiveSignals;
  /** Absent without SQL: keys are then ignored. */
  idempotency: Idempotency | undefined;
  /** Copied into each answer. */
  securityHeaders: SecurityHeaders;
  authenticator: () => Authenticator | undefined;
  /** Absent: nothing is limited. */
  limiter: () => RequestLimiter | undefined;
  publicUrl: () => string;
}

/** One route, ready to serve. */
export interface Dispatched {
  key: string;
  spec: RouteSpec;
  meter: RouteMeter;
}
