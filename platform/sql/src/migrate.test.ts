import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { join } from "node:path";
import { execPath } from "node:process";
import { test } from "node:test";
import { promisify } from "node:util";

import { hasCode, silentLog, type Log } from "@tenfold/core";
import { sql as rawSql } from "kysely";

import { openSql } from "./open-sql.ts";
import type { Migration, Sql, SystemMigrations } from "./sql.ts";
import { withDatabase } from "./testing.ts";

/** A migration that makes a table of its own name, without qualifying it. */
function makes(name: string): Migration {
  return {
    name,
    async up(db) {
      await db.schema.createTable(name).addColumn("id", "integer").execute();
    },
  };
}

function system(...names: string[]): SystemMigrations[] {
  return [{ system: "url-shortener", migrations: names.map(makes) }];
}

async function tablesOf(sql: Sql): Promise<string[]> {
  const { rows } = await sql.query<{ name: string }>(
    "select table_name as name from information_schema.tables where table_schema = 'url_shortener' order by 1",
  );
  return rows.map(({ name }) => name);
}

test("migrate() applies what is missing, in the system's schema, and nothing twice", () =>
  withDatabase(async (sql) => {
    const pending = await sql.pendingMigrations(system("001-a", "002-b"));
    assert.deepEqual(pending, ["url-shortener/001-a", "url-shortener/002-b"]);
    assert.deepEqual((await sql.migrate(system("001-a"))).applied, [
      "tenfold/001-leases",
      "url-shortener/001-a",
    ]);
    assert.deepEqual((await sql.migrate(system("001-a", "002-b"))).applied, [
      "url-shortener/002-b",
    ]);
    assert.deepEqual((await sql.migrate(system("001-a", "002-b"))).applied, []);
    assert.deepEqual(await tablesOf(sql), ["001-a", "002-b"]);
    assert.deepEqual(await sql.pendingMigrations(system("001-a", "002-b")), []);
  }));

test("a migration that fails leaves nothing of itself, and what came before stays", () =>
  withDatabase(async (sql) => {
    const bad: Migration = {
      name: "002-bad",
      async up(db) {
        await db.schema.createTable("half").addColumn("id", "integer").execute();
        await rawSql`select 1 / 0`.execute(db);
      },
    };
    const systems = [{ system: "url-shortener", migrations: [makes("001-a"), bad] }];
    await assert.rejects(sql.migrate(systems), (error) => {
      assert.ok(hasCode(error, "migration_failed"));
      assert.match(error.message, /url-shortener\/002-bad.*division by zero/);
      return true;
    });
    assert.deepEqual(await tablesOf(sql), ["001-a"]);
    assert.deepEqual(await sql.pendingMigrations(systems), ["url-shortener/002-bad"]);
  }));

test("an order that differs from what was applied is refused before anything is done", () =>
  withDatabase(async (sql) => {
    await sql.migrate(system("001-a", "003-c"));
    const refused = (error: unknown): boolean => hasCode(error, "migration_order");
    await assert.rejects(sql.migrate(system("001-a", "002-b", "003-c", "004-d")), refused);
    await assert.rejects(sql.migrate(system("003-c")), refused);
    await assert.rejects(sql.pendingMigrations(system("001-renamed", "003-c")), refused);
    assert.deepEqual(await tablesOf(sql), ["001-a", "003-c"]);
  }));

test("a database newer than the program is warned about and left alone", () =>
  withDatabase(async (newer) => {
    await newer.migrate(system("001-a", "002-b"));
    const warnings: unknown[] = [];
    const log: Log = {
      ...silentLog,
      warn: (fields) => void warnings.push(fields),
      child: () => log,
    };
    await using older = openSql({ log }, { connectionString: newer.connectionString });
    assert.deepEqual((await older.migrate(system("001-a"))).applied, []);
    assert.deepEqual(warnings, [{ system: "url-shortener", newer: ["002-b"] }]);
  }));

for (const names of [["1-a"], ["001-A"], ["002-b", "001-a"], ["001-a", "001-b"]]) {
  test(`names that give no order are refused: ${names.join(", ")}`, () =>
    withDatabase(async (sql) => {
      await assert.rejects(sql.migrate(system(...names)), (error) =>
        hasCode(error, "migration_order"),
      );
    }));
}

test("two processes that migrate at once apply each migration once", () =>
  withDatabase(async (sql) => {
    const run = promisify(execFile);
    const migrate = () =>
      run(execPath, [join(import.meta.dirname, "migrate.fixture.ts"), sql.connectionString]);
    const said = await Promise.all([migrate(), migrate(), migrate()]);
    const applied = said.flatMap(({ stdout }): string[] => JSON.parse(stdout));
    assert.deepEqual(applied.sort(), ["once-only/001-slow", "tenfold/001-leases"]);
    assert.equal((await sql.query("select 1 from once_only.once")).rowCount, 1);
  }));

test("systems see their own schema only, also when their tables are named alike", () =>
  withDatabase(async (sql) => {
    await sql.migrate([
      { system: "chat", migrations: [makes("001-items")] },
      { system: "news-feed", migrations: [makes("001-items")] },
    ]);
    interface Tables {
      "001-items": { id: number };
    }
    await sql.tables<Tables>("chat").insertInto("001-items").values({ id: 1 }).execute();
    assert.deepEqual(
      await sql.tables<Tables>("news-feed").selectFrom("001-items").selectAll().execute(),
      [],
    );
  }));
