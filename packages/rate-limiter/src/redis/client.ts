/** What the package needs of a Redis client: a `Redis` or `Cluster` of ioredis fits as it is. */
import { createHash } from "node:crypto";
import { rateLimiterErrors } from "../errors.ts";

export interface RedisClient {
  /** Whether keys of one call must share a hash tag. */
  readonly isCluster?: boolean;
  evalsha(sha1: string, keyCount: number, ...args: string[]): Promise<unknown>;
  eval(script: string, keyCount: number, ...args: string[]): Promise<unknown>;
}

/** Runs a script with keys and arguments. */
export type ScriptRunner = (keys: readonly string[], args: readonly string[]) => Promise<unknown>;

/**
 * Runs `script` by its SHA-1; where Redis does not know it (it was restarted,
 * or another node answers) once by its text, which makes it known.
 */
export function createScriptRunner(client: RedisClient, script: string): ScriptRunner {
  const sha1 = createHash("sha1").update(script).digest("hex");
  return async (keys, args) => {
    try {
      return await client.evalsha(sha1, keys.length, ...keys, ...args);
    } catch (error) {
      const message = error instanceof Error ? error.message : "";
      if (message.startsWith("NOSCRIPT")) {
        return client.eval(script, keys.length, ...keys, ...args);
      }
      if (!message.includes("CROSSSLOT") && !message.includes("same slot")) throw error;
      throw rateLimiterErrors.limits_apart({
        hint: "Give redisLimiter() a `tagOf` that is equal for keys that are charged together.",
        cause: error,
      });
    }
  };
}
