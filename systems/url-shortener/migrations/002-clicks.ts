/** Clicks: the log they arrive in, the cells they are counted in, and who folds one into the other. */
import type { Migration } from "@tenfold/sql";
import { sql } from "kysely";

export const clicks: Migration = {
  name: "002-clicks",
  async up(db) {
    await makeCells(db);
    await makeLog(db);
  },
};

type Db = Parameters<Migration["up"]>[0];

async function makeCells(db: Db): Promise<void> {
  // level: 0 hour, 1 day, 2 month; start: hours, days or months since 1970 UTC.
  // Cells are rewritten while their hour runs, so pages leave room for it.
  await sql`
      CREATE TABLE click_cells (
        link_id bigint NOT NULL,
        level smallint NOT NULL CHECK (level IN (0, 1, 2)),
        start integer NOT NULL,
        human bigint NOT NULL,
        bot bigint NOT NULL,
        visitors bigint NOT NULL,
        country text NOT NULL,
        referrer text NOT NULL,
        device text NOT NULL,
        browser text NOT NULL,
        sketch bytea,
        PRIMARY KEY (link_id, level, start)
      ) WITH (fillfactor = 80)`.execute(db);
  // By time, for closing a day or month and for dropping old hours.
  await sql`CREATE INDEX click_cells_by_start ON click_cells (level, start, link_id)`.execute(db);
}

async function makeLog(db: Db): Promise<void> {
  await sql`
      CREATE TABLE click_batches (
        shard smallint NOT NULL,
        id bigint GENERATED ALWAYS AS IDENTITY,
        payload text NOT NULL,
        PRIMARY KEY (shard, id)
      )`.execute(db);
  // Written once, read once, deleted: compressing costs more than it saves.
  await sql`ALTER TABLE click_batches ALTER COLUMN payload SET STORAGE EXTERNAL`.execute(db);

  await sql`
      CREATE TABLE click_writers (
        id text PRIMARY KEY,
        seq bigint NOT NULL,
        seen_at timestamptz NOT NULL
      )`.execute(db);

  await sql`
      CREATE TABLE click_forgotten (
        link_id bigint PRIMARY KEY,
        forgotten_at timestamptz NOT NULL DEFAULT now(),
        purged boolean NOT NULL DEFAULT false
      )`.execute(db);
  await sql`CREATE INDEX click_forgotten_due ON click_forgotten (link_id) WHERE NOT purged`.execute(
    db,
  );

  // One row. Days and months before `closed_*` are rolled up; between it and
  // `closing_*` that is under way, done for links up to `closing_link`.
  await sql`
      CREATE TABLE click_state (
        single boolean PRIMARY KEY DEFAULT true CHECK (single),
        closed_day integer NOT NULL DEFAULT 0,
        closing_day integer NOT NULL DEFAULT 0,
        closed_month integer NOT NULL DEFAULT 0,
        closing_month integer NOT NULL DEFAULT 0,
        closing_link bigint NOT NULL DEFAULT 0
      )`.execute(db);
  await sql`INSERT INTO click_state DEFAULT VALUES`.execute(db);
}
