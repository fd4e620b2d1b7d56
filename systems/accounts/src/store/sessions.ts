/** SQL of sessions. A session is live until `expires_at`, and while it was seen after `idleSince`. */
import type { Db, PageRequest, Role, SessionRow } from "./tables.ts";
import { sql } from "kysely";

/** What decides whether a session is live at a moment. */
export interface LiveAt {
  now: Date;
  /** Not seen since then means ended. */
  idleSince: Date;
}

/** What authentication needs to know of a session. */
export interface SessionFacts {
  id: string;
  account_id: string;
  role: Role;
  last_seen_at: Date;
  expires_at: Date;
}

export async function insertSession(db: Db, session: SessionRow): Promise<void> {
  await db.insertInto("sessions").values(session).execute();
}

/** By primary key of its hash; whether it is live is for the caller to say. */
export async function sessionByHash(db: Db, hash: Buffer): Promise<SessionFacts | undefined> {
  return db
    .selectFrom("sessions")
    .innerJoin("accounts", "accounts.id", "sessions.account_id")
    .select([
      "sessions.id",
      "sessions.account_id",
      "accounts.role",
      "sessions.last_seen_at",
      "sessions.expires_at",
    ])
    .where("sessions.token_hash", "=", hash)
    .executeTakeFirst();
}

/** Live sessions, newest first; one more than asked for when there are more. */
export async function listSessions(
  db: Db,
  accountId: string,
  query: { page: PageRequest; live: LiveAt },
): Promise<SessionRow[]> {
  const { page, live } = query;
  return db
    .selectFrom("sessions")
    .selectAll()
    .where("account_id", "=", accountId)
    .where("expires_at", ">", live.now)
    .where("last_seen_at", ">", live.idleSince)
    .$if(page.before !== undefined, (rows) => rows.where("id", "<", page.before ?? ""))
    .orderBy("id", "desc")
    .limit(page.limit + 1)
    .execute();
}

/** True when it was this account's. */
export async function deleteSession(db: Db, accountId: string, id: string): Promise<boolean> {
  const result = await db
    .deleteFrom("sessions")
    .where("id", "=", id)
    .where("account_id", "=", accountId)
    .executeTakeFirst();
  return result.numDeletedRows > 0n;
}

/** Ends all but `keptId`; answers how many. */
export async function deleteOtherSessions(
  db: Db,
  accountId: string,
  keptId: string,
): Promise<number> {
  const result = await db
    .deleteFrom("sessions")
    .where("account_id", "=", accountId)
    .where("id", "!=", keptId)
    .executeTakeFirst();
  return Number(result.numDeletedRows);
}

/** Ends those beyond the `max` seen last; answers how many. */
export async function deleteExcessSessions(
  db: Db,
  accountId: string,
  max: number,
): Promise<number> {
  const result = await db
    .deleteFrom("sessions")
    .where("id", "in", (query) =>
      query
        .selectFrom("sessions")
        .select("id")
        .where("account_id", "=", accountId)
        .orderBy("last_seen_at", "desc")
        .orderBy("id", "desc")
        .offset(max),
    )
    .executeTakeFirst();
  return Number(result.numDeletedRows);
}

/** Whether the account ever signed in from there and still has that session. */
export async function isKnownNetwork(db: Db, emailKey: string, network: string): Promise<boolean> {
  const row = await db
    .selectFrom("sessions")
    .innerJoin("accounts", "accounts.id", "sessions.account_id")
    .select("sessions.id")
    .where("accounts.email_key", "=", emailKey)
    .where("sessions.network", "=", network)
    .limit(1)
    .executeTakeFirst();
  return row !== undefined;
}

/** Deletes up to `limit` that have ended; answers how many. */
export async function purgeSessions(db: Db, live: LiveAt, limit: number): Promise<number> {
  const result = await db
    .deleteFrom("sessions")
    .where("id", "in", (query) =>
      query
        .selectFrom("sessions")
        .select("id")
        .where((is) =>
          is.or([is("expires_at", "<=", live.now), is("last_seen_at", "<=", live.idleSince)]),
        )
        .limit(limit),
    )
    .executeTakeFirst();
  return Number(result.numDeletedRows);
}

/**
 * Notes uses, never moving a time back. A row that someone else is writing is
 * passed over: two processes that flush the same sessions in different order
 * would otherwise wait for each other, and the other's time is as good.
 */
export async function noteSeen(db: Db, seen: ReadonlyMap<string, number>): Promise<void> {
  if (seen.size === 0) return;
  await db
    .with("seen", (query) =>
      query
        .selectFrom("sessions")
        .innerJoin(seenTable(seen), "seen.id", "sessions.id")
        .select(["sessions.id", "seen.at"])
        .whereRef("sessions.last_seen_at", "<", "seen.at")
        .forNoKeyUpdate("sessions")
        .skipLocked(),
    )
    .updateTable("sessions")
    .from("seen")
    .set((row) => ({ last_seen_at: row.ref("seen.at") }))
    .whereRef("sessions.id", "=", "seen.id")
    .execute();
}

/** `seen(id, at)` from a map of IDs to ms. */
export function seenTable(seen: ReadonlyMap<string, number>) {
  const ids = [...seen.keys()];
  const times = [...seen.values()].map((ms) => new Date(ms).toISOString());
  return sql<{
    id: string;
    at: Date;
  }>`unnest(${ids}::bigint[], ${times}::timestamptz[])`.as<"seen">(sql`seen(id, at)`);
}
