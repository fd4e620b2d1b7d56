/**
 * A process of its own for the tests: starts the database on a folder and says
 * what happens, one JSON line each. With "write" it inserts rows for ever and
 * names each after it was acknowledged.
 */
import { argv, pid, stdout } from "node:process";

import { silentLog, TenfoldError } from "@tenfold/core";

import { openSql } from "../open-sql.ts";
import { startEmbeddedPostgres } from "./embedded-postgres.ts";

const [, , dataFolder = "", mode = "hold"] = argv;

function say(line: object): void {
  stdout.write(`${JSON.stringify(line)}\n`);
}

async function writeForEver(connectionString: string): Promise<void> {
  const sql = openSql({ log: silentLog }, { connectionString });
  await sql.query("create table if not exists rows (id text primary key)");
  let count = 0;
  const one = async (): Promise<void> => {
    for (;;) {
      const id = `${pid}-${(count += 1)}`;
      await sql.query("insert into rows (id) values ($1)", [id]);
      say({ row: id });
    }
  };
  await Promise.all(Array.from({ length: 8 }, one));
}

try {
  const server = await startEmbeddedPostgres({ dataFolder });
  say({ ready: server.connectionString, postmaster: server.pid });
  if (mode === "write") await writeForEver(server.connectionString);
  else setInterval(() => undefined, 1_000);
} catch (error) {
  say({ failed: error instanceof TenfoldError ? error.code : "other", message: String(error) });
}
