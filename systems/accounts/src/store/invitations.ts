/** SQL of invitations. One is open until it is used or expires. */
import type { Db, InvitationRow, PageRequest } from "./tables.ts";

export async function insertInvitation(db: Db, invitation: InvitationRow): Promise<void> {
  await db.insertInto("invitations").values(invitation).execute();
}

export async function countOpenInvitations(db: Db, now: Date): Promise<number> {
  const { count } = await db
    .selectFrom("invitations")
    .select((row) => row.fn.countAll<string>().as("count"))
    .where("used_at", "is", null)
    .where("expires_at", ">", now)
    .executeTakeFirstOrThrow();
  return Number(count);
}

export async function openInvitation(
  db: Db,
  hash: Buffer,
  now: Date,
): Promise<InvitationRow | undefined> {
  return db
    .selectFrom("invitations")
    .selectAll()
    .where("code_hash", "=", hash)
    .where("used_at", "is", null)
    .where("expires_at", ">", now)
    .executeTakeFirst();
}

/** True for one caller only, and only while the invitation is open. */
export async function useInvitation(
  db: Db,
  use: { hash: Buffer; accountId: string; now: Date },
): Promise<boolean> {
  const result = await db
    .updateTable("invitations")
    .set({ used_at: use.now, used_by: use.accountId })
    .where("code_hash", "=", use.hash)
    .where("used_at", "is", null)
    .where("expires_at", ">", use.now)
    .executeTakeFirst();
  return result.numUpdatedRows > 0n;
}

/** Open ones, newest first; one more than asked for when there are more. */
export async function listOpenInvitations(
  db: Db,
  page: PageRequest,
  now: Date,
): Promise<InvitationRow[]> {
  return db
    .selectFrom("invitations")
    .selectAll()
    .where("used_at", "is", null)
    .where("expires_at", ">", now)
    .$if(page.before !== undefined, (rows) => rows.where("id", "<", page.before ?? ""))
    .orderBy("id", "desc")
    .limit(page.limit + 1)
    .execute();
}

/** True when there was such an unused one. */
export async function deleteOpenInvitation(db: Db, id: string): Promise<boolean> {
  const result = await db
    .deleteFrom("invitations")
    .where("id", "=", id)
    .where("used_at", "is", null)
    .executeTakeFirst();
  return result.numDeletedRows > 0n;
}

/** Deletes those that were used or expired before `before`. */
export async function purgeInvitations(db: Db, before: Date): Promise<void> {
  await db
    .deleteFrom("invitations")
    .where((is) => is.or([is("expires_at", "<=", before), is("used_at", "<=", before)]))
    .execute();
}
