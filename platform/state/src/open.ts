import { memoryState } from "./drivers/memory.ts";
import { redisState } from "./drivers/redis.ts";
import type { StateDeps } from "./portable.ts";
import type { State } from "./state.ts";

export interface OpenOptions {
  /** `redis://` or `rediss://`; several addresses, separated by commas, mean a cluster. */
  redisUrl?: string | undefined;
}

/**
 * The state of this installation: in Redis when there is an address, else in
 * this process's memory. Throws `state_url_invalid`; never because Redis is away.
 */
export function openState(deps: StateDeps, options: OpenOptions = {}): State {
  const { redisUrl } = options;
  return redisUrl === undefined || redisUrl === ""
    ? memoryState(deps)
    : redisState(deps, { url: redisUrl });
}
