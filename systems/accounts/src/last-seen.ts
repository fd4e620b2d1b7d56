/**
 * When credentials were last used, without a write on the request path: uses
 * are noted in memory and written together, once a minute, each session or
 * key at most every few minutes (`lastSeenResolutionMs`). A crash loses the
 * notes of a minute; idle expiry allows for it (`idleSlackMs`).
 */
import type { Log } from "@tenfold/core";
import type { AccountsOptions } from "./options.ts";
import { noteUsed } from "./store/keys.ts";
import { noteSeen } from "./store/sessions.ts";
import type { Db } from "./store/tables.ts";

/** Notes kept between two writes; further credentials go unnoted until then. */
const notesMax = 50_000;

export interface LastSeen {
  note(via: "session" | "key", id: string, atMs: number): void;
  /** Writes what was noted. When that fails, the notes are kept for the next time. */
  flush(): Promise<void>;
}

export function createLastSeen(deps: { db: Db; log: Log }): LastSeen {
  let noted = { session: new Map<string, number>(), key: new Map<string, number>() };
  return {
    note(via, id, atMs) {
      const notes = noted[via];
      if (notes.size < notesMax || notes.has(id)) notes.set(id, atMs);
    },
    async flush() {
      const batch = noted;
      noted = { session: new Map(), key: new Map() };
      try {
        await noteSeen(deps.db, batch.session);
        await noteUsed(deps.db, batch.key);
      } catch (error) {
        deps.log.warn({ error: String(error) }, "last uses could not be written, will try again");
        noted = {
          session: new Map([...batch.session, ...noted.session]),
          key: new Map([...batch.key, ...noted.key]),
        };
      }
    },
  };
}

/**
 * How far the stored time may lag behind the last use: noted uses are that
 * coarse, wait that long, and the cache in front of them counts on top.
 */
export function idleSlackMs(options: AccountsOptions): number {
  return options.lastSeenResolutionMs + 2 * options.lastSeenFlushMs + 2 * options.cacheMs;
}
