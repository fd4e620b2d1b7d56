/**
 * Keeps a node from giving older stamps than before it went down, should its clock
 * have been set back meanwhile.
 *
 * The disk holds a stamp that none given so far is above. It stands a little ahead,
 * so that it is written about once a second, and always in the batch that holds the
 * first stamp above it: whatever stamp is on the disk, one not below it is reserved.
 */
import type { HybridClock } from "../hybrid-clock.ts";
import { encodeEntry } from "../record.ts";
import { readVector } from "./knowledge-records.ts";
import type { Change, Storage } from "./ports.ts";

const KEY: Uint8Array = Buffer.of(0x73);
/** One second of stamps; after a crash the clock may stand so far ahead. */
const AHEAD = 1_000 * 4_096;
/** The record is a vector of one entry, of nobody. */
const NOBODY = 0;

export interface StampReserve {
  /** Raises the clock above all that the disk says was given. */
  readonly open: () => Promise<void>;
  /** What a batch must hold beside the stamps it may have. */
  readonly changes: () => readonly Change[];
  /** For a clean stop: nothing is reserved beyond what was given. */
  readonly exact: () => Change;
}

const none: readonly Change[] = [];

export function createStampReserve(storage: Storage, stamps: HybridClock): StampReserve {
  let reserved = 0;
  const reserve = (stamp: number): Change => {
    reserved = stamp;
    return { key: KEY, value: encodeEntry(NOBODY, stamp) };
  };
  return {
    async open() {
      stamps.raise(readVector(await storage.get(KEY))?.get(NOBODY) ?? 0);
    },
    changes: () => (stamps.last() > reserved ? [reserve(stamps.last() + AHEAD)] : none),
    exact: () => reserve(stamps.last()),
  };
}
