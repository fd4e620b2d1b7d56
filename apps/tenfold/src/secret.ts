/**
 * The installation's secret: 32 random bytes that every process shares and
 * that never change. Kept in the database, so that it is backed up with what
 * depends on it; whoever can read the database can already read everything.
 */
import type { Random } from "@tenfold/core";
import type { Sql, SystemMigrations } from "@tenfold/sql";
import { sql as statement } from "kysely";

export const appMigrations: SystemMigrations = {
  system: "platform",
  migrations: [
    {
      name: "001-secret",
      async up(db) {
        await statement`create table secret (
          only_row boolean primary key default true check (only_row),
          bytes    bytea   not null check (length(bytes) = 32)
        )`.execute(db);
      },
    },
  ],
};

/** Reads the secret, making it the first time. Two processes at once get the same one. */
export async function readSecret(sql: Sql, random: Random): Promise<Uint8Array> {
  await sql.query("insert into platform.secret (bytes) values ($1) on conflict do nothing", [
    Buffer.from(random.bytes(32)),
  ]);
  const { rows } = await sql.query<{ bytes: Uint8Array }>("select bytes from platform.secret");
  const bytes = rows[0]?.bytes;
  if (bytes === undefined) throw new Error("platform.secret is empty just after being filled");
  return bytes;
}
