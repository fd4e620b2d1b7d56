/** The connections to one server: the only place that knows the driver. */
import type { Log } from "@tenfold/core";
import type { PostgresPool, PostgresPoolClient } from "kysely";
import {
  Pool as DriverPool,
  TypeOverrides,
  types as driverTypes,
  type PoolClient,
  type PoolConfig,
  type QueryResult,
} from "pg";

import { sqlErrors } from "./errors.ts";
import { explain } from "./failures.ts";

export interface PoolOptions {
  connectionString: string;
  connectionsMax: number;
  connectTimeoutMs: number;
  /** 0 for none. */
  statementTimeoutMs: number;
  idleInTransactionTimeoutMs: number;
  applicationName: string;
}

export interface Pool {
  /** The shape that Kysely wants; its errors are ours. */
  readonly forKysely: PostgresPool;
  // oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- the caller knows the rows
  query<Row extends object>(
    text: string,
    values: readonly unknown[],
    name: string | undefined,
  ): Promise<{ rows: Row[]; rowCount: number }>;
  counts(): { total: number; idle: number; waiting: number };
  end(): Promise<void>;
}

/** `date` has no time and no zone, so it stays `2026-11-22`; the driver would make local midnight of it. */
const plainText = [driverTypes.builtins.DATE, driverTypes.builtins.TIMESTAMP];
const types = new TypeOverrides();
for (const oid of plainText) types.setTypeParser(oid, (text) => text);

/** A statement that got no answer in time: the connection is lost, whatever it looks like. */
const answerGraceMs = 5_000;

function poolConfig(options: PoolOptions): PoolConfig {
  const { statementTimeoutMs } = options;
  return {
    connectionString: options.connectionString,
    max: options.connectionsMax,
    connectionTimeoutMillis: options.connectTimeoutMs,
    idleTimeoutMillis: 60_000,
    idle_in_transaction_session_timeout: options.idleInTransactionTimeoutMs,
    ...(statementTimeoutMs > 0
      ? { statement_timeout: statementTimeoutMs, query_timeout: statementTimeoutMs + answerGraceMs }
      : {}),
    application_name: options.applicationName,
    keepAlive: true,
    allowExitOnIdle: false,
    types,
  };
}

function isLost(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "sql_unavailable";
}

/**
 * The answer, taken from the driver; the values that were sent are dropped. V8 makes a function
 * that is assigned to a property (`query.callback = () => …`, as the driver does for each query)
 * in the old generation. Until the next full collection it keeps what it can reach, which is
 * promoted then: the text of each flush of clicks, all rows. Nothing heavy hangs on it now.
 */
function lightened<Row>(values: unknown[], result: QueryResult & { rows: Row[] }) {
  const { rows, rowCount, command } = result;
  values.length = 0;
  result.rows = [];
  return { rows, rowCount, command };
}

/** A connection on loan, whose errors are ours and which is not lent again once it failed. */
function guardClient(client: PoolClient): PostgresPoolClient {
  let lost = false;
  const fail = (error: unknown): never => {
    const explained = explain(error);
    lost ||= isLost(explained);
    throw explained;
  };
  // While it is on loan the pool does not listen, and an unheard error ends the process.
  const onError = (): void => {
    lost = true;
  };
  client.on("error", onError);
  const guarded = {
    query(text: string, given: readonly unknown[]) {
      const values = [...given];
      return client.query(text, values).then((result) => lightened(values, result), fail);
    },
    release(destroy?: boolean) {
      client.off("error", onError);
      client.release(destroy === true || lost);
    },
  };
  return guarded as unknown as PostgresPoolClient;
}

/** Opens no connection until the first query. */
export function createPool(log: Log, options: PoolOptions): Pool {
  const pool = new DriverPool(poolConfig(options));
  // Idle connections fail when the server goes away; the pool has dropped them already.
  pool.on("error", (error) => log.debug({ error: error.message }, "an idle connection was lost"));
  let ended: Promise<void> | undefined;
  const end = (): Promise<void> => (ended ??= pool.end());
  const assertOpen = (): void => {
    if (ended !== undefined)
      throw sqlErrors.sql_unavailable({ detail: "The database was closed." });
  };

  return {
    forKysely: {
      options: {},
      end,
      async connect() {
        assertOpen();
        try {
          return guardClient(await pool.connect());
        } catch (error) {
          throw explain(error);
        }
      },
    },
    // oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- the caller knows the rows
    async query<Row extends object>(
      text: string,
      values: readonly unknown[],
      name: string | undefined,
    ) {
      assertOpen();
      try {
        const own = [...values];
        const query = { text, values: own, ...(name === undefined ? {} : { name }) };
        const { rows, rowCount } = lightened(own, await pool.query<Row>(query));
        return { rows, rowCount: rowCount ?? 0 };
      } catch (error) {
        throw explain(error);
      }
    },
    counts: () => ({ total: pool.totalCount, idle: pool.idleCount, waiting: pool.waitingCount }),
    end,
  };
}
