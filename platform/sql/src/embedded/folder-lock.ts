/**
 * One process per data folder.
 *
 * A file with a process ID in it proves nothing: the process may be gone and
 * its number given to another. So the proof is a lock of the kernel, which dies
 * with its holder whatever happens to it. Node has no call for one, but SQLite
 * takes such a lock on its file, so an empty SQLite file is the lock. (Nothing
 * is ever stored in it.) Nobody else in this process may open that file:
 * closing any handle on it would drop the lock.
 */
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { pid } from "node:process";
import { DatabaseSync } from "node:sqlite";

import { sqlErrors } from "../errors.ts";

import type { Layout } from "./layout.ts";

export interface Owner {
  readonly pid: number;
  /** Set when the socket had to be put outside of the data folder. */
  readonly socketFolder?: string;
}

export interface FolderLock {
  /** What the previous holder wrote; it may have died at any moment since. */
  readonly previousOwner: Owner | undefined;
  note(owner: Omit<Owner, "pid">): void;
  release(): void;
}

/** Keeps held locks from being collected, which would drop them. */
const held = new Set<DatabaseSync>();

/** What the holder wrote about itself; `undefined` when nothing can be read. */
export function readOwner(path: string): Owner | undefined {
  try {
    const read: unknown = JSON.parse(readFileSync(path, "utf8"));
    if (typeof read !== "object" || read === null || !("pid" in read)) return undefined;
    if (typeof read.pid !== "number") return undefined;
    const outside = "socketFolder" in read ? read.socketFolder : undefined;
    return { pid: read.pid, ...(typeof outside === "string" ? { socketFolder: outside } : {}) };
  } catch {
    // Absent or half written: nothing is known of the owner, and nothing depends on it.
    return undefined;
  }
}

function isBusy(error: unknown): boolean {
  return error instanceof Error && "errcode" in error && error.errcode === 5;
}

/** Takes the lock or throws `data_folder_in_use`, naming the holder. */
export function lockFolder(layout: Layout): FolderLock {
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(layout.lock);
    database.exec("BEGIN EXCLUSIVE");
  } catch (cause) {
    database?.close();
    if (!isBusy(cause)) {
      throw sqlErrors.data_folder_unusable({
        detail: `The lock ${layout.lock} cannot be taken.`,
        hint: "The folder must be writable, and on a disk that knows file locks.",
        cause,
      });
    }
    const holder = readOwner(layout.owner);
    throw sqlErrors.data_folder_in_use({
      detail: `${layout.folder} is in use by ${holder === undefined ? "another process" : `process ${holder.pid}`}.`,
      hint: "Stop it first, or choose another folder with --data.",
    });
  }
  const lock = database;
  held.add(lock);
  const previousOwner = readOwner(layout.owner);
  const note = (owner: Omit<Owner, "pid">): void =>
    writeFileSync(layout.owner, JSON.stringify({ pid, ...owner }), { mode: 0o600 });
  note({});
  return {
    previousOwner,
    note,
    release() {
      if (!held.delete(lock)) return;
      rmSync(layout.owner, { force: true });
      lock.close();
    },
  };
}
