/**
 * The keys that this node is asked for most, found in a sample: about one call of 64
 * is noted, so a call costs a subtraction. Of each window at most 1,024 keys are kept,
 * by Space-Saving (Metwally et al., ICDT 2005): a key that is not among them takes the
 * place of the one noted least, and its count. Whatever is asked for more often than
 * 1 in 1,024 is among them.
 */
import type { Random } from "@tenfold/core";
import { nameOf } from "../buffers.ts";
import type { Bytes } from "../keyspace.ts";

export interface HotKey {
  readonly key: Bytes;
  /** Calls of this node's clients, about. */
  readonly perSecond: number;
}

export interface HotKeys {
  /** A command names the key. */
  readonly note: (key: Bytes) => void;
  /** Of the last whole window, the hottest first; only those noted often enough to be sure. */
  readonly top: (count: number) => HotKey[];
}

export interface HotKeysDeps {
  readonly random: Random;
  readonly monotonic: () => number;
}

const CALLS_PER_NOTE = 64;
const KEYS_MAX = 1_024;
const WINDOW_MS = 10_000;
/** Fewer may be chance: one noted 8 times was asked for some 500 times, give or take 180. */
const NOTES_MIN = 8;

export function createHotKeys({ random, monotonic }: HotKeysDeps): HotKeys {
  let skip = 0;
  let counts = new Map<string, number>();
  /** No count is below: counts only grow. */
  let atLeast = 1;
  let startedMs = monotonic();
  let last: { counts: ReadonlyMap<string, number>; seconds: number } | undefined;
  const turn = (): void => {
    const elapsedMs = monotonic() - startedMs;
    if (elapsedMs < WINDOW_MS) return;
    last = { counts, seconds: elapsedMs / 1_000 };
    counts = new Map();
    atLeast = 1;
    startedMs = monotonic();
  };
  return {
    note(key) {
      if (--skip > 0) return;
      // By lot, not every 64th: clients that go round through their keys would always hit the same.
      skip = 1 + random.below(2 * CALLS_PER_NOTE - 1);
      turn();
      const name = nameOf(key);
      const held = counts.get(name);
      if (held === undefined && counts.size === KEYS_MAX) {
        const [least, count] = leastOf(counts, atLeast);
        atLeast = count;
        counts.delete(least);
        counts.set(name, count + 1);
      } else counts.set(name, (held ?? 0) + 1);
    },
    top(count) {
      turn();
      if (last === undefined) return [];
      const { seconds } = last;
      return [...last.counts]
        .filter(([, notes]) => notes >= NOTES_MIN)
        .sort(([, one], [, other]) => other - one)
        .slice(0, count)
        .map(([name, notes]) => ({
          key: Buffer.from(name, "latin1"),
          perSecond: Math.round((notes * CALLS_PER_NOTE) / seconds),
        }));
    },
  };
}

/** Who came last stands last, with one more than the least: the search ends soon. */
function leastOf(counts: ReadonlyMap<string, number>, atLeast: number): [string, number] {
  let found: [string, number] = ["", Infinity];
  for (const entry of counts) {
    if (entry[1] < found[1]) found = entry;
    if (found[1] <= atLeast) break;
  }
  return found;
}
