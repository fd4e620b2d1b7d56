/**
 * `getOrLoad`: many ask, one fetches.
 *
 * Within a process, callers of one key share one promise. Across processes the
 * first to miss puts a lease (a random token) in the key's place; the others
 * look again every few milliseconds until the value stands there, at the
 * longest for one lease, then fetch for themselves. The holder renews its
 * lease while it fetches, so only a holder that died lets it run out.
 *
 *   miss ─ claim(token) ─ load() ─ swap(token → value)
 *                            ▲
 *            delete(key) takes the token away, so the swap is refused
 *
 * That last rule is what keeps a value read before an edit from being stored
 * after it: Nishtala et al., "Scaling Memcache at Facebook", NSDI 2013, §3.2.1.
 * A load that was overtaken also stops being joined, so whoever asks after
 * `delete` resolved never gets what was read before it began.
 */
import type { Clock, Counter, Log, Random } from "@tenfold/core";
import type { StateDriver } from "./driver.ts";
import { decodeEntry, encodeLease, encodeValue, NOTHING } from "./entry.ts";
import type { LoadOptions } from "./state.ts";

export interface LoadsParts {
  driver: StateDriver;
  clock: Clock;
  random: Random;
  log: Log;
  /** Counts by `from`: cache, load, and alone (loaded without being stored). */
  counter: Counter;
  leaseMs: number;
  valueBytesMax: number;
}

export interface Loads {
  getOrLoad<Value>(key: string, options: LoadOptions<Value>): Promise<Value | undefined>;
  /** Callers from now on do not join running loads of these keys, nor are those stored. */
  overtake(keys: readonly string[]): void;
}

interface Flight {
  overtaken: boolean;
  result: Promise<unknown>;
}

type Turn =
  | { kind: "found"; value: unknown }
  /** It is ours to load and store. */
  | { kind: "lease"; lease: string }
  /** Load without storing: the engine is away, or someone holds the lease for too long. */
  | { kind: "alone" };

const POLL_MS_MIN = 5;
const POLL_MS_MAX = 40;
const FROM_CACHE = Object.freeze({ from: "cache" });
const FROM_LOAD = Object.freeze({ from: "load" });
const FROM_ALONE = Object.freeze({ from: "alone" });

export function createLoads(parts: LoadsParts): Loads {
  const { driver, clock, log } = parts;
  const flights = new Map<string, Flight>();

  const takeTurn = async (key: string): Promise<Turn> => {
    const lease = encodeLease(Buffer.from(parts.random.bytes(12)).toString("base64url"));
    const deadlineMs = clock.monotonic() + parts.leaseMs;
    for (let pauseMs = POLL_MS_MIN; ; pauseMs = Math.min(pauseMs * 2, POLL_MS_MAX)) {
      const text =
        (await driver.get(key)) ?? (await driver.claim(key, lease, parts.leaseMs)) ?? lease;
      if (text === lease) return { kind: "lease", lease };
      const entry = decodeEntry(text);
      if (entry.kind === "nothing") return { kind: "found", value: undefined };
      if (entry.kind === "value") {
        const parsed = parseJson(entry.value);
        if (parsed !== undefined) return { kind: "found", value: parsed };
        log.warn({ key }, "a cached value is not JSON; it is loaded again");
        await driver.delete([key]);
        continue;
      }
      const leftMs = deadlineMs - clock.monotonic();
      if (leftMs <= 0) return { kind: "alone" };
      await clock.sleep(Math.min(pauseMs, leftMs));
    }
  };

  const store = async (key: string, lease: string, text: string, ttlMs: number): Promise<void> => {
    const fits = Buffer.byteLength(text) <= parts.valueBytesMax;
    if (!fits) log.warn({ key, length: text.length }, "a loaded value is too large to be cached");
    const keep = fits && ttlMs > 0;
    // ±10 %, so that keys stored together do not expire together.
    const spreadMs = Math.max(1, Math.round(ttlMs * (0.9 + 0.2 * parts.random.float())));
    await driver.swap(key, lease, keep ? { value: text, ttlMs: spreadMs } : undefined);
  };

  const loadAndStore = async <Value>(
    key: string,
    { lease, options, flight }: { lease: string; options: LoadOptions<Value>; flight: Flight },
  ): Promise<Value | undefined> => {
    const loaded = new AbortController();
    void keepLease(parts, { key, lease, signal: loaded.signal });
    const release = async (): Promise<void> => {
      await driver.swap(key, lease).catch(() => undefined); // The lease runs out by itself.
    };
    let value: Value | undefined;
    let text: string;
    try {
      value = await options.load();
      text = value === undefined ? NOTHING : encodeValue(toJson(key, value));
    } catch (error) {
      await release();
      throw error;
    } finally {
      loaded.abort();
    }
    if (flight.overtaken) {
      await release();
    } else {
      const ttlMs = value === undefined ? options.negativeTtlMs : options.ttlMs;
      // Not stored, then; the value is as good as it was.
      await store(key, lease, text, ttlMs).catch(() => undefined);
    }
    return value;
  };

  const fly = async <Value>(
    key: string,
    options: LoadOptions<Value>,
    flight: Flight,
  ): Promise<Value | undefined> => {
    const turn = await takeTurn(key).catch((): Turn => ({ kind: "alone" }));
    if (turn.kind === "found") {
      parts.counter.add(1, FROM_CACHE);
      // Whoever stored this key stored a `Value`, as the callers of one key agree on its type.
      return turn.value as Value | undefined;
    }
    parts.counter.add(1, turn.kind === "lease" ? FROM_LOAD : FROM_ALONE);
    if (turn.kind === "alone") return options.load();
    return loadAndStore(key, { lease: turn.lease, options, flight });
  };

  return {
    getOrLoad<Value>(key: string, options: LoadOptions<Value>) {
      const running = flights.get(key);
      if (running !== undefined) return running.result as Promise<Value | undefined>;
      const flight: Flight = { overtaken: false, result: Promise.resolve() };
      flights.set(key, flight);
      const result = fly(key, options, flight).finally(() => {
        if (flights.get(key) === flight) flights.delete(key);
      });
      flight.result = result;
      return result;
    },
    overtake(keys) {
      for (const key of keys) {
        const flight = flights.get(key);
        if (flight === undefined) continue;
        flight.overtaken = true;
        flights.delete(key);
      }
    },
  };
}

/** Renews a lease at a third of its time until `signal` aborts or it is lost. */
async function keepLease(
  { driver, clock, leaseMs }: LoadsParts,
  { key, lease, signal }: { key: string; lease: string; signal: AbortSignal },
): Promise<void> {
  try {
    do await clock.sleep(leaseMs / 3, signal);
    while (await driver.swap(key, lease, { value: lease, ttlMs: leaseMs }));
  } catch {
    // Loaded, or the engine is away: either way there is nothing left to renew.
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function toJson(key: string, value: unknown): string {
  const text: string | undefined = JSON.stringify(value);
  if (text === undefined) throw new TypeError(`the loader of "${key}" gave what JSON cannot hold`);
  return text;
}
