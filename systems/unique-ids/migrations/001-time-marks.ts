/** How far into time the holders of each worker ID may have made IDs. */
import type { Migration } from "@tenfold/sql";
import { type Kysely, sql } from "kysely";

/** One row per worker ID that was ever used; rows are never deleted. */
export const timeMarks: Migration = {
  name: "001-time-marks",
  async up(db: Kysely<unknown>) {
    await sql`create table time_marks (
      -- The slot of the lease "worker-id".
      slot integer primary key,
      -- The lease's fencing token: a smaller one can write nothing any more.
      token bigint not null,
      -- In ms since the Unix epoch; null until the first holder has written one.
      mark_ms bigint
    )`.execute(db);
  },
};
