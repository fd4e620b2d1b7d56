/** SQL of accounts. */
import type { AccountRow, Db } from "./tables.ts";

/**
 * True for exactly one caller, ever: whoever makes the first account. Others
 * that try at the same moment wait here until its transaction ends, and try
 * again if it fails. To be called in the transaction that makes the account.
 */
export async function takeFounding(db: Db, accountId: string, at: Date): Promise<boolean> {
  const founding = await db
    .insertInto("founding")
    .values({ only_row: true, account_id: accountId, founded_at: at })
    .onConflict((conflict) => conflict.column("only_row").doNothing())
    .returning("account_id")
    .executeTakeFirst();
  return founding !== undefined;
}

/** Whether somebody has ever made an account here. */
export async function isFounded(db: Db): Promise<boolean> {
  const row = await db.selectFrom("founding").select("only_row").executeTakeFirst();
  return row !== undefined;
}

/** `undefined` when the address is taken. */
export async function insertAccount(
  db: Db,
  account: Omit<AccountRow, "password_version">,
): Promise<AccountRow | undefined> {
  return db
    .insertInto("accounts")
    .values({ ...account, password_version: 1 })
    .onConflict((conflict) => conflict.column("email_key").doNothing())
    .returningAll()
    .executeTakeFirst();
}

export async function accountById(db: Db, id: string): Promise<AccountRow | undefined> {
  return db.selectFrom("accounts").selectAll().where("id", "=", id).executeTakeFirst();
}

export async function accountByEmailKey(db: Db, emailKey: string): Promise<AccountRow | undefined> {
  return db.selectFrom("accounts").selectAll().where("email_key", "=", emailKey).executeTakeFirst();
}

/**
 * The version of the account's password, which stays as it is until the
 * transaction ends; `undefined` when the account is gone.
 */
export async function holdPasswordVersion(db: Db, id: string): Promise<number | undefined> {
  const row = await db
    .selectFrom("accounts")
    .select("password_version")
    .where("id", "=", id)
    .forShare()
    .executeTakeFirst();
  return row?.password_version;
}

/** Lets one transaction per account through at a time. False when the account is gone. */
export async function lockAccount(db: Db, id: string): Promise<boolean> {
  const row = await db
    .selectFrom("accounts")
    .select("id")
    .where("id", "=", id)
    .forNoKeyUpdate()
    .executeTakeFirst();
  return row !== undefined;
}

/** Another name or password. `undefined` when the password was changed since `version`. */
export async function updateAccount(
  db: Db,
  id: string,
  change: { name?: string | null; password?: { hash: string; version: number } },
): Promise<AccountRow | undefined> {
  const { name, password } = change;
  return db
    .updateTable("accounts")
    .set({
      ...(name === undefined ? {} : { name }),
      ...(password === undefined
        ? {}
        : { password_hash: password.hash, password_version: password.version + 1 }),
    })
    .where("id", "=", id)
    .$if(password !== undefined, (query) =>
      query.where("password_version", "=", password?.version ?? 0),
    )
    .returningAll()
    .executeTakeFirst();
}

/** The same password, hashed anew; nothing when it was changed since `version`. */
export async function replaceHash(
  db: Db,
  account: { id: string; version: number; hash: string },
): Promise<void> {
  await db
    .updateTable("accounts")
    .set({ password_hash: account.hash })
    .where("id", "=", account.id)
    .where("password_version", "=", account.version)
    .execute();
}

/** With its sessions and keys. */
export async function deleteAccount(db: Db, id: string): Promise<boolean> {
  const result = await db.deleteFrom("accounts").where("id", "=", id).executeTakeFirst();
  return result.numDeletedRows > 0n;
}
