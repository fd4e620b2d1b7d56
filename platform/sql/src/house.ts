/** The tables that belong to no system. */
import { sql } from "kysely";

import type { SystemMigrations } from "./sql.ts";

/** Comes before the systems' own in every migration. */
export const houseMigrations: SystemMigrations = {
  system: "tenfold",
  migrations: [
    {
      name: "001-leases",
      async up(db) {
        await sql`create table leases (
          name       text not null,
          slot       integer not null,
          token      bigint not null,
          holder     text not null,
          expires_at timestamptz not null,
          primary key (name, slot)
        )`.execute(db);
      },
    },
  ],
};
