/** Clients that do one thing after another under faults, and write down what they were told. */
import { Redis } from "ioredis";
import type { Random } from "@tenfold/core";
import type { Action, Operation } from "./history.ts";
import type { Target } from "./target.ts";

/** A client that hears nothing for so long goes elsewhere. */
const PATIENCE_MS = 1_500;

export interface Load {
  /** Fills while the clients run. */
  readonly operations: readonly Operation[];
  /** Ends the clients, and waits for what they have begun. */
  stop(): Promise<void>;
}

export interface LoadOptions {
  readonly clients: number;
  readonly random: Random;
  /** In every key, after its kind. */
  readonly prefix: string;
  /** Whether keys of the kind `atom` are used: only where the store claims to keep them. */
  readonly atoms: boolean;
}

/** Starts the clients. */
export function startLoad(target: Target, options: LoadOptions): Load {
  const operations: Operation[] = [];
  const ending = new AbortController();
  const running = Array.from({ length: options.clients }, (_, client) =>
    runClient({ target, options, operations, client, signal: ending.signal }),
  );
  return {
    operations,
    async stop() {
      ending.abort();
      await Promise.all(running);
    },
  };
}

interface ClientRun {
  target: Target;
  options: LoadOptions;
  operations: Operation[];
  client: number;
  signal: AbortSignal;
}

async function runClient(run: ClientRun): Promise<void> {
  const { target, options, operations, client, signal } = run;
  const line = openLine(target, options.random);
  const choose = createChooser(options, client);
  while (!signal.aborted) {
    const redis = await line.connected(signal);
    if (redis === undefined) break;
    const { key, action } = choose();
    const operation: Operation = {
      client,
      key,
      action,
      invokedMs: performance.now(),
      endedMs: undefined,
      outcome: "unknown",
    };
    operations.push(operation);
    try {
      const result = await perform(redis, key, action);
      operation.outcome = "ok";
      if (action.kind === "read") operation.result = result ?? undefined;
    } catch (error) {
      operation.outcome = outcomeOf(error);
      // Elsewhere it may go better; a server that refuses is as good as gone.
      line.drop();
      await pause(20);
    }
    operation.endedMs = performance.now();
    // As clients that have other things to do: the faults matter here, not the load.
    await pause(options.random.below(8));
  }
  line.drop();
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

interface Line {
  /** A connection that answered; `undefined` once `signal` is aborted. */
  connected(signal: AbortSignal): Promise<Redis | undefined>;
  drop(): void;
}

/** One connection at a time, to an endpoint by lot. */
function openLine(target: Target, random: Random): Line {
  let current: Redis | undefined;
  const drop = (): void => {
    current?.disconnect();
    current = undefined;
  };
  return {
    drop,
    async connected(signal) {
      while (current === undefined && !signal.aborted) {
        const ports = await target.endpoints().catch(() => []);
        const port = ports[random.below(Math.max(1, ports.length))];
        current = port === undefined ? undefined : await connectTo(port);
        if (current === undefined) await pause(50);
      }
      return signal.aborted ? undefined : current;
    },
  };
}

/** `undefined` when nobody answers there. Nothing is sent twice behind the caller's back. */
export async function connectTo(port: number): Promise<Redis | undefined> {
  const redis = new Redis({
    port,
    protocol: 2,
    lazyConnect: true,
    connectTimeout: 1_000,
    commandTimeout: PATIENCE_MS,
    retryStrategy: () => null,
    maxRetriesPerRequest: 0,
    enableOfflineQueue: false,
    enableReadyCheck: false,
    autoResendUnfulfilledCommands: false,
  });
  redis.on("error", () => undefined); // Told by the command that meets it.
  try {
    await redis.connect();
    await redis.ping();
    return redis;
  } catch {
    redis.disconnect();
    return undefined;
  }
}

/** What a read found; `null` where there is nothing to find. */
async function perform(redis: Redis, key: string, action: Action): Promise<string | null> {
  if (action.kind === "read") return await redis.get(key);
  if (action.kind === "set") await redis.set(key, action.value);
  else if (action.kind === "remove") await redis.del(key);
  else if (action.kind === "increment") await redis.incr(key);
  else if (action.kind === "add") await redis.sadd(key, action.member);
  else await redis.srem(key, action.member);
  return null;
}

/** Errors that say that nothing was done; every other silence or failure leaves it open. */
function outcomeOf(error: unknown): "failed" | "unknown" {
  const text = error instanceof Error ? error.message : String(error);
  return /^(READONLY|NOAUTH|LOADING|MASTERDOWN|MISCONF|WRONGTYPE|NOREPLICAS|ERR)\b/.test(text)
    ? "failed"
    : "unknown";
}

/** What a client does next. Few keys, so that faults meet the same key again. */
function createChooser({ random, prefix, atoms }: LoadOptions, client: number) {
  let last = 0;
  const members: string[] = [];
  return (): { key: string; action: Action } => {
    last += 1;
    const name = `c${client}n${last}`;
    switch (random.below(atoms ? 5 : 4)) {
      case 0:
        // Written once and never again: the plainest promise of all.
        return { key: `own:${prefix}${client}:${name}`, action: { kind: "set", value: name } };
      case 1: {
        const key = `own:${prefix}${client}:${random.below(4)}`;
        const isRemoval = random.below(3) === 0;
        return { key, action: isRemoval ? { kind: "remove" } : { kind: "set", value: name } };
      }
      case 2:
        return { key: `count:${prefix}${random.below(3)}`, action: { kind: "increment" } };
      case 3: {
        const key = `group:${prefix}0`;
        const old = random.below(3) === 0 ? members.pop() : undefined;
        if (old !== undefined) return { key, action: { kind: "take", member: old } };
        members.push(name);
        return { key, action: { kind: "add", member: name } };
      }
      default: {
        const key = `atom:${prefix}${random.below(2)}`;
        const isRead = random.below(2) === 0;
        return { key, action: isRead ? { kind: "read" } : { kind: "set", value: name } };
      }
    }
  };
}
