/** `@tenfold/rate-limiter`: who may have how much of what, and when. */
export * from "./decision.ts";
export * from "./errors.ts";
export * from "./limit.ts";
export * from "./limiter.ts";
export * from "./policy.ts";
export * from "./rules/rule.ts";
export * from "./drivers/memory.ts";
export * from "./drivers/redis.ts";
export type { RedisClient } from "./redis/client.ts";
export { addressKey, type Prefixes } from "./rules/address.ts";
export { compileRules } from "./rules/compile.ts";
export { parseRules } from "./rules/parse.ts";
export * from "./rules/rule-file.ts";
export * from "./guard/guarded-limiter.ts";
export * from "./leased/leased-limiter.ts";
