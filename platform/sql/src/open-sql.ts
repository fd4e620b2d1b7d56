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
import type { Lease, Sql, SystemMigrations } from "./sql.ts";

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

/** Applies migrations on a connection of their own, without time limits. */
async function migrateApart(
  deps: Required<SqlDeps>,
  options: PoolOptions,
  systems: readonly SystemMigrations[],
) {
  const pool = createPool(deps.log, {
    ...options,
    connectionsMax: 1,
    statementTimeoutMs: 0,
    idleInTransactionTimeoutMs: 0,
    applicationName: `${options.applicationName} migrations`,
  });
  try {
    return await kyselyOn(pool)
      .connection()
      .execute((db) => applyMigrations(db, systems, deps));
  } finally {
    await pool.end();
  }
}

/**
 * The SQL port on one primary and its replicas. Opens nothing before it is
 * used; `start()` makes sure that the server answers and is recent enough.
 * When the server goes away, calls throw `sql_unavailable` until it is back;
 * a write that was under way then may or may not have happened.
 */
export function openSql(given: SqlDeps, options: SqlOptions): Sql {
  const deps = {
    log: silentLog,
    clock: systemClock,
    random: systemRandom,
    metrics: noMetrics,
    ...given,
  };
  const settings = { ...defaults, ...options };
  const poolOf = (connectionString: string): Pool =>
    createPool(deps.log, { ...settings, connectionString });
  const primary = poolOf(options.connectionString);
  const replicas = (options.replicaConnectionStrings ?? []).map(poolOf);
  reportPool(deps.metrics, primary);

  const onPrimary = withinSchemas(primary);
  const onReplicas = replicas.map(withinSchemas);
  let turn = 0;

  const closing = new AbortController();
  const leases = new Set<Lease>();
  const migrate = async (systems: readonly SystemMigrations[]): Promise<{ applied: string[] }> => {
    const all = [houseMigrations, ...systems];
    const pending = await pendingMigrations(onPrimary("tenfold"), all, deps.log);
    if (pending.length === 0) return { applied: [] };
    return {
      applied: await migrateApart(
        deps,
        { ...settings, connectionString: options.connectionString },
        all,
      ),
    };
  };
  let housed: Promise<unknown> | undefined;
  const makeHouse = async (): Promise<void> => {
    housed ??= migrate([]).catch((error: unknown) => {
      housed = undefined;
      throw error;
    });
    await housed;
  };

  const service = createService({
    start: () => assertSupported(primary),
    stop: async () => {
      closing.abort(sqlErrors.sql_unavailable({ detail: "The database was closed." }));
      await Promise.all([...leases].map((lease) => lease.release()));
      await Promise.all([primary, ...replicas].map((pool) => pool.end()));
    },
  });

  return {
    ...service,
    connectionString: options.connectionString,
    tables: (system) => onPrimary(system),
    replica: (system) => (onReplicas[turn++ % onReplicas.length] ?? onPrimary)(system),
    query: (text, values = [], { name } = {}) => primary.query(text, values, name),
    async queryIn<Row extends object>(
      transaction: Parameters<Sql["queryIn"]>[0],
      text: string,
      values: readonly unknown[] = [],
    ) {
      const result = await transaction.executeQuery<Row>(CompiledQuery.raw(text, [...values]));
      return { rows: result.rows, rowCount: Number(result.numAffectedRows ?? result.rows.length) };
    },
    migrate,
    pendingMigrations: (systems) => pendingMigrations(onPrimary("tenfold"), systems, deps.log),
    async acquireLease(request, signal) {
      await makeHouse();
      const until =
        signal === undefined ? closing.signal : AbortSignal.any([signal, closing.signal]);
      const lease = await takeLease({ ...deps, pool: primary }, request, until);
      leases.add(lease);
      lease.signal.addEventListener("abort", () => leases.delete(lease), { once: true });
      return lease;
    },
    async ping() {
      await primary.query("select 1", [], undefined);
    },
  };
}
