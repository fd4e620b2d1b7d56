/** The folder of the server's socket: private, and with a path that fits into an address. */
import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";

import type { Account } from "./account.ts";
import { socketPort } from "./configuration.ts";
import type { FolderLock } from "./folder-lock.ts";
import type { Layout } from "./layout.ts";
import { removeSocket } from "./leftovers.ts";

/** An address holds 107 bytes on Linux, 103 on macOS. */
const addressBytesMax = 100;
const outsidePrefix = "tenfold-socket-";

function fits(folder: string): boolean {
  return Buffer.byteLength(join(folder, `.s.PGSQL.${socketPort}`)) <= addressBytesMax;
}

/** Removes what a holder that was killed left outside of the data folder. */
function removeOutside(folder: string): void {
  if (!basename(folder).startsWith(outsidePrefix)) return;
  try {
    removeSocket(folder);
    rmdirSync(folder);
  } catch {
    // Gone already, or not ours any more; either way nothing of ours depends on it.
  }
}

export interface SocketFolder {
  readonly path: string;
  remove(): void;
}

/** Makes an empty folder that only the server's account and root may enter. */
export function makeSocketFolder(
  layout: Layout,
  lock: FolderLock,
  account: Account | undefined,
): SocketFolder {
  if (lock.previousOwner?.socketFolder !== undefined)
    removeOutside(lock.previousOwner.socketFolder);

  const outside = !fits(layout.socket);
  let path = layout.socket;
  if (outside) {
    const parent = fits(join(tmpdir(), `${outsidePrefix}XXXXXX`)) ? tmpdir() : "/tmp";
    path = mkdtempSync(join(parent, outsidePrefix));
    lock.note({ socketFolder: path });
  } else {
    mkdirSync(path, { recursive: true });
  }
  if (account !== undefined) chownSync(path, account.uid, account.gid);
  chmodSync(path, 0o700);
  removeSocket(path);
  return { path, remove: () => (outside ? removeOutside(path) : undefined) };
}
