/** The tables of accounts, as they were first made. */
import type { Migration } from "@tenfold/sql";
import { type Kysely, sql } from "kysely";

const statements = [
  sql`create table accounts (
    id bigint primary key,
    email text not null,
    -- The address as it is compared: NFC, lower case, made by the application
    -- because the database's lower() follows the locale of the machine.
    email_key text not null unique,
    name text,
    role text not null check (role in ('admin', 'member')),
    password_hash text not null,
    -- Grows with each change of the password, not when it is only hashed anew.
    password_version integer not null default 1,
    created_at timestamptz not null
  )`,
  // At most one row. Whoever inserts it made the first account.
  sql`create table founding (
    only_row boolean primary key default true check (only_row),
    account_id bigint not null,
    founded_at timestamptz not null
  )`,
  sql`create table sessions (
    id bigint primary key,
    account_id bigint not null references accounts on delete cascade,
    token_hash bytea not null unique,
    user_agent text,
    network text,
    created_at timestamptz not null,
    last_seen_at timestamptz not null,
    expires_at timestamptz not null
  )`,
  sql`create index sessions_by_account on sessions (account_id, id)`,
  sql`create table api_keys (
    id bigint primary key,
    account_id bigint not null references accounts on delete cascade,
    key_hash bytea not null unique,
    name text not null,
    hint text not null,
    scopes text[] not null,
    created_at timestamptz not null,
    expires_at timestamptz,
    last_used_at timestamptz
  )`,
  sql`create index api_keys_by_account on api_keys (account_id, id)`,
  sql`create table invitations (
    id bigint primary key,
    code_hash bytea not null unique,
    email text,
    email_key text,
    invited_by bigint references accounts on delete set null,
    created_at timestamptz not null,
    expires_at timestamptz not null,
    used_at timestamptz,
    used_by bigint references accounts on delete set null
  )`,
  sql`create index invitations_open on invitations (id) where used_at is null`,
];

/** Accounts, sessions, API keys and invitations. */
export const accounts001: Migration = {
  name: "001-accounts",
  async up(db: Kysely<unknown>) {
    for (const statement of statements) await statement.execute(db);
  },
};
