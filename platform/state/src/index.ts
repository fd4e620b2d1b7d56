export { memoryState, type MemoryOptions } from "./drivers/memory.ts";
export { redisState, type RedisOptions } from "./drivers/redis.ts";
export { openState, type OpenOptions } from "./open.ts";
export { stateErrors } from "./errors.ts";
export type { StateDeps } from "./portable.ts";
export type * from "./state.ts";
