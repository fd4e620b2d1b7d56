/** `@tenfold/http`: the web server that every system's routes are bound to. */
export { cookieOf, SESSION_COOKIE } from "./sign-in.ts";
export { CURSOR_LENGTH_MAX, decodeCursor, encodeCursor } from "./cursor.ts";
export { createHttpServer, type HttpDeps } from "./server.ts";
export type { Admission, LimitedRequest, RequestLimiter } from "./limits.ts";
export { etagOf, versionOfIfMatch } from "./etag.ts";
export { formFields } from "./content.ts";
export { httpDefaults, type HttpOptions } from "./options.ts";
export { httpMigrations } from "./idempotency-store.ts";
export { httpErrors } from "./errors.ts";
export { validationFailed } from "./input.ts";
export { pinoLog, type LogOptions } from "./logging.ts";
export { promMetrics, type PromMetrics } from "./metrics.ts";
export { problemHeaders, problemOf, PROBLEM_TYPE, toTenfoldError } from "./problems.ts";
export { APP_CSP, DATA_CSP, PAGE_CSP } from "./security-headers.ts";
export type { RouteCount } from "./route-metrics.ts";
export type { OpenApiDocument } from "./openapi.ts";
export * from "./http.ts";
export * from "./routes.ts";
