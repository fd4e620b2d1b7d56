/** What administrators changed about the rules, and a number that grows with every change. */
import type { Migration } from "@tenfold/sql";
import { sql } from "kysely";

export const edits: Migration = {
  name: "001-edits",
  async up(db) {
    await sql`create table edits (
      rule text primary key,
      edit jsonb not null,
      edited_by bigint not null,
      edited_at timestamptz not null
    )`.execute(db);
    // One row. Read by every process now and then: when it has grown, so have the edits changed.
    await sql`create table revision (
      only_row boolean primary key default true check (only_row),
      number bigint not null default 0
    )`.execute(db);
    await sql`insert into revision default values`.execute(db);
  },
};
