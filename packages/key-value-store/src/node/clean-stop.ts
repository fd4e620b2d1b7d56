/**
 * The mark of a clean stop: written last when a node stops, deleted before it does
 * anything when it starts. Where it is found, nothing was forgotten in between, and
 * what was saved at the stop may be believed.
 *
 *     'a'  ──▶  { run: 1 }, sealed
 *
 * A run is an unbroken row of clean stops. It says nothing of who the node is: a copy
 * of a stopped node's folder, put back later, has the mark too.
 */
import { keyValueErrors } from "../errors.ts";
import { encodeEntry } from "../record.ts";
import { readVector } from "./knowledge-records.ts";
import type { Change, Storage } from "./ports.ts";

const KEY: Uint8Array = Buffer.of(0x61);

export interface CleanStop {
  /** The storage, which takes no write from `close()` on: then `write` throws. */
  readonly storage: Storage;
  /** The run that the last stop was of, if that was clean. */
  readonly before: () => Promise<number | undefined>;
  /** From here on it was not. */
  readonly begin: () => Promise<void>;
  readonly close: () => void;
  /** Writes what is to be saved, and that the stop is clean once all of it is on the disk. */
  readonly end: (run: number, saved: AsyncIterable<Change[]>, last: Change) => Promise<void>;
}

export function createCleanStop(storage: Storage): CleanStop {
  let isClosed = false;
  let hasBegun = false;
  return {
    storage: {
      get: (key) => storage.get(key),
      range: (range) => storage.range(range),
      write(changes, options) {
        // At once, so that nobody accounts for what is not written.
        if (isClosed) throw keyValueErrors.node_read_only({ detail: "The node is stopping." });
        return storage.write(changes, options);
      },
    },
    async before() {
      const [run] = readVector(await storage.get(KEY))?.keys() ?? [];
      return run;
    },
    async begin() {
      await storage.write([{ key: KEY, value: undefined }], { sync: true });
      hasBegun = true;
    },
    close() {
      isClosed = true;
    },
    async end(run, saved, last) {
      // One that did not get so far as to read what is known has nothing to say of it.
      if (!hasBegun) return;
      for await (const changes of saved) await storage.write(changes, { sync: false });
      const mark = { key: KEY, value: encodeEntry(run, 1) };
      await storage.write([last, mark], { sync: true });
    },
  };
}
