/** How to reach an embedded server: over its private socket, with its own passwords. */
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";

import { readCredentials } from "./cluster.ts";
import { socketPort } from "./configuration.ts";
import { readOwner } from "./folder-lock.ts";
import { layoutOf } from "./layout.ts";

/** A URL that `pg` and libpq understand, also for a socket path with spaces. */
export function connectionStringOf(
  role: string,
  password: string,
  database: string,
  socket: string,
): string {
  const query = new URLSearchParams({ host: socket, sslmode: "disable" });
  // libpq reads %20 but not "+" as a space.
  const place = query.toString().replaceAll("+", "%20");
  return `postgresql://${role}:${password}@localhost:${socketPort}/${database}?${place}`;
}

/**
 * The connection string of the server that another process runs on this data
 * folder, for tools beside it; `undefined` when none seems to run. Whoever can
 * read the folder may connect: nothing is locked, and nothing proves that the
 * server still answers.
 */
export function runningConnectionString(dataFolder: string): string | undefined {
  const layout = layoutOf(resolve(dataFolder));
  const socket = readOwner(layout.owner)?.socketFolder ?? layout.socket;
  if (!existsSync(join(socket, `.s.PGSQL.${socketPort}`))) return undefined;
  return connectionStringOf("tenfold", readCredentials(layout).tenfold, "tenfold", socket);
}
