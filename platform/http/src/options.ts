/** What the web server can be told. Plain data; defaults in one place. */

export interface HttpOptions {
  /** Address to listen on. */
  host: string;
  /** 0 takes a free port. */
  port: number;
  /** Where people reach us, `https://tenfold.example`; the listening address when absent. */
  publicUrl: string | undefined;
  /** Addresses or CIDR ranges whose `X-Forwarded-*` are believed. */
  trustedProxies: readonly string[];
  /** Bodies above this are refused with 413, unless a route allows more. */
  bodyBytesMax: number;
  /** All request headers together. */
  headersBytesMax: number;
  /** Connections at once; further ones are closed at once. */
  connectionsMax: number;
  /** From the first byte to the end of the headers. */
  headersTimeoutMs: number;
  /** From the first byte to the end of the body. */
  requestTimeoutMs: number;
  /** How long an idle connection is kept; longer than a balancer in front keeps its own. */
  keepAliveTimeoutMs: number;
  /** After `stop()`, how long to go on serving while `/readyz` already says 503. */
  drainDelayMs: number;
  /** After that, how long requests in flight may take before they are cut. */
  drainTimeoutMs: number;
  /** How long the result of readiness checks is reused. */
  readinessCacheMs: number;
  /** A readiness check that takes longer has failed. */
  readinessTimeoutMs: number;
  /** One log line per request: every one, those that failed (4xx and 5xx), or 5xx alone. */
  accessLog: "all" | "failed" | "internal";
  /** How long an answer is kept for its Idempotency-Key. */
  idempotencyTtlMs: number;
  /** An attempt that has not answered after this counts as crashed. Longer than any handler. */
  idempotencyLockMs: number;
  /** How long a second request waits for the first before 409. */
  idempotencyWaitMs: number;
  /** Larger answers are not kept. */
  idempotencyAnswerBytesMax: number;
}

export const httpDefaults: Readonly<HttpOptions> = Object.freeze({
  host: "127.0.0.1",
  port: 8080,
  publicUrl: undefined,
  trustedProxies: [],
  bodyBytesMax: 1024 * 1024,
  headersBytesMax: 16 * 1024,
  connectionsMax: 10_000,
  headersTimeoutMs: 10_000,
  requestTimeoutMs: 60_000,
  keepAliveTimeoutMs: 72_000,
  drainDelayMs: 0,
  drainTimeoutMs: 10_000,
  readinessCacheMs: 1_000,
  readinessTimeoutMs: 2_000,
  accessLog: "internal",
  idempotencyTtlMs: 24 * 3_600_000,
  idempotencyLockMs: 60_000,
  idempotencyWaitMs: 2_000,
  idempotencyAnswerBytesMax: 4 * 1024 * 1024,
});
