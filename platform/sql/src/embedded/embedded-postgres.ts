/**
 * The embedded database: a real PostgreSQL as a child process, private to this
 * one, on a folder that it may be killed over at any moment.
 */
import { chmodSync, existsSync, mkdirSync } from "node:fs";
import { setInterval } from "node:timers";
import { resolve } from "node:path";

import {
  silentLog,
  systemClock,
  systemRandom,
  type Clock,
  type Log,
  type Random,
} from "@tenfold/core";

import { assertReachable, serverAccount, withAncestors, type Account } from "./account.ts";
import { findBinaries } from "./binaries.ts";
import {
  assertVersion,
  explainFailure,
  makeCluster,
  makeFolders,
  readCredentials,
  removeHalfMade,
} from "./cluster.ts";
import { serverArguments } from "./configuration.ts";
import { lockFolder, type FolderLock } from "./folder-lock.ts";
import { connectionStringOf } from "./connection.ts";
import { layoutOf, type Layout } from "./layout.ts";
import { boundLog } from "./server-log.ts";
import { makeSocketFolder, type SocketFolder } from "./socket-folder.ts";
import { superviseServer, type Supervisor } from "./supervisor.ts";
import { sqlErrors } from "../errors.ts";

export interface EmbeddedPostgresOptions {
  /** Tenfold's data folder; the database lives in `postgres/` below it. */
  dataFolder: string;
  /** Where a repaired copy of the programs goes. Default: `/var/lib/tenfold` for root, else beside the data. */
  binariesFolder?: string;
  /** Gives up durability for speed. Only for tests of other things. */
  unsafe?: boolean;
  log?: Log;
  clock?: Clock;
  random?: Random;
}

export interface EmbeddedPostgres extends AsyncDisposable {
  /** For the role `tenfold` on the database `tenfold`; the same after every restart. Holds a password. */
  readonly connectionString: string;
  /** For the superuser, on the database `postgres`: backups and tests. */
  readonly adminConnectionString: string;
  /** The server's process at this moment, if there is one. */
  readonly pid: number | undefined;
  /** Stops the server after its running statements are cut off; what was acknowledged stays. Idempotent. */
  stop(): Promise<void>;
}

/** Where a copy goes that is made as root, for every data folder of the machine. */
const sharedPrograms = "/var/lib/tenfold";
const logCheckMs = 60_000;

function makeDataFolder(dataFolder: string, account: Account | undefined): void {
  if (account !== undefined) assertReachable(dataFolder, account);
  try {
    for (const folder of withAncestors(dataFolder)) {
      if (existsSync(folder)) continue;
      mkdirSync(folder);
      // Entered by the server's account, listed by nobody else.
      chmodSync(folder, account === undefined ? 0o700 : 0o711);
    }
  } catch (cause) {
    const said = cause instanceof Error ? cause.message : String(cause);
    throw sqlErrors.data_folder_unusable({ ...explainFailure(said, dataFolder), cause });
  }
}

interface Opening {
  options: EmbeddedPostgresOptions;
  layout: Layout;
  account: Account | undefined;
  lock: FolderLock;
}

async function openCluster({ options, layout, account, lock }: Opening) {
  const { log = silentLog, clock = systemClock, random = systemRandom, unsafe = false } = options;
  const binaries = await findBinaries({
    account,
    copiesFolder:
      options.binariesFolder ?? (account === undefined ? layout.programs : sharedPrograms),
  });
  await removeHalfMade(layout, { clock, log });
  if (!existsSync(layout.cluster)) {
    const startedMs = clock.monotonic();
    await makeCluster({ layout, binaries, account, random, unsafe });
    log.info(
      { folder: layout.cluster, tookMs: Math.round(clock.monotonic() - startedMs) },
      "made a new database",
    );
  }
  assertVersion(layout, binaries);
  const credentials = readCredentials(layout);
  const socket = makeSocketFolder(layout, lock, account);
  const admin = connectionStringOf("postgres", credentials.admin, "postgres", socket.path);
  const supervisor = await superviseServer(
    { clock, log },
    {
      program: binaries.postgres,
      args: serverArguments(layout.cluster, socket.path, unsafe),
      account,
      logFile: layout.log,
      layout,
      connectionString: admin,
    },
  ).catch((error: unknown) => {
    socket.remove();
    throw error;
  });
  const tenfold = connectionStringOf("tenfold", credentials.tenfold, "tenfold", socket.path);
  return { admin, tenfold, socket, supervisor };
}

function stopper(parts: {
  lock: FolderLock;
  layout: Layout;
  socket: SocketFolder;
  supervisor: Supervisor;
}) {
  const watch = setInterval(() => boundLog(parts.layout.log), logCheckMs);
  watch.unref();
  let stopped: Promise<void> | undefined;
  const stop = async (): Promise<void> => {
    clearInterval(watch);
    await parts.supervisor.stop();
    parts.socket.remove();
    parts.lock.release();
  };
  return () => (stopped ??= stop());
}

/**
 * Starts the database on a data folder, making it when it is new; resolves
 * when queries are answered. About 2 s the first time, 0.1 s later.
 *
 * Throws `data_folder_in_use`, `data_folder_unreachable`,
 * `data_folder_unusable`, `data_folder_version`, `postgres_binaries_missing`
 * or `postgres_start_failed`; each says what to do.
 */
export async function startEmbeddedPostgres(
  options: EmbeddedPostgresOptions,
): Promise<EmbeddedPostgres> {
  const dataFolder = resolve(options.dataFolder);
  const layout = layoutOf(dataFolder);
  const account = serverAccount(layout.cluster);
  makeDataFolder(dataFolder, account);
  await makeFolders(layout, account);
  const lock = lockFolder(layout);
  try {
    const { admin, tenfold, socket, supervisor } = await openCluster({
      options,
      layout,
      account,
      lock,
    });
    const stop = stopper({ lock, layout, socket, supervisor });
    return {
      connectionString: tenfold,
      adminConnectionString: admin,
      get pid() {
        return supervisor.pid;
      },
      stop,
      [Symbol.asyncDispose]: stop,
    };
  } catch (error) {
    lock.release();
    throw error;
  }
}
