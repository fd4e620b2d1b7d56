/** Looks at everything a start needs, and says what to do: the work of `./tenfold doctor`. */
import { accessSync, constants, existsSync } from "node:fs";
import { statfs } from "node:fs/promises";
import { createServer } from "node:net";
import { dirname } from "node:path";
import { noMetrics, silentLog, systemClock, systemRandom, TenfoldError } from "@tenfold/core";
import { httpMigrations } from "@tenfold/http";
import type { Sql } from "@tenfold/sql";
import { openState } from "@tenfold/state";
import { uniqueIdsMigrations } from "@tenfold/unique-ids";
import { allSettings } from "./all-settings.ts";
import { readPlatformConfig, refuseUnknownSettings, type PlatformConfig } from "./config.ts";
import { dataFolderOf, openDatabase, type Database } from "./database.ts";
import { missingEngines } from "./engines.ts";
import { selectModules } from "./modules.ts";
import { appMigrations } from "./secret.ts";

/** What a look found: fine, worth knowing, or in the way of a start. */
export interface Finding {
  state: "ok" | "note" | "bad";
  text: string;
}

const ok = (text: string): Finding => ({ state: "ok", text });
const note = (text: string): Finding => ({ state: "note", text });
const bad = (text: string): Finding => ({ state: "bad", text });

const freeBytesMin = 1024 ** 3;
const clockSkewMsMax = 2_000;
const base = { clock: systemClock, random: systemRandom, log: silentLog, metrics: noMetrics };

/** All looks, one after the other. */
export async function examine(
  source: Readonly<Record<string, string | undefined>>,
): Promise<readonly Finding[]> {
  const findings: Finding[] = [checkNode(), ...checkEngines()];
  const config = readConfig(source, findings);
  if (config === undefined) return findings;
  findings.push(await checkPort(config));
  if (config.DATABASE_URL === undefined) findings.push(await checkDisk(dataFolderOf(config)));
  findings.push(...(await checkDatabase(config)), await checkRedis(config));
  return findings;
}

function checkNode(): Finding {
  const major = Number(process.versions.node.split(".")[0]);
  return major >= 24
    ? ok(`Node ${process.versions.node}`)
    : bad(`Node ${process.versions.node}: start it with ./tenfold, which brings its own`);
}

function checkEngines(): Finding[] {
  return missingEngines().map(({ debianPackage, what }) =>
    note(
      `${debianPackage} is not installed; only ${what} need it: apt-get install ${debianPackage}`,
    ),
  );
}

function readConfig(
  source: Readonly<Record<string, string | undefined>>,
  findings: Finding[],
): PlatformConfig | undefined {
  try {
    refuseUnknownSettings(
      source,
      allSettings().map(({ name }) => name),
    );
    const config = readPlatformConfig(source);
    for (const module of selectModules(config.TENFOLD_ONLY)) module.check(source);
    findings.push(ok("settings are understood"));
    return config;
  } catch (error) {
    findings.push(bad(textOf(error)));
    return undefined;
  }
}

function checkPort({ TENFOLD_PORT: port, TENFOLD_HOST: host }: PlatformConfig): Promise<Finding> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once("error", (error: NodeJS.ErrnoException) => {
      const why =
        error.code === "EADDRINUSE"
          ? "is taken (Tenfold itself, perhaps); choose another with --port"
          : error.message;
      resolve(note(`port ${port} on ${host} ${why}`));
    });
    probe.listen(port, host, () =>
      probe.close(() => resolve(ok(`port ${port} on ${host} is free`))),
    );
  });
}

async function checkDisk(folder: string): Promise<Finding> {
  let existing = folder;
  while (!existsSync(existing)) existing = dirname(existing);
  try {
    accessSync(existing, constants.W_OK);
  } catch {
    return bad(`${existing} cannot be written; choose another folder with --data`);
  }
  const { bavail, bsize } = await statfs(existing);
  const gibibytes = (bavail * bsize) / 1024 ** 3;
  const text = `${gibibytes.toFixed(1)} GiB free for ${folder}`;
  return bavail * bsize < freeBytesMin ? bad(`${text}: make room, at least 1 GiB`) : ok(text);
}

async function checkDatabase(config: PlatformConfig): Promise<Finding[]> {
  const where = config.DATABASE_URL === undefined ? "embedded Postgres" : "DATABASE_URL";
  if (config.DATABASE_URL === undefined && !existsSync(`${dataFolderOf(config)}/postgres`)) {
    return [note("no database yet: the first ./tenfold up makes it")];
  }
  let database: Database | undefined;
  try {
    database = await openDatabase(
      { ...base, progress: () => undefined },
      { ...config, attach: true },
    );
    const { rows } = await database.sql.query<{ version: string; ms: string }>(
      "select current_setting('server_version') as version, extract(epoch from clock_timestamp()) * 1000 as ms",
    );
    return [
      ok(`${where}: PostgreSQL ${rows[0]?.version} answers`),
      compareClocks(Number(rows[0]?.ms)),
      await checkMigrations(database.sql, config),
    ];
  } catch (error) {
    return [bad(`${where}: ${textOf(error)}`)];
  } finally {
    await database?.stop();
  }
}

function compareClocks(databaseMs: number): Finding {
  const skewMs = Math.round(Date.now() - databaseMs);
  return Math.abs(skewMs) > clockSkewMsMax
    ? bad(`this clock and the database's differ by ${skewMs} ms: set them by NTP`)
    : ok("the clock agrees with the database's");
}

async function checkMigrations(sql: Sql, config: PlatformConfig): Promise<Finding> {
  // Those of unique-ids whatever runs: every process takes its worker ID there.
  const systems = new Map([
    ["unique-ids", uniqueIdsMigrations],
    ...selectModules(config.TENFOLD_ONLY).map(
      ({ name, migrations }) => [name, migrations] as const,
    ),
  ]);
  const pending = await sql.pendingMigrations([
    appMigrations,
    httpMigrations,
    ...[...systems].map(([system, migrations]) => ({ system, migrations })),
  ]);
  return pending.length === 0
    ? ok("all migrations are applied")
    : note(`${pending.length} migrations wait for the next ./tenfold up`);
}

async function checkRedis({ REDIS_URL: redisUrl }: PlatformConfig): Promise<Finding> {
  if (redisUrl === undefined) return ok("no Redis: fine for one process");
  await using state = openState(base, { redisUrl });
  await state.start();
  await state.set("doctor", "well", { ttlMs: 10_000 });
  const answers = (await state.get("doctor")) === "well";
  return answers
    ? ok("Redis answers")
    : bad(
        "Redis does not answer at REDIS_URL; requests still work, caches and limits do not span processes",
      );
}

function textOf(error: unknown): string {
  if (error instanceof TenfoldError || error instanceof Error) return error.message;
  return String(error);
}
