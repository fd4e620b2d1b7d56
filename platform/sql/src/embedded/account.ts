/**
 * Which account the server runs as. PostgreSQL refuses root, so a process
 * started as root gives its server to an unprivileged account, and that
 * account must be able to enter every folder above its data.
 */
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, statSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { geteuid } from "node:process";

import { sqlErrors } from "../errors.ts";

export interface Account {
  readonly uid: number;
  readonly gid: number;
}

/** Accounts in order of preference; each must be in the system's list, for initdb asks its name. */
const unprivilegedNames = ["postgres", "_postgres", "nobody"];

/** True when this process may do anything, and PostgreSQL therefore would refuse. */
export function runsAsRoot(): boolean {
  return geteuid?.() === 0;
}

function accountFromList(): Account {
  const lines = readFileSync("/etc/passwd", "utf8").split("\n");
  for (const name of unprivilegedNames) {
    const [, , uid, gid] = lines.find((line) => line.startsWith(`${name}:`))?.split(":") ?? [];
    if (uid !== undefined && gid !== undefined) return { uid: Number(uid), gid: Number(gid) };
  }
  throw sqlErrors.postgres_start_failed({
    detail: "PostgreSQL does not run as root, and there is no account to give it to.",
    hint: "Make one, for example: useradd --system --no-create-home postgres",
  });
}

/**
 * The account to give the server to; `undefined` means our own. The owner of
 * an existing cluster stays its owner, whoever is preferred today.
 */
export function serverAccount(cluster: string): Account | undefined {
  if (!runsAsRoot()) return undefined;
  if (existsSync(cluster)) {
    const { uid, gid } = statSync(cluster);
    if (uid !== 0) return { uid, gid };
  }
  return accountFromList();
}

/** `/a/b/c` → `/`, `/a`, `/a/b`, `/a/b/c`. */
export function withAncestors(path: string): string[] {
  const chain = [resolve(path)];
  for (let folder = dirname(chain[0] ?? "/"); folder !== chain[0]; folder = dirname(folder)) {
    chain.unshift(folder);
  }
  return chain;
}

/** The first existing folder on the way to `path` that `account` may not enter. */
export function firstClosedFolder(path: string, account: Account): string | undefined {
  const folders = withAncestors(path).filter((folder) => existsSync(folder));
  // Asked of the system as that account, since mode bits do not tell of ACLs.
  const script = 'for folder do [ -x "$folder" ] || { printf %s "$folder"; exit 1; }; done';
  const asked = spawnSync("/bin/sh", ["-c", script, "sh", ...folders], { ...account, cwd: "/" });
  return asked.status === 0 ? undefined : asked.stdout.toString();
}

/** Throws `data_folder_unreachable`, naming the folder that is closed and what to do. */
export function assertReachable(dataFolder: string, account: Account): void {
  const closed = firstClosedFolder(dataFolder, account);
  if (closed === undefined) return;
  throw sqlErrors.data_folder_unreachable({
    detail: `PostgreSQL does not run as root, and the account it is given cannot enter ${closed}.`,
    hint: `Choose another folder with --data /var/lib/tenfold/data, or open this one: chmod o+x '${closed}'`,
  });
}

/**
 * Where data goes unless told: `data` in the checkout, or, when started as
 * root from a place that only root may enter, below `/var/lib`.
 */
export function defaultDataFolder(place: { root: boolean; checkout: string }): string {
  const inCheckout = join(place.checkout, "data");
  if (!place.root) return inCheckout;
  const account = serverAccount(join(inCheckout, "postgres", "cluster")) ?? accountFromList();
  return firstClosedFolder(inCheckout, account) === undefined
    ? inCheckout
    : "/var/lib/tenfold/data";
}
