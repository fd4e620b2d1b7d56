/** SQL of API keys. */
import { seenTable } from "./sessions.ts";
import type { ApiKeyRow, Db, PageRequest, Role } from "./tables.ts";

/** What authentication needs to know of a key. */
export interface KeyFacts {
  id: string;
  account_id: string;
  role: Role;
  scopes: string[];
  expires_at: Date | null;
  last_used_at: Date | null;
}

export async function insertKey(db: Db, key: ApiKeyRow): Promise<void> {
  await db.insertInto("api_keys").values(key).execute();
}

/** All of them, expired ones too: they take room until they are deleted. */
export async function countKeys(db: Db, accountId: string): Promise<number> {
  const { count } = await db
    .selectFrom("api_keys")
    .select((row) => row.fn.countAll<string>().as("count"))
    .where("account_id", "=", accountId)
    .executeTakeFirstOrThrow();
  return Number(count);
}

/** Whether it is live is for the caller to say. */
export async function keyByHash(db: Db, hash: Buffer): Promise<KeyFacts | undefined> {
  return db
    .selectFrom("api_keys")
    .innerJoin("accounts", "accounts.id", "api_keys.account_id")
    .select([
      "api_keys.id",
      "api_keys.account_id",
      "accounts.role",
      "api_keys.scopes",
      "api_keys.expires_at",
      "api_keys.last_used_at",
    ])
    .where("api_keys.key_hash", "=", hash)
    .executeTakeFirst();
}

/** Newest first, expired ones too; one more than asked for when there are more. */
export async function listKeys(db: Db, accountId: string, page: PageRequest): Promise<ApiKeyRow[]> {
  return db
    .selectFrom("api_keys")
    .selectAll()
    .where("account_id", "=", accountId)
    .$if(page.before !== undefined, (rows) => rows.where("id", "<", page.before ?? ""))
    .orderBy("id", "desc")
    .limit(page.limit + 1)
    .execute();
}

/** True when it was this account's. */
export async function deleteKey(db: Db, accountId: string, id: string): Promise<boolean> {
  const result = await db
    .deleteFrom("api_keys")
    .where("id", "=", id)
    .where("account_id", "=", accountId)
    .executeTakeFirst();
  return result.numDeletedRows > 0n;
}

/** Notes uses, as `noteSeen` does for sessions. */
export async function noteUsed(db: Db, used: ReadonlyMap<string, number>): Promise<void> {
  if (used.size === 0) return;
  await db
    .with("used", (query) =>
      query
        .selectFrom("api_keys")
        .innerJoin(seenTable(used), "seen.id", "api_keys.id")
        .select(["api_keys.id", "seen.at"])
        .where((is) =>
          is.or([
            is("api_keys.last_used_at", "is", null),
            is("api_keys.last_used_at", "<", is.ref("seen.at")),
          ]),
        )
        .forNoKeyUpdate("api_keys")
        .skipLocked(),
    )
    .updateTable("api_keys")
    .from("used")
    .set((row) => ({ last_used_at: row.ref("used.at") }))
    .whereRef("api_keys.id", "=", "used.id")
    .execute();
}
