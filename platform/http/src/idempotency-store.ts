/** The table behind `Idempotency-Key`. Every change is one statement, so no transaction is held. */
import type { Clock, Random } from "@tenfold/core";
import type { Sql, SystemMigrations } from "@tenfold/sql";
import type { HttpOptions } from "./options.ts";

/** What the server needs of SQL. */
export type QuerySql = Pick<Sql, "query">;

/** The server's own table, `http.answers`. Apply before serving routes that are `idempotent`. */
export const httpMigrations: SystemMigrations = {
  system: "http",
  migrations: [
    {
      name: "001-answers",
      async up(db) {
        await db.schema
          .createTable("answers")
          .addColumn("account_id", "text", (column) => column.notNull())
          .addColumn("key", "text", (column) => column.notNull())
          .addColumn("request_hash", "bytea", (column) => column.notNull())
          // Who holds the lock: a late finisher must not overwrite its successor.
          .addColumn("attempt", "text", (column) => column.notNull())
          .addColumn("locked_until", "timestamptz", (column) => column.notNull())
          .addColumn("expires_at", "timestamptz", (column) => column.notNull())
          // Null while the attempt runs.
          .addColumn("status", "integer")
          .addColumn("headers", "jsonb")
          .addColumn("body", "text")
          .addPrimaryKeyConstraint("answers_pkey", ["account_id", "key"])
          .execute();
        await db.schema
          .createIndex("answers_expires_at")
          .on("answers")
          .column("expires_at")
          .execute();
      },
    },
  ],
};

interface KeyId {
  accountId: string;
  key: string;
}

/** A lock that we hold. */
export interface Attempt extends KeyId {
  attempt: string;
}

export interface KeptAnswer {
  status: number;
  headers: Readonly<Record<string, string>>;
  body: string | undefined;
}

export interface IdempotencyStore {
  /** Takes the key when it is free, over, or left by a dead process; `undefined` when it is not. */
  lock: (id: KeyId, hash: Uint8Array) => Promise<Attempt | undefined>;
  find: (id: KeyId) => Promise<{ hash: Buffer; answer: KeptAnswer | undefined } | undefined>;
  keep: (attempt: Attempt, answer: KeptAnswer) => Promise<void>;
  release: (attempt: Attempt) => Promise<void>;
  /** Removes up to 1,000 answers whose time is over. */
  sweep: () => Promise<void>;
}

const LOCK = `
  insert into http.answers as held
    (account_id, key, request_hash, attempt, locked_until, expires_at)
  values ($1, $2, $3, $4, $5, $6)
  on conflict (account_id, key) do update set
    request_hash = excluded.request_hash, attempt = excluded.attempt,
    locked_until = excluded.locked_until, expires_at = excluded.expires_at,
    status = null, headers = null, body = null
  where held.expires_at <= $7
     or (held.status is null and held.locked_until <= $7
         and held.request_hash = excluded.request_hash)
  returning attempt`;

const FIND = `
  select request_hash, status, headers, body from http.answers
  where account_id = $1 and key = $2`;

const KEEP = `
  update http.answers set status = $4, headers = $5, body = $6
  where account_id = $1 and key = $2 and attempt = $3`;

const RELEASE = `
  delete from http.answers
  where account_id = $1 and key = $2 and attempt = $3 and status is null`;

const SWEEP = `
  delete from http.answers where (account_id, key) in
    (select account_id, key from http.answers where expires_at <= $1 limit 1000)`;

interface Row {
  request_hash: Buffer;
  status: number | null;
  headers: Record<string, string> | null;
  body: string | null;
}

export function createIdempotencyStore(
  deps: { sql: QuerySql; clock: Clock; random: Random },
  options: Pick<HttpOptions, "idempotencyLockMs" | "idempotencyTtlMs">,
): IdempotencyStore {
  const { sql, clock, random } = deps;
  const at = (ms: number) => new Date(ms).toISOString();
  return {
    async lock({ accountId, key }, hash) {
      const nowMs = clock.now();
      const attempt = Buffer.from(random.bytes(12)).toString("base64url");
      const until = [at(nowMs + options.idempotencyLockMs), at(nowMs + options.idempotencyTtlMs)];
      const values = [accountId, key, Buffer.from(hash), attempt, ...until, at(nowMs)];
      const { rowCount } = await sql.query(LOCK, values, { name: "http-lock" });
      return rowCount === 1 ? { accountId, key, attempt } : undefined;
    },
    async find({ accountId, key }) {
      const { rows } = await sql.query<Row>(FIND, [accountId, key], { name: "http-find" });
      const row = rows[0];
      if (row === undefined) return undefined;
      const { request_hash: hash, status, headers, body } = row;
      const answer =
        status === null ? undefined : { status, headers: headers ?? {}, body: body ?? undefined };
      return { hash, answer };
    },
    async keep({ accountId, key, attempt }, { status, headers, body }) {
      const values = [accountId, key, attempt, status, JSON.stringify(headers), body ?? null];
      await sql.query(KEEP, values, { name: "http-keep" });
    },
    async release({ accountId, key, attempt }) {
      await sql.query(RELEASE, [accountId, key, attempt], { name: "http-release" });
    },
    async sweep() {
      await sql.query(SWEEP, [at(clock.now())]);
    },
  };
}
