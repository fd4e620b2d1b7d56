/**
 * The portable half of the state port: checks arguments, turns an absent
 * engine into the answers the contract names, counts, and lends every driver
 * the same `getOrLoad` and the same receivers.
 */
import type { Clock, Counter, Log, Metrics, Random } from "@tenfold/core";
import { createChannels } from "./channels.ts";
import { type DriverEvents, EngineAway, type StateDriver } from "./driver.ts";
import { decodeEntry, encodeValue } from "./entry.ts";
import { createLoads } from "./loads.ts";
import type { State } from "./state.ts";

export interface StateDeps {
  clock: Clock;
  random: Random;
  log: Log;
  metrics: Metrics;
}

/** Bounds of what is stored. A key or a time out of bounds is a programmer's mistake and throws. */
export const limits = Object.freeze({
  keyBytesMax: 512,
  /** A larger value is not stored, which a cache may always choose. */
  valueBytesMax: 1024 * 1024,
  /** One year. */
  ttlMsMax: 365 * 24 * 3_600_000,
  /** How long a loader that died holds up the other processes. */
  leaseMs: 2_000,
});

const calls = ["get", "set", "setIfAbsent", "delete", "increment", "publish"] as const;
type Call = (typeof calls)[number];

/** A `State` on the engine that `makeDriver` makes. */
export function createState(
  deps: StateDeps,
  makeDriver: (events: DriverEvents) => StateDriver,
): State {
  const listeners = new Set<() => void>();
  const driver = makeDriver({
    message: (channel, message) => channels.deliver(channel, message),
    reconnected: () => tellAll(deps.log, listeners),
  });
  const channels = createChannels(deps.log, driver);
  const loads = createLoads({ ...deps, ...limits, driver, counter: loadCounter(deps.metrics) });
  const guarded = createGuard(deps);
  deps.metrics.gauge({
    name: "tenfold_state_healthy_ratio",
    help: "1 when the state engine answers, else 0",
    read: () => (driver.healthy() ? 1 : 0),
  });

  return {
    shared: driver.shared,
    scripts: driver.scripts,
    start: () => driver.start(),
    stop: () => driver.stop(),
    [Symbol.asyncDispose]: () => driver.stop(),
    healthy: () => driver.healthy(),
    async get(key) {
      checkKey(key);
      const text = await guarded("get", () => driver.get(key));
      const entry = text === undefined ? undefined : decodeEntry(text);
      return entry?.kind === "value" ? entry.value : undefined;
    },
    async set(key, value, { ttlMs }) {
      checkKey(key);
      checkTtl(ttlMs);
      loads.overtake([key]);
      await guarded("set", () => {
        if (fits(deps.log, key, value)) return driver.set(key, encodeValue(value), ttlMs);
        // The former value must not outlive an attempt to replace it.
        return driver.delete([key]);
      });
      loads.overtake([key]);
    },
    async setIfAbsent(key, value, { ttlMs }) {
      checkKey(key);
      checkTtl(ttlMs);
      if (!fits(deps.log, key, value)) return undefined;
      return guarded(
        "setIfAbsent",
        async () => (await driver.claim(key, encodeValue(value), ttlMs)) === undefined,
      );
    },
    async delete(...keys) {
      for (const key of keys) checkKey(key);
      if (keys.length === 0) return;
      // Twice: a load that began while the engine was at it may have seen the old value.
      loads.overtake(keys);
      await guarded("delete", () => driver.delete(keys));
      loads.overtake(keys);
    },
    async increment(key, by, { ttlMs }) {
      checkKey(key);
      checkTtl(ttlMs);
      if (!Number.isSafeInteger(by)) throw new RangeError(`increment by a whole number, not ${by}`);
      return guarded("increment", () => driver.increment(key, by, ttlMs));
    },
    async getOrLoad(key, options) {
      checkKey(key);
      checkTtl(options.ttlMs);
      if (options.negativeTtlMs !== 0) checkTtl(options.negativeTtlMs);
      return loads.getOrLoad(key, options);
    },
    async publish(channel, message) {
      checkKey(channel);
      if (!fits(deps.log, channel, message)) return;
      await guarded("publish", () => driver.publish(channel, message));
    },
    async subscribe(channel, receive) {
      checkKey(channel);
      return channels.subscribe(channel, receive);
    },
    onReconnect(listener) {
      const own = (): void => listener();
      listeners.add(own);
      return async () => void listeners.delete(own);
    },
  };
}

type Guard = <Result>(call: Call, run: () => Promise<Result>) => Promise<Result | undefined>;

/** Runs a driver's method; what it could not do answers `undefined` and is counted. */
function createGuard({ log, metrics }: StateDeps): Guard {
  const counter = metrics.counter({
    name: "tenfold_state_calls_total",
    help: "Calls of the state port; outcome is ok, away (no engine) or refused (by the engine)",
    labels: ["call", "outcome"],
  });
  // Label objects are made once: this runs on the hottest paths.
  const labels = new Map(
    calls.map((call) => [
      call,
      {
        ok: { call, outcome: "ok" },
        away: { call, outcome: "away" },
        refused: { call, outcome: "refused" },
      },
    ]),
  );
  return async (call, run) => {
    try {
      const result = await run();
      counter.add(1, labels.get(call)?.ok);
      return result;
    } catch (error) {
      const away = error instanceof EngineAway;
      counter.add(1, away ? labels.get(call)?.away : labels.get(call)?.refused);
      // That the engine is away is logged once, by the driver that notices.
      if (!away) log.error({ call, error }, "the state engine refused a command");
      return undefined;
    }
  };
}

function loadCounter(metrics: Metrics): Counter {
  return metrics.counter({
    name: "tenfold_state_loads_total",
    help: "getOrLoad by where the answer came from: cache, load, or alone (loaded, not stored)",
    labels: ["from"],
  });
}

function tellAll(log: Log, listeners: ReadonlySet<() => void>): void {
  for (const listener of Array.from(listeners)) {
    try {
      listener();
    } catch (error) {
      log.error({ error }, "a reconnect listener threw");
    }
  }
}

function checkKey(key: string): void {
  const bytes = Buffer.byteLength(key);
  if (bytes < 1 || bytes > limits.keyBytesMax) {
    throw new RangeError(`a key or channel has 1 to ${limits.keyBytesMax} bytes, not ${bytes}`);
  }
}

function checkTtl(ttlMs: number): void {
  if (!Number.isSafeInteger(ttlMs) || ttlMs < 1 || ttlMs > limits.ttlMsMax) {
    throw new RangeError(`a time to live is 1 to ${limits.ttlMsMax} whole ms, not ${ttlMs}`);
  }
}

function fits(log: Log, key: string, value: string): boolean {
  if (Buffer.byteLength(value) <= limits.valueBytesMax) return true;
  log.warn({ key, length: value.length }, "a value is too large for the state port; dropped");
  return false;
}
