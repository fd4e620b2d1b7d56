/** A process of its own for the tests: migrates, with a migration that must not run twice. */
import { argv, stdout } from "node:process";

import { sql as rawSql } from "kysely";

import { openSql } from "./open-sql.ts";

await using sql = openSql({}, { connectionString: argv[2] ?? "" });
const { applied } = await sql.migrate([
  {
    system: "once-only",
    migrations: [
      {
        name: "001-slow",
        async up(db) {
          await rawSql`create table once (id int)`.execute(db);
          await rawSql`insert into once values (1)`.execute(db);
          await rawSql`select pg_sleep(0.2)`.execute(db);
        },
      },
    ],
  },
]);
stdout.write(JSON.stringify(applied));
