/** The platform's Postgres: ours as a child process, or the one that `DATABASE_URL` names. */
import type { Clock, Log, Metrics, Random } from "@tenfold/core";
import { defaultDataFolder, openSql, startEmbeddedPostgres, type Sql } from "@tenfold/sql";
import type { PlatformConfig } from "./config.ts";
import { workspaceRoot } from "./workspace.ts";

export interface Database {
  sql: Sql;
  /** Whether the server is our own child. */
  embedded: boolean;
  stop(): Promise<void>;
}

interface Deps {
  clock: Clock;
  random: Random;
  log: Log;
  metrics?: Metrics;
  progress: (step: string) => void;
}

type Where = Pick<
  PlatformConfig,
  "DATABASE_URL" | "DATABASE_REPLICA_URLS" | "DATABASE_POOL" | "TENFOLD_DATA"
> & {
  /** Use the server of a platform that is running on the same folder; for tools. */
  attach?: boolean;
};

/** The folder that the embedded Postgres uses when none is named. */
export function dataFolderOf(config: Pick<PlatformConfig, "TENFOLD_DATA">): string {
  return config.TENFOLD_DATA ?? defaultDataFolder({ root: process.getuid?.() === 0, checkout: workspaceRoot });
}

/** Opens it; when that fails nothing is left running. */
export async function openDatabase(deps: Deps, config: Where): Promise<Database> {
  const given = config.DATABASE_URL;
  const server = given === undefined ? await startServer(deps, dataFolderOf(config)) : undefined;
  const sql = openSql(deps, {
    connectionString: given ?? server?.connectionString ?? "",
    replicaConnectionStrings: config.DATABASE_REPLICA_URLS,
    connectionsMax: config.DATABASE_POOL,
  });
  const stop = async (): Promise<void> => {
    await sql.stop();
    await server?.stop();
  };
  try {
    await sql.start();
  } catch (error) {
    await stop();
    throw error;
  }
  return { sql, embedded: server !== undefined, stop };
}

async function startServer(deps: Deps, dataFolder: string): ReturnType<typeof startEmbeddedPostgres> {
  const startedMs = deps.clock.monotonic();
  const server = await startEmbeddedPostgres({ ...deps, dataFolder });
  const seconds = ((deps.clock.monotonic() - startedMs) / 1000).toFixed(1);
  deps.progress(`Postgres is ready in ${dataFolder} (${seconds} s)`);
  return server;
}
