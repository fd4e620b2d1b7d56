/**
 * A real database for a test, quickly.
 *
 *   const sql = await createTestSql();
 *   after(() => sql[Symbol.asyncDispose]());
 *
 * A process starts one embedded server, on a copy of a cluster that is made
 * once per version and machine; each call gets a fresh database on it. The
 * server ends, and its folder is removed, when the process has nothing left to
 * do. Its fsync is off: tests of durability start a server of their own.
 */
import { randomBytes } from "node:crypto";
import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";

import { Client } from "pg";

import { startEmbeddedPostgres, type EmbeddedPostgres } from "./embedded/embedded-postgres.ts";
import { copyTemplate, forTests } from "./embedded/template.ts";
import { openSql, type SqlDeps, type SqlOptions } from "./open-sql.ts";
import type { Sql, SystemMigrations } from "./sql.ts";

async function startServer(): Promise<EmbeddedPostgres> {
  const folder = await mkdtemp(join(tmpdir(), "tenfold-test-"));
  await chmod(folder, 0o711);
  await copyTemplate(folder);
  const server = await startEmbeddedPostgres({ ...forTests(), dataFolder: folder });
  // The server holds the process in no way, so this comes when the tests are over.
  process.once("beforeExit", () => {
    void server.stop().then(() => rm(folder, { recursive: true, force: true }));
  });
  return server;
}

let server: Promise<EmbeddedPostgres> | undefined;

async function asAdmin(statement: string): Promise<void> {
  const { adminConnectionString } = await (server ??= startServer());
  const client = new Client({ connectionString: adminConnectionString });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}

export interface TestDatabase extends AsyncDisposable {
  /** Of the role `tenfold`, which owns the database. */
  readonly connectionString: string;
}

/** A fresh, empty database. Disposing of it cuts off whoever is still connected. */
export async function createTestDatabase(): Promise<TestDatabase> {
  const name = `test_${randomBytes(6).toString("hex")}`;
  await asAdmin(`create database ${name} owner tenfold`);
  const { connectionString } = await (server ??= startServer());
  const address = new URL(connectionString);
  address.pathname = `/${name}`;
  return {
    connectionString: address.href,
    [Symbol.asyncDispose]: () => asAdmin(`drop database if exists ${name} with (force)`),
  };
}

export interface TestSqlOptions extends Partial<SqlOptions> {
  deps?: SqlDeps;
  /** Applied before it is handed over. */
  migrations?: readonly SystemMigrations[];
}

/** A started `Sql` on a fresh database; `stop()` or disposing ends both. */
export async function createTestSql({
  deps = {},
  migrations,
  ...options
}: TestSqlOptions = {}): Promise<Sql> {
  const database = await createTestDatabase();
  const sql = openSql(deps, {
    connectionString: database.connectionString,
    connectionsMax: 8,
    ...options,
  });
  let stopped: Promise<void> | undefined;
  const end = async (): Promise<void> => {
    await sql.stop();
    await database[Symbol.asyncDispose]();
  };
  const stop = (): Promise<void> => (stopped ??= end());
  try {
    await sql.start();
    if (migrations !== undefined) await sql.migrate(migrations);
  } catch (error) {
    await stop();
    throw error;
  }
  return { ...sql, stop, [Symbol.asyncDispose]: stop };
}

/** Runs `use` with a started `Sql` on a fresh database, and ends both. */
export async function withDatabase<Result>(
  use: (sql: Sql) => Promise<Result>,
  options: TestSqlOptions = {},
): Promise<Result> {
  await using sql = await createTestSql(options);
  return await use(sql);
}
