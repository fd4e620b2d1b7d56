/** `@tenfold/rate-limiter/http`: limits for Fastify, Express and plain node:http. */
export { fastifyLimits, fastifySubject, type FastifyLimits } from "./fastify.ts";
export { limitField, policyField, retryAfterSeconds, type PartitionKeyOf } from "./fields.ts";
export { createGate, type Gate, type GateDeps, type GateOptions } from "./gate.ts";
export {
  limitMiddleware,
  requestSubject,
  type HttpRequest,
  type LimitMiddleware,
} from "./middleware.ts";
export { limitHeaders, type HttpLimitDeps, type HttpLimitOptions } from "./options.ts";
export {
  PROBLEM_TYPE,
  QUOTA_EXCEEDED,
  quotaProblem,
  refusalDetail,
  violatedPolicies,
  type QuotaProblem,
} from "./problem.ts";
export { queueDefaults, type QueueOptions } from "./queue.ts";
