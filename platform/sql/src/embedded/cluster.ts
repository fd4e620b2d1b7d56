/**
 * Making a cluster, all or nothing: it is made beside its place, with its
 * role, its database and its access rules, and renamed when it is whole. A
 * crash on the way leaves a folder that the next start removes.
 *
 *   postgres   superuser, for the supervisor and for backups
 *   tenfold    owner of the database `tenfold`, an ordinary role: an injected
 *              statement can neither run programs nor read files
 */
import { spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { chmod, chown, mkdir, open, readdir, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";

import type { Clock, Log, Random } from "@tenfold/core";

import { sqlErrors } from "../errors.ts";

import type { Account } from "./account.ts";
import type { Binaries } from "./binaries.ts";
import { credentialsFile, type Layout } from "./layout.ts";
import { stopLeftovers } from "./leftovers.ts";

export interface Credentials {
  readonly admin: string;
  readonly tenfold: string;
}

/** What every child of ours sees of the environment: nothing that could steer it. */
export const childEnvironment = Object.freeze({ LC_ALL: "C", TZ: "UTC", PATH: "/usr/bin:/bin" });

export interface ClusterMaker {
  layout: Layout;
  binaries: Binaries;
  account: Account | undefined;
  random: Random;
  /** Skips every fsync; only for tests. */
  unsafe: boolean;
}

function runTool(program: string, args: readonly string[], input: string, account?: Account) {
  return new Promise<void>((resolve, reject) => {
    const child = spawn(program, args, {
      ...account,
      cwd: "/",
      env: childEnvironment,
      stdio: ["pipe", "ignore", "pipe"],
    });
    let said = "";
    child.stderr.on("data", (chunk: Buffer) => {
      said = (said + chunk.toString()).slice(-4_000);
    });
    // The program may end before it has read everything; its exit status tells the story.
    child.stdin.on("error", () => undefined);
    child.stdin.end(input);
    child.on("error", reject);
    child.on("close", (status) =>
      status === 0 ? resolve() : reject(new Error(`${program} ended with ${status}: ${said}`)),
    );
  });
}

/** Turns what a failing program said into what to do about it. */
export function explainFailure(said: string, folder: string): { detail: string; hint?: string } {
  if (/No space left on device|could not extend file/i.test(said)) {
    return {
      detail: `There is no room left on the disk of ${folder}.`,
      hint: "Free some, or choose another disk with --data.",
    };
  }
  if (/Permission denied|Operation not permitted/i.test(said)) {
    return {
      detail: `PostgreSQL may not write to ${folder}.`,
      hint: "The folder must belong to the user who starts Tenfold, with its contents.",
    };
  }
  if (/could not look up effective user ID/i.test(said)) {
    return {
      detail: "PostgreSQL needs its user to have a name, and this one has none.",
      hint: "Add the user to /etc/passwd.",
    };
  }
  if (/could not create shared memory segment|could not map anonymous shared memory/i.test(said)) {
    return { detail: "There is not enough memory for PostgreSQL.", hint: "It needs about 200 MB." };
  }
  const last = said
    .trim()
    .split("\n")
    .findLast((line) => /FATAL|PANIC|error/i.test(line));
  return {
    detail: `PostgreSQL could not be run in ${folder}${last === undefined ? "." : `: ${last}`}`,
  };
}

async function giveTo(account: Account | undefined, path: string): Promise<void> {
  if (account !== undefined) await chown(path, account.uid, account.gid);
}

async function syncFolder(path: string): Promise<void> {
  const handle = await open(path);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function newPassword(random: Random): string {
  return Buffer.from(random.bytes(24)).toString("base64url");
}

async function fillCluster(maker: ClusterMaker, draft: string): Promise<void> {
  const { binaries, account, random, unsafe } = maker;
  const credentials: Credentials = { admin: newPassword(random), tenfold: newPassword(random) };
  const args = [
    ["-D", draft, "--username=postgres", "--auth=reject", "--encoding=UTF8"],
    // The builtin locale sorts the same on every system, so no upgrade of it breaks an index.
    ["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"],
    ["--data-checksums", "--no-instructions"],
    unsafe ? ["--no-sync", "--wal-segsize=1"] : [],
  ];
  await runTool(binaries.initdb, args.flat(), "", account);
  const statements = [
    "set password_encryption = 'scram-sha-256'",
    `alter role postgres password '${credentials.admin}'`,
    `create role tenfold login password '${credentials.tenfold}'`,
    "create database tenfold owner tenfold",
  ];
  const single = [
    "--single",
    "-D",
    draft,
    "-c",
    `fsync=${unsafe ? "off" : "on"}`,
    "-c",
    "log_min_error_statement=panic",
    "template1",
  ];
  await runTool(binaries.postgres, single, `${statements.join("\n")}\n`, account);

  const rules = join(draft, "pg_hba.conf");
  await writeFile(rules, "local all all scram-sha-256\nlocal replication all scram-sha-256\n");
  await giveTo(account, rules);
  const passwords = join(draft, credentialsFile);
  await writeFile(passwords, JSON.stringify(credentials), { mode: 0o600, flush: !unsafe });
  await giveTo(account, passwords);
}

/** Makes the cluster in its place. Nothing is there before it is whole. */
export async function makeCluster(maker: ClusterMaker): Promise<void> {
  const { layout, account, random } = maker;
  const suffix = Buffer.from(random.bytes(6)).toString("hex");
  const draft = join(layout.folder, `${layout.newClusterPrefix}${suffix}`);
  try {
    await mkdir(draft, { mode: 0o700 });
    await giveTo(account, draft);
    await fillCluster(maker, draft);
    await syncFolder(draft);
    await rename(draft, layout.cluster);
    await syncFolder(dirname(layout.cluster));
  } catch (cause) {
    await rm(draft, { recursive: true, force: true });
    const said = cause instanceof Error ? cause.message : String(cause);
    throw sqlErrors.data_folder_unusable({ ...explainFailure(said, layout.folder), cause });
  }
}

/** Removes what starts that were cut short have left, and ends what still works on it. */
export async function removeHalfMade(
  layout: Layout,
  deps: { clock: Clock; log: Log },
): Promise<void> {
  for (const name of await readdir(layout.folder)) {
    if (!name.startsWith(layout.newClusterPrefix)) continue;
    const draft = join(layout.folder, name);
    await stopLeftovers(draft, deps);
    // The program that was at work there may be removing it too.
    await rm(draft, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
  }
}

/** Refuses data of another major version. */
export function assertVersion(layout: Layout, binaries: Binaries): void {
  const path = join(layout.cluster, "PG_VERSION");
  const found = existsSync(path) ? readFileSync(path, "utf8").trim() : undefined;
  if (found === binaries.major) return;
  if (found === undefined) {
    throw sqlErrors.data_folder_unusable({
      detail: `${layout.cluster} exists and is not a PostgreSQL cluster.`,
      hint: "Move it away, or choose another folder with --data.",
    });
  }
  throw sqlErrors.data_folder_version({
    detail: `${layout.cluster} was made by PostgreSQL ${found}; this program carries ${binaries.major}.`,
    hint: `Run the Tenfold that carries PostgreSQL ${found} to export the data, or serve this folder with a PostgreSQL ${found} of your own and set DATABASE_URL. Nothing was changed.`,
  });
}

/** Reads the passwords that were made with the cluster. */
export function readCredentials(layout: Layout): Credentials {
  const path = layout.credentials;
  try {
    const read: unknown = JSON.parse(readFileSync(path, "utf8"));
    if (typeof read === "object" && read !== null && "admin" in read && "tenfold" in read) {
      const { admin, tenfold } = read;
      if (typeof admin === "string" && typeof tenfold === "string") return { admin, tenfold };
    }
    throw new Error("the passwords are not in it");
  } catch (cause) {
    throw sqlErrors.data_folder_unusable({
      detail: `The database's passwords cannot be read from ${path}.`,
      hint: "Restore the file from a backup; it is readable only by the user who made it.",
      cause,
    });
  }
}

/** Makes the folders, private to the account that runs the server. */
export async function makeFolders(layout: Layout, account: Account | undefined): Promise<void> {
  try {
    await mkdir(layout.folder, { mode: 0o700 }).catch((error: unknown) => {
      if (!existsSync(layout.folder)) throw error;
    });
    await giveTo(account, layout.folder);
    await chmod(layout.folder, 0o700);
  } catch (cause) {
    const said = cause instanceof Error ? cause.message : String(cause);
    throw sqlErrors.data_folder_unusable({ ...explainFailure(said, layout.folder), cause });
  }
}
