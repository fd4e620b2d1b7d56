/**
 * Migrations: each once, in order, under a lock of the whole cluster.
 *
 * `tenfold.migrations` lists what was applied. The list must begin like the
 * code's: a program may be older than its database (it is being replaced; the
 * new one has already migrated, and by expand-then-contract the old one still
 * works) or newer (then it applies the rest), but neither may have gone
 * another way.
 *
 *   applied   001 002 003        applied   001 002 003 004     applied   001 00x 003
 *   code      001 002 003 004    code      001 002 003         code      001 002 003
 *             apply 004                    warn                          refuse
 */
import { TenfoldError, type Clock, type Log } from "@tenfold/core";
import { sql, type Kysely } from "kysely";

import { sqlErrors } from "./errors.ts";
import type { SystemMigrations } from "./sql.ts";

// oxlint-disable-next-line typescript/no-explicit-any -- migrations see tables as they were, not as typed today
type AnyDatabase = Kysely<any>;

/** "tenfold migrations" as a number; anything else that takes advisory locks must take others. */
const lockKey = 8_463_302_171n;
const lockPollMs = 100;
/** A table that is in use is not waited for longer: everyone behind us would wait too. */
const tableLockTimeoutMs = 10_000;

/** `url-shortener` → `url_shortener`. */
export function schemaOf(system: string): string {
  if (!/^[a-z][a-z0-9-]{0,61}$/.test(system)) {
    throw new TypeError(`a system's name is lower-case words joined by "-", not "${system}"`);
  }
  return system.replaceAll("-", "_");
}

function assertWellNamed({ system, migrations }: SystemMigrations): void {
  const names = migrations.map(({ name }) => name);
  for (const [index, name] of names.entries()) {
    const previous = names[index - 1];
    if (
      /^\d{3}-[a-z0-9-]+$/.test(name) &&
      (previous === undefined || previous.slice(0, 3) < name.slice(0, 3))
    )
      continue;
    throw sqlErrors.migration_order({
      detail: `${system}: "${name}" after "${previous ?? "nothing"}" is not in order.`,
      hint: "Names are three digits, each greater than the last, then words: 002-add-tags.",
    });
  }
}

/** What is to be applied; warns about what is newer, refuses what went another way. */
function remaining({ system, migrations }: SystemMigrations, applied: readonly string[], log: Log) {
  for (const [index, name] of applied.entries()) {
    const known = migrations[index]?.name;
    if (known === name) continue;
    if (known === undefined) {
      log.warn({ system, newer: applied.slice(index) }, "the database is newer than this program");
      return [];
    }
    throw sqlErrors.migration_order({
      detail: `${system}: the database applied "${name}" where this program has "${known}".`,
      hint: "Migrations are never renamed, removed or put between others: add a new one at the end.",
    });
  }
  return migrations.slice(applied.length);
}

async function readApplied(db: AnyDatabase): Promise<Map<string, string[]>> {
  const { rows: tables } = await sql<{ found: boolean }>`
    select to_regclass('tenfold.migrations') is not null as found`.execute(db);
  const applied = new Map<string, string[]>();
  if (tables[0]?.found !== true) return applied;
  const { rows } = await sql<{ system: string; name: string }>`
    select system, name from tenfold.migrations order by system, position`.execute(db);
  for (const { system, name } of rows) applied.set(system, [...(applied.get(system) ?? []), name]);
  return applied;
}

async function createHouse(db: AnyDatabase): Promise<void> {
  await sql`create schema if not exists tenfold`.execute(db);
  await sql`create table if not exists tenfold.migrations (
    system     text not null,
    position   integer not null,
    name       text not null,
    applied_at timestamptz not null default now(),
    primary key (system, position),
    unique (system, name)
  )`.execute(db);
}

async function applyOne(
  db: AnyDatabase,
  system: string,
  position: number,
  migration: SystemMigrations["migrations"][number],
) {
  const schema = schemaOf(system);
  try {
    await db.transaction().execute(async (transaction) => {
      await sql`set local lock_timeout = ${sql.lit(tableLockTimeoutMs)}`.execute(transaction);
      await sql`create schema if not exists ${sql.id(schema)}`.execute(transaction);
      await sql`set local search_path to ${sql.id(schema)}, public`.execute(transaction);
      await migration.up(transaction);
      await sql`insert into tenfold.migrations (system, position, name)
        values (${system}, ${position}, ${migration.name})`.execute(transaction);
    });
  } catch (cause) {
    if (cause instanceof TenfoldError && cause.code === "sql_unavailable") throw cause;
    const said = cause instanceof Error ? cause.message : String(cause);
    throw sqlErrors.migration_failed({
      detail: `${system}/${migration.name} failed and was rolled back: ${said}.`,
      hint: "What came before it stays applied. Correct the cause and start again.",
      cause,
    });
  }
}

export interface MigrateDeps {
  clock: Clock;
  log: Log;
}

/** The names, `<system>/<migration>`, that are not yet applied. */
export async function pendingMigrations(
  db: AnyDatabase,
  systems: readonly SystemMigrations[],
  log: Log,
): Promise<string[]> {
  for (const system of systems) assertWellNamed(system);
  const applied = await readApplied(db);
  return systems.flatMap((system) =>
    remaining(system, applied.get(system.system) ?? [], log).map(
      ({ name }) => `${system.system}/${name}`,
    ),
  );
}

async function applyAll(
  db: AnyDatabase,
  systems: readonly SystemMigrations[],
  log: Log,
): Promise<string[]> {
  await createHouse(db);
  const applied = await readApplied(db);
  const done: string[] = [];
  // Everything is compared before anything is changed.
  const plans = systems.map((system) => {
    const before = applied.get(system.system) ?? [];
    return { system: system.system, first: before.length, todo: remaining(system, before, log) };
  });
  for (const { system, first, todo } of plans) {
    for (const [index, migration] of todo.entries()) {
      await applyOne(db, system, first + index, migration);
      done.push(`${system}/${migration.name}`);
      log.info({ system, migration: migration.name }, "applied a migration");
    }
  }
  return done;
}

/**
 * Applies what is missing. `db` must be one connection without a statement
 * timeout, for the lock belongs to its session.
 */
export async function applyMigrations(
  db: AnyDatabase,
  systems: readonly SystemMigrations[],
  deps: MigrateDeps,
): Promise<string[]> {
  for (const system of systems) assertWellNamed(system);
  for (;;) {
    const { rows } = await sql<{ locked: boolean }>`
      select pg_try_advisory_lock(${lockKey}) as locked`.execute(db);
    if (rows[0]?.locked === true) break;
    await deps.clock.sleep(lockPollMs);
  }
  try {
    return await applyAll(db, systems, deps.log);
  } finally {
    // When the connection is gone, so is the lock.
    await sql`select pg_advisory_unlock(${lockKey})`.execute(db).catch(() => undefined);
  }
}
