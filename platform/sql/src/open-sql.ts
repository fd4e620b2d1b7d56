/** The one implementation of the port: a pool per server, and Kysely on top. */
import {
  createService,
  noMetrics,
  silentLog,
  systemClock,
  systemRandom,
  type Clock,
  type Log,
  type Metrics,
  type Random,
} from "@tenfold/core";
import { CompiledQuery, Kysely, PostgresDialect } from "kysely";

import { sqlErrors } from "./errors.ts";
import { houseMigrations } from "./house.ts";
import { takeLease } from "./leases.ts";
import { applyMigrations, pendingMigrations, schemaOf } from "./migrate.ts";
import { createPool, type Pool, type PoolOptions } from "./pool.ts";
import type { AnyTransaction, Lease, LeaseRequest, Sql, SystemMigrations } from "./sql.ts";

export interface SqlDeps {
  log?: Log;
  clock?: Clock;
  random?: Random;
  metrics?: Metrics;
}

export interface SqlOptions {
  /** The primary: `postgresql://…`, yours or an embedded server's. */
  connectionString: string;
  /** Servers to read from; they may lag. Taken in turn. */
  replicaConnectionStrings?: readonly string[];
  /** Connections per server, at most. Default 20. */
  connectionsMax?: number;
  /** How long to wait for a connection. Default 5,000 ms. */
  connectTimeoutMs?: number;
  /** A statement is cancelled after this; 0 for never. Default 30,000 ms. Migrations have no limit. */
  statementTimeoutMs?: number;
  /** A transaction that does nothing is cut off after this. Default 60,000 ms. */
  idleInTransactionTimeoutMs?: number;
  /** How the server's list of connections shows us. Default `tenfold`. */
  applicationName?: string;
}

const defaultDeps: Required<SqlDeps> = Object.freeze({
  log: silentLog,
  clock: systemClock,
  random: systemRandom,
  metrics: noMetrics,
});
const defaults = Object.freeze({
  connectionsMax: 20,
  connectTimeoutMs: 5_000,
  statementTimeoutMs: 30_000,
  idleInTransactionTimeoutMs: 60_000,
  applicationName: "tenfold",
});
const serverVersionMin = 150_000;

function kyselyOn<Tables>(pool: Pool): Kysely<Tables> {
  return new Kysely<Tables>({ dialect: new PostgresDialect({ pool: pool.forKysely }) });
}

/** Gives a system its view of a server, the same one each time. */
// oxlint-disable-next-line typescript/no-explicit-any -- the tables' type is the caller's, per call
function withinSchemas(pool: Pool): (system: string) => Kysely<any> {
  // oxlint-disable-next-line typescript/no-explicit-any -- see above
  const kysely = kyselyOn<any>(pool);
  // oxlint-disable-next-line typescript/no-explicit-any -- see above
  const views = new Map<string, Kysely<any>>();
  return (system) => {
    const known = views.get(system);
    if (known !== undefined) return known;
    const view = kysely.withSchema(schemaOf(system));
    views.set(system, view);
    return view;
  };
}

async function assertSupported(pool: Pool): Promise<void> {
  const { rows } = await pool.query<{ version: string; encoding: string }>(
    `select current_setting('server_version_num') as version,
            current_setting('server_encoding') as encoding`,
    [],
    undefined,
  );
  const { version = "0", encoding = "" } = rows[0] ?? {};
  if (Number(version) >= serverVersionMin && encoding === "UTF8") return;
  throw sqlErrors.sql_unsupported({
    detail: `The server's version is ${version} and its encoding ${encoding}.`,
    hint: "Tenfold needs PostgreSQL 15 or later, and a database made with encoding UTF8.",
  });
}

function reportPool(metrics: Metrics, pool: Pool): void {
  for (const state of ["total", "idle", "waiting"] as const) {
    metrics.gauge({
      name: `tenfold_sql_connections_${state}`,
      help: `Connections to the primary: ${state}`,
      read: () => pool.counts()[state],
    });
  }
}

interface Migrator {
  migrate(systems: readonly SystemMigrations[]): Promise<{ applied: readonly string[] }>;
  pendingMigrations(systems: readonly SystemMigrations[]): Promise<readonly string[]>;
  /** Makes sure that the tables of no system are there. */
  makeHouse(): Promise<void>;
}

/** Migrates on a connection of its own, without time limits. */
function createMigrator(deps: Required<SqlDeps>, options: PoolOptions, primary: Pool): Migrator {
  const pending = (systems: readonly SystemMigrations[]) =>
    pendingMigrations(kyselyOn(primary), systems, deps.log);

  const migrate = async (systems: readonly SystemMigrations[]) => {
    const all = [houseMigrations, ...systems];
    if ((await pending(all)).length === 0) return { applied: [] };
    const pool = createPool(deps.log, {
      ...options,
      connectionsMax: 1,
      statementTimeoutMs: 0,
      idleInTransactionTimeoutMs: 0,
      applicationName: `${options.applicationName} migrations`,
    });
    try {
      const connection = kyselyOn(pool).connection();
      return { applied: await connection.execute((db) => applyMigrations(db, all, deps)) };
    } finally {
      await pool.end();
    }
  };

  let housed: Promise<unknown> | undefined;
  const makeHouse = async (): Promise<void> => {
    housed ??= migrate([]).catch((error: unknown) => {
      housed = undefined;
      throw error;
    });
    await housed;
  };
  return { migrate, pendingMigrations: pending, makeHouse };
}

/** Leases that are given back when the port closes. */
function createLeaseDesk(deps: Required<SqlDeps>, pool: Pool, migrator: Migrator) {
  const closing = new AbortController();
  const leases = new Set<Lease>();
  return {
    async acquireLease(request: LeaseRequest, signal?: AbortSignal): Promise<Lease> {
      await migrator.makeHouse();
      const until =
        signal === undefined ? closing.signal : AbortSignal.any([signal, closing.signal]);
      const lease = await takeLease({ ...deps, pool }, request, until);
      leases.add(lease);
      lease.signal.addEventListener("abort", () => leases.delete(lease), { once: true });
      return lease;
    },
    async close(): Promise<void> {
      closing.abort(sqlErrors.sql_unavailable({ detail: "The database was closed." }));
      await Promise.all([...leases].map((lease) => lease.release()));
    },
  };
}

// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- the contract's: the caller knows the rows
async function queryIn<Row extends object>(
  transaction: AnyTransaction,
  text: string,
  values: readonly unknown[] = [],
): Promise<{ rows: Row[]; rowCount: number }> {
  const result = await transaction.executeQuery<Row>(CompiledQuery.raw(text, [...values]));
  return { rows: result.rows, rowCount: Number(result.numAffectedRows ?? result.rows.length) };
}

/**
 * The SQL port on one primary and its replicas. Opens nothing before it is
 * used; `start()` makes sure that the server answers and is recent enough.
 * When the server goes away, calls throw `sql_unavailable` until it is back;
 * a write that was under way then may or may not have happened.
 */
export function openSql(given: SqlDeps, options: SqlOptions): Sql {
  const deps = { ...defaultDeps, ...given };
  const { connectionString, replicaConnectionStrings = [] } = options;
  const settings = { ...defaults, ...options };
  const primary = createPool(deps.log, settings);
  const replicas = replicaConnectionStrings.map((replica) =>
    createPool(deps.log, { ...settings, connectionString: replica }),
  );
  reportPool(deps.metrics, primary);
  const onPrimary = withinSchemas(primary);
  const onReplicas = replicas.map(withinSchemas);
  const migrator = createMigrator(deps, settings, primary);
  const desk = createLeaseDesk(deps, primary, migrator);
  let turn = 0;

  const service = createService({
    start: () => assertSupported(primary),
    stop: async () => {
      await desk.close();
      await Promise.all([primary, ...replicas].map((pool) => pool.end()));
    },
  });
  return {
    ...service,
    migrate: (systems) => migrator.migrate(systems),
    pendingMigrations: (systems) => migrator.pendingMigrations(systems),
    connectionString,
    tables: onPrimary,
    replica: (system) => (onReplicas[turn++ % onReplicas.length] ?? onPrimary)(system),
    query: (text, values = [], { name } = {}) => primary.query(text, values, name),
    queryIn,
    acquireLease: (request, signal) => desk.acquireLease(request, signal),
    async ping() {
      await primary.query("select 1", [], undefined);
    },
  };
}
