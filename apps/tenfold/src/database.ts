/** The platform's Postgres: ours as a child process, or the one that `DATABASE_URL` names. */
import { hasCode, type Clock, type Log, type Metrics, type Random } from "@tenfold/core";
import {
  defaultDataFolder,
  openSql,
  runningConnectionString,
  startEmbeddedPostgres,
  type EmbeddedPostgres,
  type Sql,
} from "@tenfold/sql";
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
  return (
    config.TENFOLD_DATA ??
    defaultDataFolder({ root: process.getuid?.() === 0, checkout: workspaceRoot })
  );
}

/** Opens it; when that fails nothing is left running. */
export async function openDatabase(deps: Deps, config: Where): Promise<Database> {
  const server = config.DATABASE_URL === undefined ? await reachServer(deps, config) : undefined;
  const sql = openSql(deps, {
    connectionString: config.DATABASE_URL ?? server?.connectionString ?? "",
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

type Server = Pick<EmbeddedPostgres, "connectionString" | "stop">;

/** Starts the embedded server or, where that is wanted, joins the one that runs. */
async function reachServer(deps: Deps, config: Where): Promise<Server> {
  const dataFolder = dataFolderOf(config);
  try {
    return await startServer(deps, dataFolder);
  } catch (error) {
    const running = config.attach === true && hasCode(error, "data_folder_in_use");
    const connectionString = running ? runningConnectionString(dataFolder) : undefined;
    if (connectionString === undefined) throw error;
    return { connectionString, stop: async () => undefined };
  }
}

async function startServer(deps: Deps, dataFolder: string): Promise<Server> {
  const startedMs = deps.clock.monotonic();
  const server = await startEmbeddedPostgres({ ...deps, dataFolder });
  const seconds = ((deps.clock.monotonic() - startedMs) / 1000).toFixed(1);
  deps.progress(`Postgres is ready in ${dataFolder} (${seconds} s)`);
  return server;
}
