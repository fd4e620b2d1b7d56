/**
 * Links in memory, by code, so that a redirect asks nobody.
 *
 * Eviction is SIEVE (Zhang et al., NSDI 2024): entries stand in a queue by age;
 * a hit only marks its entry. When room is needed, a hand moves from the oldest
 * on, unmarks what is marked and evicts the first that is not:
 *
 *   oldest  ○ ● ● ○ ● ○ ○  newest        ● marked since the hand last passed
 *           ▲ hand: evict                ○ not
 *
 * A hit therefore writes one boolean and moves nothing, where LRU would
 * reorder; and it keeps more of a skewed load than LRU does. Memory: about
 * 300 bytes and the URL for each link.
 *
 * A load that was under way when its link changed must not be kept: `forget`
 * marks running loads as stale. Codes that lead nowhere are remembered for two
 * seconds, apart and in bounded number, so that they displace no links.
 */
import type { Clock } from "@tenfold/core";

export interface CacheEntry {
  /** Wall time in ms up to which the entry may be used. */
  freshUntilMs: number;
  /** Touched since the hand last passed. */
  used: boolean;
}

export interface LinkCacheOptions {
  /** Links kept, at most. */
  linksMax: number;
}

export interface LinkCache<Entry extends CacheEntry> {
  /** A fresh entry from memory; never waits. */
  get(key: string): Entry | undefined;
  /** From memory or by `load`, which runs once for all that wait for a key. */
  getOrLoad(key: string, load: () => Promise<Entry | undefined>): Promise<Entry | undefined>;
  forget(keys: readonly string[]): void;
  forgetAll(): void;
  readonly size: number;
}

const MISSES_MAX = 20_000;
const MISS_TTL_MS = 2000;

interface Load<Entry> {
  promise: Promise<Entry | undefined>;
  /** The link has changed since the load began. */
  stale: boolean;
}

/** An empty cache. */
export function createLinkCache<Entry extends CacheEntry>(
  { clock }: { clock: Clock },
  { linksMax }: LinkCacheOptions,
): LinkCache<Entry> {
  const entries = new Map<string, Entry>();
  const misses = new Map<string, number>();
  const loads = new Map<string, Load<Entry>>();
  let hand = entries.entries();

  const evictOne = (): void => {
    // After two rounds without marks being set, something has been evicted.
    for (;;) {
      const next = hand.next();
      if (next.done === true) {
        hand = entries.entries();
        continue;
      }
      const [key, entry] = next.value;
      if (!entry.used) {
        entries.delete(key);
        return;
      }
      entry.used = false;
    }
  };
  const keep = (key: string, entry: Entry): void => {
    if (!entries.has(key) && entries.size >= linksMax) evictOne();
    entries.set(key, entry);
  };
  const keepMiss = (key: string): void => {
    if (misses.size >= MISSES_MAX) misses.clear();
    misses.set(key, clock.now() + MISS_TTL_MS);
  };
  const get = (key: string): Entry | undefined => {
    const entry = entries.get(key);
    if (entry === undefined || entry.freshUntilMs <= clock.now()) return undefined;
    entry.used = true;
    return entry;
  };
  const start = (
    key: string,
    load: () => Promise<Entry | undefined>,
  ): Promise<Entry | undefined> => {
    const running: Load<Entry> = { promise: Promise.resolve(undefined), stale: false };
    running.promise = load()
      .then((entry) => {
        if (running.stale) return entry;
        if (entry === undefined) {
          entries.delete(key);
          keepMiss(key);
        } else keep(key, entry);
        return entry;
      })
      .finally(() => {
        if (loads.get(key) === running) loads.delete(key);
      });
    loads.set(key, running);
    return running.promise;
  };

  return {
    get,
    async getOrLoad(key, load) {
      const entry = get(key);
      if (entry !== undefined) return entry;
      if ((misses.get(key) ?? 0) > clock.now()) return undefined;
      const running = loads.get(key);
      return running === undefined || running.stale
        ? await start(key, load)
        : await running.promise;
    },
    forget(keys) {
      for (const key of keys) {
        entries.delete(key);
        misses.delete(key);
        const running = loads.get(key);
        if (running !== undefined) running.stale = true;
      }
    },
    forgetAll() {
      entries.clear();
      misses.clear();
      hand = entries.entries();
      for (const running of loads.values()) running.stale = true;
    },
    get size() {
      return entries.size;
    },
  };
}
