/**
 * State in this process's memory: the executable specification of the port.
 *
 * One `Map` in order of use, the longest untouched first: reading or writing
 * moves an entry to the end, and the bound evicts from the front (LRU). There
 * is no timer per key. An entry that has expired is dropped when it is looked
 * at, and every write also looks at the two in front, so that a shrinking
 * working set gives its memory back. Each operation is O(1).
 */
import { createService } from "@tenfold/core";
import type { DriverEvents, StateDriver } from "../driver.ts";
import { createState, type StateDeps } from "../portable.ts";
import type { State } from "../state.ts";

export interface MemoryOptions {
  /** Default 200,000. */
  entriesMax?: number;
  /** Of keys and values together, in characters. Default 64 Mi. */
  charactersMax?: number;
}

interface Held {
  value: string;
  /** On the monotonic clock: a stepping wall clock expires nothing. */
  expiresMs: number;
}

const defaults = Object.freeze({ entriesMax: 200_000, charactersMax: 64 * 1024 * 1024 });

/** State for one process. What it holds is gone with the process. */
export function memoryState(deps: StateDeps, options: MemoryOptions = {}): State {
  return createState(deps, (events) => memoryDriver(deps, events, { ...defaults, ...options }));
}

function memoryDriver(
  { clock, metrics }: StateDeps,
  events: DriverEvents,
  bounds: Required<MemoryOptions>,
): StateDriver {
  const entries = createEntries(() => clock.monotonic(), bounds);
  const channels = new Set<string>();
  metrics.gauge({
    name: "tenfold_state_entries",
    help: "Entries held in memory",
    read: () => entries.size(),
  });

  // Everything takes effect before the first await, so calls are atomic in order of calling.
  return {
    ...createService({ stop: () => entries.clear() }),
    shared: false,
    healthy: () => true,
    get: async (key) => entries.read(key)?.value,
    set: async (key, value, ttlMs) => entries.write(key, value, ttlMs),
    async claim(key, value, ttlMs) {
      const held = entries.read(key);
      if (held === undefined) entries.write(key, value, ttlMs);
      return held?.value;
    },
    async swap(key, expected, next) {
      if (entries.read(key)?.value !== expected) return false;
      if (next === undefined) entries.remove(key);
      else entries.write(key, next.value, next.ttlMs);
      return true;
    },
    async increment(key, by, ttlMs) {
      const held = entries.read(key);
      if (held !== undefined && !/^-?\d+$/.test(held.value)) {
        throw new Error(`"${key}" does not hold a counter`);
      }
      const sum = Number(held?.value ?? 0) + by;
      if (held === undefined) entries.write(key, String(sum), ttlMs);
      else entries.replace(key, held, String(sum));
      return sum;
    },
    async delete(keys) {
      for (const key of keys) entries.remove(key);
    },
    async publish(channel, message) {
      if (!channels.has(channel)) return;
      // Later, as over a wire: a publisher never runs its receivers.
      queueMicrotask(() => events.message(channel, message));
    },
    listen: async (channel) => void channels.add(channel),
    unlisten: async (channel) => void channels.delete(channel),
  };
}

interface Entries {
  size(): number;
  read(key: string): Held | undefined;
  write(key: string, value: string, ttlMs: number): void;
  /** Another value with the same expiry. */
  replace(key: string, held: Held, value: string): void;
  remove(key: string): void;
  clear(): void;
}

function createEntries(nowMs: () => number, bounds: Required<MemoryOptions>): Entries {
  const byUse = new Map<string, Held>();
  let characters = 0;

  const remove = (key: string): void => {
    const held = byUse.get(key);
    if (held === undefined) return;
    byUse.delete(key);
    characters -= key.length + held.value.length;
  };
  const put = (key: string, held: Held): void => {
    remove(key);
    byUse.set(key, held);
    characters += key.length + held.value.length;
    let looked = 0;
    for (const [oldKey, old] of byUse) {
      const full = byUse.size > bounds.entriesMax || characters > bounds.charactersMax;
      if (full || old.expiresMs <= nowMs()) remove(oldKey);
      else if (++looked === 2) break;
    }
  };

  return {
    size: () => byUse.size,
    read(key) {
      const held = byUse.get(key);
      if (held === undefined) return undefined;
      if (held.expiresMs <= nowMs()) {
        remove(key);
        return undefined;
      }
      byUse.delete(key);
      byUse.set(key, held);
      return held;
    },
    write: (key, value, ttlMs) => put(key, { value, expiresMs: nowMs() + ttlMs }),
    replace: (key, held, value) => put(key, { value, expiresMs: held.expiresMs }),
    remove,
    clear() {
      byUse.clear();
      characters = 0;
    },
  };
}
