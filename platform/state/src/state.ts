/**
 * The state port: what may be lost. A cache, counters and messages between
 * processes, in memory for one process or in Redis for many.
 *
 * Contract
 * - Values are strings. A missing or expired key reads as `undefined`.
 * - `ttlMs` is required wherever something is stored: nothing lives for ever.
 * - `increment` is atomic; its TTL starts when the counter is made and is not
 *   moved by later increments.
 * - Messages are delivered at most once, in the publisher's order, to those
 *   subscribed at that moment, the publisher's own process included.
 * - Nothing here throws because the engine is away: reads answer `undefined`,
 *   writes and messages are dropped, and `increment` answers `undefined`, so
 *   that a request which SQL can answer never fails. `healthy()` tells.
 * - After the engine was away, messages may have been missed: `onReconnect`
 *   is told, so that caches built on messages can be emptied.
 * - What was set or deleted while the engine was away reads as absent once it is
 *   back (up to 10,000 keys per process), not as it was before.
 * - `set` may prime and `delete` must invalidate what `getOrLoad` keeps; the keys
 *   of `setIfAbsent` and `increment` are not to be used with it.
 * - `increment` of a key that holds no counter answers `undefined` and changes
 *   nothing. A key (1 to 512 bytes) or a TTL (1 ms to a year, whole) out of
 *   bounds throws a RangeError; a value over 1 MiB is not stored.
 * - Unspecified: eviction order, and whether a set under memory pressure stays.
 */
import type { Service } from "@tenfold/core";

export interface Unsubscribe {
  (): Promise<void>;
}

export interface LoadOptions<Value> {
  /** How long a found value is kept; spread by ±10 % so that keys do not expire together. */
  ttlMs: number;
  /** How long "not found" is kept; 0 keeps it not at all. */
  negativeTtlMs: number;
  /**
   * Fetches the truth, as JSON can hold it; `undefined` means "there is none".
   * Its error is the caller's. All callers of a key agree on its type.
   */
  load(): Promise<Value | undefined>;
}

/**
 * Lua at the engine, for what must be atomic and is not in this port: the rate
 * limits. The first `keyCount` arguments are keys, and get the installation's
 * prefix; of a cluster, all keys of a call must share a `{tag}`. Unlike the
 * port, it rejects when the engine is away or refuses: who counts by it must
 * know that nothing was counted. `evalsha` rejects with `NOSCRIPT …` for a
 * script that the engine has not seen.
 */
export interface Scripts {
  /** Whether keys of one call must share a `{tag}`. */
  readonly isCluster: boolean;
  evalsha(sha1: string, keyCount: number, ...args: string[]): Promise<unknown>;
  eval(script: string, keyCount: number, ...args: string[]): Promise<unknown>;
}

export interface State extends Service {
  /** True when other processes see the same state: more than one process needs that. */
  readonly shared: boolean;
  /** Absent in memory, where whoever needs to be atomic simply is. */
  readonly scripts: Scripts | undefined;
  get(key: string): Promise<string | undefined>;
  set(key: string, value: string, options: { ttlMs: number }): Promise<void>;
  /** Sets only when absent; true when this call set it; `undefined` when the engine is away. */
  setIfAbsent(key: string, value: string, options: { ttlMs: number }): Promise<boolean | undefined>;
  delete(...keys: string[]): Promise<void>;
  /** Adds and answers the sum; `undefined` when the engine is away. */
  increment(key: string, by: number, options: { ttlMs: number }): Promise<number | undefined>;
  /**
   * The cached JSON value, or the loaded one. One load per key at a time in a
   * process, and across processes while a short lease holds; a loader that
   * dies delays the others by at most that lease (2 s). A `delete` or `set`
   * during a load keeps the loaded value from being stored, and who asks after
   * it resolved does not join that load.
   */
  getOrLoad<Value>(key: string, options: LoadOptions<Value>): Promise<Value | undefined>;
  publish(channel: string, message: string): Promise<void>;
  subscribe(channel: string, receive: (message: string) => void): Promise<Unsubscribe>;
  /** Called each time the engine is back after having been away. */
  onReconnect(listener: () => void): Unsubscribe;
  healthy(): boolean;
}
