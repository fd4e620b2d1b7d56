/**
 * State in Redis or Valkey (6 or later), one server or a cluster: what many
 * processes share. Every operation is one round trip and touches one key (a
 * delete: as many as it names). What must be atomic is a script.
 */
import { createHash } from "node:crypto";
import { createService } from "@tenfold/core";
import type { DriverEvents, StateDriver } from "../driver.ts";
import { createState, type StateDeps } from "../portable.ts";
import type { State } from "../state.ts";
import { type CommandClient, parseRedisUrl } from "./redis-clients.ts";
import { createLink } from "./redis-link.ts";

export interface RedisOptions {
  /** `redis://` or `rediss://`; several addresses, separated by commas, mean a cluster. */
  url: string;
  /** Put before every key and channel, so that several installations may share a server. Default `tf:`. */
  prefix?: string;
  /** No command holds a request up for longer. Default 75. */
  commandTimeoutMs?: number;
}

const defaults = Object.freeze({ prefix: "tf:", commandTimeoutMs: 75 });

/** State for many processes. Throws `state_url_invalid`; never because Redis is away. */
export function redisState(deps: StateDeps, options: RedisOptions): State {
  return createState(deps, (events) => redisDriver(deps, events, { ...defaults, ...options }));
}

/** Sets when absent; else answers what is there. (`SET … NX GET` would need Redis 7.) */
const claimScript = script(`
  local held = redis.call('GET', KEYS[1])
  if held then return held end
  redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])
  return false`);

/** Compares and sets, or without a third argument compares and deletes. */
const swapScript = script(`
  if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end
  if ARGV[2] then
    redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
  else
    redis.call('DEL', KEYS[1])
  end
  return 1`);

/** A counter without a time to live has just been made: then, and only then, it gets one. */
const incrementScript = script(`
  local sum = redis.call('INCRBY', KEYS[1], ARGV[1])
  if redis.call('PTTL', KEYS[1]) == -1 then redis.call('PEXPIRE', KEYS[1], ARGV[2]) end
  return sum`);

function redisDriver(
  deps: StateDeps,
  events: DriverEvents,
  options: Required<RedisOptions>,
): StateDriver {
  const { prefix, commandTimeoutMs } = options;
  const address = parseRedisUrl(options.url);
  const own = (keyCount: number, args: readonly string[]): string[] =>
    args.map((arg, at) => (at < keyCount ? prefix + arg : arg));
  const link = createLink({ ...deps, events, address, prefix, commandTimeoutMs });

  return {
    ...createService({ start: () => link.start(), stop: () => link.stop() }),
    shared: true,
    scripts: {
      isCluster: address.nodes.length > 1,
      evalsha: (hash, keyCount, ...args) =>
        link.run((client) => client.call("EVALSHA", hash, keyCount, ...own(keyCount, args))),
      eval: (lua, keyCount, ...args) =>
        link.run((client) => client.call("EVAL", lua, keyCount, ...own(keyCount, args))),
    },
    healthy: () => link.healthy(),
    get: async (key) => textOf(await link.run((client) => client.call("GET", prefix + key))),
    async set(key, value, ttlMs) {
      try {
        await link.run((client) => client.call("SET", prefix + key, value, "PX", ttlMs));
      } catch (error) {
        // What it should have replaced must not be read when Redis is back.
        link.owe([key]);
        throw error;
      }
    },
    claim: async (key, value, ttlMs) =>
      textOf(await link.run((client) => claimScript(client, prefix + key, [value, ttlMs]))),
    async swap(key, expected, next) {
      const rest = next === undefined ? [] : [next.value, next.ttlMs];
      return (
        (await link.run((client) => swapScript(client, prefix + key, [expected, ...rest]))) === 1
      );
    },
    increment: async (key, by, ttlMs) =>
      Number(await link.run((client) => incrementScript(client, prefix + key, [by, ttlMs]))),
    delete: (keys) => link.remove(keys),
    async publish(channel, message) {
      await link.run((client) => client.call("PUBLISH", prefix + channel, message));
    },
    listen: (channel) => link.listen(channel),
    unlisten: (channel) => link.unlisten(channel),
  };
}

type Script = (
  client: CommandClient,
  key: string,
  args: readonly (string | number)[],
) => Promise<unknown>;

/** Sends a script by its hash; whole when the server does not know it (after a restart). */
function script(lua: string): Script {
  const hash = createHash("sha1").update(lua).digest("hex");
  return async (client, key, args) => {
    try {
      return await client.call("EVALSHA", hash, 1, key, ...args);
    } catch (error) {
      if (!(error instanceof Error) || !error.message.startsWith("NOSCRIPT")) throw error;
      return client.call("EVAL", lua, 1, key, ...args);
    }
  };
}

function textOf(reply: unknown): string | undefined {
  return typeof reply === "string" ? reply : undefined;
}
