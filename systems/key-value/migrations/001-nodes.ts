/** The nodes that this platform runs itself. */
import type { Migration } from "@tenfold/sql";
import { sql } from "kysely";

export const nodes: Migration = {
  name: "001-nodes",
  async up(db) {
    await sql`create table nodes (
      name text primary key,
      added_at timestamptz not null
    )`.execute(db);
    // Names are not used twice: a node's name is in what others remember of it.
    await sql`create sequence node_numbers`.execute(db);
    // One row: what the nodes know, and nobody else.
    await sql`create table secret (
      only_row boolean primary key default true check (only_row),
      bytes bytea not null
    )`.execute(db);
  },
};
