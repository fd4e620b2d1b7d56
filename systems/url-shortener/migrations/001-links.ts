/** Links, the numbers behind their codes, reports of abuse, and banned hosts. */
import type { Migration } from "@tenfold/sql";
import { sql } from "kysely";

export const links: Migration = {
  name: "001-links",
  async up(db) {
    await makeLinks(db);
    await makeModeration(db);
  },
};

type Db = Parameters<Migration["up"]>[0];

async function makeLinks(db: Db): Promise<void> {
  // One value per block of numbers: the block n is [n, n + 10,000).
  await sql`CREATE SEQUENCE code_blocks START 10000 INCREMENT 10000 MINVALUE 10000`.execute(db);
  await sql`
      CREATE TABLE links (
        id bigint PRIMARY KEY,
        -- '' is the main domain, whatever it is called today.
        domain text COLLATE "C" NOT NULL DEFAULT '',
        -- Codes differ by case: no collation may merge them.
        code text COLLATE "C" NOT NULL,
        owner_id bigint NOT NULL,
        url text NOT NULL,
        -- SHA-256 of URL and settings while the link may be answered for the same again; else null.
        reuse_key bytea,
        status smallint NOT NULL DEFAULT 302,
        title text,
        tags jsonb NOT NULL DEFAULT '[]',
        valid_from timestamptz,
        valid_until timestamptz,
        max_visits integer,
        visits integer NOT NULL DEFAULT 0,
        password_hash text,
        rules jsonb NOT NULL DEFAULT '[]',
        variants jsonb NOT NULL DEFAULT '[]',
        forward_query boolean NOT NULL DEFAULT false,
        banned_at timestamptz,
        ban_reason text,
        version integer NOT NULL DEFAULT 1,
        created_at timestamptz NOT NULL DEFAULT now(),
        updated_at timestamptz NOT NULL DEFAULT now(),
        -- A deleted link keeps its row, emptied, so that its code is never given again.
        deleted_at timestamptz
      )
      -- Room for the visits counter to be updated in place.
      WITH (fillfactor = 90)`.execute(db);
  await sql`CREATE UNIQUE INDEX links_code ON links (domain, code)`.execute(db);
  await sql`CREATE UNIQUE INDEX links_reuse ON links (owner_id, reuse_key) WHERE reuse_key IS NOT NULL`.execute(
    db,
  );
  await sql`CREATE INDEX links_owner ON links (owner_id, id) WHERE deleted_at IS NULL`.execute(db);
  // What other processes may hold an old copy of: small, since most links are never changed.
  await sql`CREATE INDEX links_changed ON links (updated_at) WHERE version > 1`.execute(db);
}

async function makeModeration(db: Db): Promise<void> {
  await sql`
      CREATE TABLE reports (
        id bigint PRIMARY KEY,
        link_id bigint NOT NULL REFERENCES links (id),
        reason text NOT NULL,
        comment text,
        state text NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'banned', 'dismissed')),
        created_at timestamptz NOT NULL DEFAULT now(),
        closed_at timestamptz,
        closed_by bigint
      )`.execute(db);
  await sql`CREATE INDEX reports_state ON reports (state, id)`.execute(db);
  await sql`CREATE INDEX reports_link ON reports (link_id)`.execute(db);
  await sql`
      CREATE TABLE banned_hosts (
        host text COLLATE "C" PRIMARY KEY,
        reason text,
        created_at timestamptz NOT NULL DEFAULT now(),
        created_by bigint NOT NULL
      )`.execute(db);
}
