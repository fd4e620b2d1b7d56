/**
 * The two connections to Redis, as ioredis clients that keep quiet: commands
 * fail at once when there is no connection and after a short while when there
 * is no answer; nothing is queued or sent again; errors are logged, never
 * thrown at the process.
 */
import { Cluster, Redis } from "ioredis";
import type { Log, Random } from "@tenfold/core";
import { stateErrors } from "../errors.ts";

/** What the link uses of `Redis` and `Cluster` alike. */
export interface CommandClient {
  readonly status: string;
  connect(): Promise<unknown>;
  disconnect(): void;
  call(command: string, ...args: (string | number)[]): Promise<unknown>;
  on(event: "ready" | "close" | "end", listener: () => void): unknown;
  on(event: "error", listener: (error: Error) => void): unknown;
}

export interface RedisAddress {
  nodes: readonly { host: string; port: number }[];
  username?: string;
  password?: string;
  database: number;
  tls: boolean;
}

export interface ClientParts {
  address: RedisAddress;
  commandTimeoutMs: number;
  random: Random;
  log: Log;
}

/** Longest pause between attempts to connect. */
const RECONNECT_MS_MAX = 1_000;
const CONNECT_TIMEOUT_MS = 2_000;
/** A socket that owes an answer for this long is given up: a half-open connection. */
const SOCKET_TIMEOUT_MS = 5_000;
const SUBSCRIBER_TIMEOUT_MS = 1_000;

/**
 * Reads `redis://user:password@host:port/database`; several of these, or
 * several `host:port` after the first, separated by commas, are a cluster's.
 * Throws `state_url_invalid` without repeating a password.
 */
export function parseRedisUrl(text: string): RedisAddress {
  const [first = "", ...others] = text.split(",").map((part) => part.trim());
  const url = parseUrl(first);
  const more = others.map((part) => parseUrl(part.includes("://") ? part : `redis://${part}`));
  const database = Number(url.pathname.slice(1));
  if (!Number.isInteger(database) || (database !== 0 && more.length > 0)) {
    throw stateErrors.state_url_invalid({
      detail: "The path of a Redis address is the number of a database; a cluster has only 0.",
    });
  }
  const node = (from: URL) => ({
    host: from.hostname.replace(/^\[|\]$/g, "") || "127.0.0.1",
    port: Number(from.port || 6379),
  });
  return {
    nodes: [url, ...more].map(node),
    ...(url.username === "" ? {} : { username: decodeURIComponent(url.username) }),
    ...(url.password === "" ? {} : { password: decodeURIComponent(url.password) }),
    database,
    tls: url.protocol === "rediss:",
  };
}

function parseUrl(text: string): URL {
  const url = URL.parse(text);
  if (url === null || !["redis:", "rediss:"].includes(url.protocol)) {
    throw stateErrors.state_url_invalid({
      detail: "The address of Redis must look like redis://host:6379 or rediss://host:6379.",
      hint: "Several addresses, separated by commas, mean a cluster.",
    });
  }
  return url;
}

/** The client for commands; not yet connecting. */
export function createCommandClient(parts: ClientParts): CommandClient {
  const { address, commandTimeoutMs, log } = parts;
  const shared = { ...connectionOptions(address), commandTimeout: commandTimeoutMs };
  const retry = (attempt: number): number => reconnectDelayMs(parts.random, attempt);
  const client =
    address.nodes.length > 1
      ? new Cluster([...address.nodes], {
          redisOptions: shared,
          lazyConnect: true,
          enableOfflineQueue: false,
          clusterRetryStrategy: retry,
          // Each costs a round trip and none may add up to a long wait.
          maxRedirections: 2,
          retryDelayOnFailover: 10,
          retryDelayOnClusterDown: 10,
          retryDelayOnTryAgain: 10,
        })
      : new Redis({
          ...address.nodes[0],
          ...shared,
          enableOfflineQueue: false,
          retryStrategy: retry,
          // A demoted primary answers READONLY for ever; its address leads to the new one.
          reconnectOnError: (error) => error.message.startsWith("READONLY"),
        });
  client.on("error", (error: Error) => log.debug({ error }, "redis: command connection"));
  return client;
}

/**
 * A connection for messages, tried once: when it is lost, the link makes
 * another, to the next of a cluster's nodes (each carries all messages).
 */
export function createSubscriber(parts: ClientParts, attempt: number): Redis {
  const { nodes } = parts.address;
  const subscriber = new Redis({
    ...nodes[attempt % nodes.length],
    ...connectionOptions(parts.address),
    commandTimeout: SUBSCRIBER_TIMEOUT_MS,
    enableOfflineQueue: false,
    retryStrategy: null,
    // ioredis subscribes again without catching the promise; the link does it itself.
    autoResubscribe: false,
  });
  subscriber.on("error", (error) => parts.log.debug({ error }, "redis: message connection"));
  return subscriber;
}

/** 25 ms, doubling to the cap, of which a random half: processes do not return in step. */
export function reconnectDelayMs(random: Random, attempt: number): number {
  const capMs = Math.min(RECONNECT_MS_MAX, 25 * 2 ** Math.min(attempt, 10));
  return Math.round(capMs * (0.5 + random.float() / 2));
}

function connectionOptions(address: RedisAddress) {
  return {
    ...(address.username === undefined ? {} : { username: address.username }),
    ...(address.password === undefined ? {} : { password: address.password }),
    ...(address.tls ? { tls: {} } : {}),
    db: address.database,
    lazyConnect: true,
    connectTimeout: CONNECT_TIMEOUT_MS,
    socketTimeout: SOCKET_TIMEOUT_MS,
    // Rejects what was in flight when the connection breaks, instead of sending it twice.
    maxRetriesPerRequest: 0,
    autoResendUnfulfilledCommands: false,
  };
}
