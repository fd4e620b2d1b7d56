/**
 * Whether Redis is there: a breaker before the commands, and the connection
 * for messages.
 *
 *            3 failures over ≥ 200 ms,           ping answered,
 *            or the connection closed            owed deletes done
 *   usable ───────────────────────────▶ away ───────────────────────▶ usable
 *
 * While away, commands fail at once without touching the socket, so an absent
 * engine costs a request nothing, and a silent one a command's timeout during
 * the first fifth of a second. A fifth, not one failure: a busy event loop
 * looks like a slow Redis for a moment, and being "back" empties caches.
 *
 * Deletes that could not be made are owed: their keys are remembered, up to a
 * bound, and deleted before the first command after the return. Otherwise a
 * value from before an edit would be read again until its time runs out.
 *
 * One loop does all of it. It looks every second when all is well, and more
 * often when not; a connection that becomes ready or closes wakes it.
 */
import type { Clock, Log } from "@tenfold/core";
import type { Redis } from "ioredis";
import { type DriverEvents, EngineAway } from "../driver.ts";
import {
  type ClientParts,
  type CommandClient,
  createCommandClient,
  createSubscriber,
  reconnectDelayMs,
} from "./redis-clients.ts";

export interface LinkParts extends ClientParts {
  clock: Clock;
  events: DriverEvents;
  /** Put before every key and channel. */
  prefix: string;
}

export interface RedisLink {
  start(): Promise<void>;
  stop(): Promise<void>;
  healthy(): boolean;
  /** Runs a command unless Redis is away; rejects with `EngineAway` when it was or is. */
  run<Result>(command: (client: CommandClient) => Promise<Result>): Promise<Result>;
  /** Deletes now, or as soon as Redis is back. */
  remove(keys: readonly string[]): Promise<void>;
  /** To be deleted as soon as Redis is back. */
  owe(keys: readonly string[]): void;
  listen(channel: string): Promise<void>;
  unlisten(channel: string): Promise<void>;
}

const FAILURES_MIN = 3;
const FAILING_MS_MIN = 200;
const LOOK_MS = 1_000;
/** How long `start` waits for Redis before going on without it. */
const START_WAIT_MS = 1_000;
const OWED_MAX = 10_000;
const BATCH = 500;

export function createLink(parts: LinkParts): RedisLink {
  const { clock, random, log, events } = parts;
  const client = createCommandClient(parts);
  const messages = createMessages(parts, () => wake());
  const breaker = createBreaker(clock, () => wake());
  const owed = createOwed(log, async (keys) => deleteKeys(client, parts, keys));
  const stopping = new AbortController();
  let nap = new AbortController();
  let healthy = false;
  let wasAway = false;
  let loop: Promise<void> | undefined;
  const firstLook = Promise.withResolvers<void>();

  /** Told of every change at once: an absence must not pass unseen between two looks. */
  function wake(): void {
    settle();
    nap.abort();
  }
  client.on("ready", wake);
  client.on("close", () => breaker.open());

  const look = async (): Promise<void> => {
    try {
      if (client.status === "ready") {
        await breaker.attempt(() => client.call("PING"));
        await owed.pay();
        if (client.status === "ready") breaker.close();
      }
    } catch {
      // Counted by the breaker; the loop looks again.
    }
    await messages.look();
    settle();
  };

  function settle(): void {
    const now = breaker.usable() && messages.ready();
    if (now === healthy || stopping.signal.aborted) return;
    healthy = now;
    if (!now) {
      wasAway = true;
      log.warn({}, "redis is away: going on without it");
      return;
    }
    firstLook.resolve();
    if (!wasAway) return;
    log.info({}, "redis is back");
    events.reconnected();
  }

  const run = async (): Promise<void> => {
    for (let attempt = 0; !stopping.signal.aborted;) {
      nap = new AbortController();
      await look();
      attempt = healthy ? 0 : attempt + 1;
      const waitMs = healthy && !breaker.failing() ? LOOK_MS : reconnectDelayMs(random, attempt);
      const signal = AbortSignal.any([nap.signal, stopping.signal]);
      await clock.sleep(waitMs, signal).catch(() => undefined); // Woken.
    }
  };

  const attempt = async <Result>(command: () => Promise<Result>): Promise<Result> => {
    if (!breaker.usable()) throw new EngineAway();
    return breaker.attempt(command);
  };
  const owe = (keys: readonly string[]): void => {
    owed.add(keys);
    // One slow answer does not make Redis away; the debt is then paid at once.
    wake();
  };

  return {
    async start() {
      client.connect().catch(() => undefined); // It goes on trying by itself.
      loop = run();
      const late = new AbortController();
      const timeout = clock.sleep(START_WAIT_MS, late.signal).catch(() => undefined);
      await Promise.race([firstLook.promise, timeout]);
      late.abort();
      if (healthy) return;
      wasAway = true;
      log.warn({}, "redis does not answer: starting without it");
    },
    async stop() {
      stopping.abort();
      breaker.open();
      client.disconnect();
      messages.stop();
      await loop;
      healthy = false;
    },
    healthy: () => healthy,
    run: (command) => attempt(() => command(client)),
    async remove(keys) {
      try {
        await attempt(() => deleteKeys(client, parts, keys));
      } catch (error) {
        owe(keys);
        throw error;
      }
    },
    owe,
    listen: (channel) => messages.listen(channel),
    unlisten: (channel) => messages.unlisten(channel),
  };
}

interface Breaker {
  usable(): boolean;
  failing(): boolean;
  open(): void;
  close(): void;
  /** Runs and counts; a refusal by Redis is an answer, not a failure. */
  attempt<Result>(run: () => Promise<Result>): Promise<Result>;
}

function createBreaker(clock: Clock, onOpen: () => void): Breaker {
  let usable = false;
  let failures = 0;
  let failingSinceMs = 0;
  const open = (): void => {
    usable = false;
    onOpen();
  };
  return {
    usable: () => usable,
    failing: () => failures > 0,
    open,
    close() {
      usable = true;
      failures = 0;
    },
    async attempt(run) {
      try {
        const result = await run();
        failures = 0;
        return result;
      } catch (error) {
        if (error instanceof Error && error.name === "ReplyError") throw error;
        if (failures++ === 0) failingSinceMs = clock.monotonic();
        const failingMs = clock.monotonic() - failingSinceMs;
        if (usable && failures >= FAILURES_MIN && failingMs >= FAILING_MS_MIN) open();
        throw new EngineAway("redis did not answer", { cause: error });
      }
    },
  };
}

interface Owed {
  add(keys: readonly string[]): void;
  /** Deletes all; on rejection the rest is still owed. */
  pay(): Promise<void>;
}

function createOwed(log: Log, remove: (keys: readonly string[]) => Promise<void>): Owed {
  const owed = new Set<string>();
  return {
    add(keys) {
      for (const key of keys) {
        if (owed.size >= OWED_MAX && !owed.has(key)) {
          log.error({ key }, "too many deletes owed to redis: a stale value may live out its time");
        } else {
          owed.add(key);
        }
      }
    },
    async pay() {
      // New ones may arrive while these are made.
      while (owed.size > 0) {
        const batch = [...owed].slice(0, BATCH);
        for (const key of batch) owed.delete(key);
        await remove(batch).catch((error: unknown) => {
          for (const key of batch) owed.add(key);
          throw error;
        });
      }
    },
  };
}

async function deleteKeys(
  client: CommandClient,
  { address, prefix }: LinkParts,
  keys: readonly string[],
): Promise<void> {
  const names = keys.map((key) => prefix + key);
  // The nodes of a cluster refuse a command whose keys live on several of them.
  if (address.nodes.length > 1) {
    await Promise.all(names.map((name) => client.call("UNLINK", name)));
  } else {
    await client.call("UNLINK", ...names);
  }
}

interface Messages {
  /** Connected, and subscribed to all that is listened to. */
  ready(): boolean;
  /** Connects, subscribes or checks, whichever is next. Never rejects. */
  look(): Promise<void>;
  listen(channel: string): Promise<void>;
  unlisten(channel: string): Promise<void>;
  stop(): void;
}

function createMessages(parts: LinkParts, wake: () => void): Messages {
  const { prefix, events } = parts;
  const wanted = new Set<string>();
  let subscriber: Redis | undefined;
  let subscribed = new Set<string>();
  let attempt = 0;
  let ready = false;
  let missed = 0;
  let stopped = false;

  const drop = (): void => {
    ready = false;
    subscriber?.disconnect();
    subscriber = undefined;
  };
  const connect = (): void => {
    const made = createSubscriber(parts, attempt++);
    subscriber = made;
    subscribed = new Set();
    made.on("message", (channel, message) => events.message(channel.slice(prefix.length), message));
    made.on("ready", wake);
    made.on("end", () => {
      if (subscriber !== made) return;
      drop();
      wake();
    });
    made.connect().catch(() => undefined); // "end" follows.
  };
  const subscribeAll = async (to: Redis): Promise<void> => {
    for (;;) {
      const missing = [...wanted].filter((channel) => !subscribed.has(channel)).slice(0, BATCH);
      if (missing.length === 0) return;
      await to.subscribe(...missing.map((channel) => prefix + channel));
      for (const channel of missing) subscribed.add(channel);
    }
  };

  return {
    ready: () => ready,
    async look() {
      if (stopped) return;
      if (subscriber === undefined) return connect();
      const current = subscriber;
      if (current.status !== "ready") return;
      try {
        if (ready) await current.ping();
        else await subscribeAll(current);
        if (current === subscriber) ready = true;
        missed = 0;
      } catch {
        // Twice, as one may be our own busy event loop.
        if (current !== subscriber || (ready && ++missed < 2)) return;
        drop();
      }
    },
    async listen(channel) {
      wanted.add(channel);
      if (!ready || subscriber === undefined) return;
      const current = subscriber;
      try {
        await current.subscribe(prefix + channel);
        if (current === subscriber && wanted.has(channel)) subscribed.add(channel);
      } catch {
        if (current !== subscriber) return;
        drop();
        wake();
      }
    },
    async unlisten(channel) {
      wanted.delete(channel);
      subscribed.delete(channel);
      if (ready) await subscriber?.unsubscribe(prefix + channel);
    },
    stop() {
      stopped = true;
      drop();
    },
  };
}
