/**
 * Where everything of the embedded database lies, below `<data>/postgres/`:
 *
 *   cluster/         PostgreSQL's own folder (PGDATA); in it tenfold-credentials.json
 *   cluster.new-…/   a cluster being made; renamed when whole, removed when found
 *   programs/        a repaired copy of the server's programs, when one is needed
 *   lock             held by the process that runs the database
 *   owner.json       who that is, for the error message; never trusted
 *   socket/          the private Unix socket, 0700
 *   server.log       PostgreSQL's log, and server.log.1 before it
 */
import { join } from "node:path";

/** The passwords, 0600, within the cluster: both appear and are backed up as one. */
export const credentialsFile = "tenfold-credentials.json";

export interface Layout {
  readonly folder: string;
  readonly cluster: string;
  readonly credentials: string;
  readonly programs: string;
  readonly lock: string;
  readonly owner: string;
  readonly socket: string;
  readonly log: string;
  /** The start of the name of every cluster that is being made. */
  readonly newClusterPrefix: string;
}

/** The paths below an absolute data folder. */
export function layoutOf(dataFolder: string): Layout {
  const folder = join(dataFolder, "postgres");
  return {
    folder,
    cluster: join(folder, "cluster"),
    credentials: join(folder, "cluster", credentialsFile),
    programs: join(folder, "programs"),
    lock: join(folder, "lock"),
    owner: join(folder, "owner.json"),
    socket: join(folder, "socket"),
    log: join(folder, "server.log"),
    newClusterPrefix: "cluster.new-",
  };
}
