/** The platform's database for a tool that only looks: it makes none. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { silentLog, systemClock, systemRandom } from "@tenfold/core";
import type { Sql } from "@tenfold/sql";
import { readPlatformConfig } from "./config.ts";
import { dataFolderOf, openDatabase } from "./database.ts";

/**
 * Runs `use` on the database of the running platform, or of a stopped one, and closes it;
 * `undefined` when there has never been one. Rejects when it cannot be reached.
 */
export async function withExistingDatabase<Result>(
  source: Readonly<Record<string, string | undefined>>,
  use: (sql: Sql) => Promise<Result>,
): Promise<Result | undefined> {
  const config = readPlatformConfig(source);
  const isEmbedded = config.DATABASE_URL === undefined;
  if (isEmbedded && !existsSync(join(dataFolderOf(config), "postgres"))) return undefined;
  const database = await openDatabase(
    { clock: systemClock, random: systemRandom, log: silentLog, progress: () => undefined },
    { ...config, attach: true },
  );
  try {
    return await use(database.sql);
  } finally {
    await database.stop();
  }
}
