/** Writes that reads see already and a crash may still take. */
import { nameOf } from "../buffers.ts";
import type { Cell } from "../cell.ts";

/** A cell before and after it is stored. */
export interface Replaced {
  readonly place: Uint8Array;
  /** `nameOf(place)`. */
  readonly name: string;
  readonly before: Cell;
  readonly after: Cell;
  /** `after` as bytes, where they are at hand. */
  readonly record?: Uint8Array | undefined;
}

export interface Pending {
  readonly add: (name: string, written: Promise<void>) => void;
  /** Whether a write of the place is on its way. */
  readonly has: (name: string) => boolean;
  /** Resolves when the last write of a place is safe; `undefined` when none is on its way. */
  readonly of: (name: string) => Promise<unknown> | undefined;
  /** The same for several places. */
  readonly ofAny: (places: readonly Uint8Array[]) => Promise<unknown> | undefined;
  /**
   * What `read` gives, once all of it is safe. Rejects when it is not: also when a write
   * that it may have seen failed before it could be waited for.
   */
  readonly safely: <Value>(
    read: () => Promise<Value>,
    placesOf: (value: Value) => readonly Uint8Array[],
  ) => Promise<Value>;
  /** Rejects once any write has failed. */
  readonly all: () => Promise<unknown>;
}

/** `failed` hears of places whose write failed. */
export function createPending(failed: (name: string) => void): Pending {
  /** Set by the first write that failed, for good. */
  let failure: { readonly error: unknown } | undefined;
  const byName = new Map<string, Promise<void>>();
  /** Places by their write: many share one fsync, and so its promise. */
  const byWrite = new Map<Promise<void>, string[]>();
  /** What failed since each reading that is under way began. */
  const readings = new Set<Map<string, unknown>>();
  const ofAny = (places: readonly Uint8Array[]): Promise<unknown> | undefined => {
    if (byName.size === 0) return undefined;
    const waits = places
      .map((place) => byName.get(nameOf(place)))
      .filter((wait) => wait !== undefined);
    if (waits.length === 0) return undefined;
    const all = Promise.all(waits);
    // Whoever asked may have failed by something else before this one does.
    all.catch(() => undefined);
    return all;
  };
  const throwFailed = (
    failed: ReadonlyMap<string, unknown>,
    places: readonly Uint8Array[],
  ): void => {
    if (failed.size === 0) return;
    const name = places.map(nameOf).find((each) => failed.has(each));
    if (name !== undefined) throw failed.get(name);
  };
  const follow = (written: Promise<void>, names: string[]): void => {
    byWrite.set(written, names);
    const leave = (): void => {
      byWrite.delete(written);
      for (const name of names) if (byName.get(name) === written) byName.delete(name);
    };
    written.then(leave, (error: unknown) => {
      failure ??= { error };
      leave();
      for (const name of names) {
        failed(name);
        for (const seen of readings) seen.set(name, error);
      }
    });
  };
  return {
    has: (name) => byName.has(name),
    of: (name) => byName.get(name),
    add(name, written) {
      byName.set(name, written);
      const names = byWrite.get(written);
      if (names !== undefined) names.push(name);
      else follow(written, [name]);
    },
    ofAny,
    async safely(read, placesOf) {
      const seen = new Map<string, unknown>();
      readings.add(seen);
      try {
        const value = await read();
        const places = placesOf(value);
        await ofAny(places);
        throwFailed(seen, places);
        return value;
      } finally {
        readings.delete(seen);
      }
    },
    all() {
      // The tree counts what a write that failed did not bring: what is compared from here
      // on proves nothing, and knowledge must not grow before the next start.
      return failure === undefined ? Promise.all(byName.values()) : Promise.reject(failure.error);
    },
  };
}
