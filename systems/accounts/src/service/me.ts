/** The caller's own account. */
import { validationFailed, type Principal } from "@tenfold/http";
import { accountErrors } from "../errors.ts";
import { accountById, deleteAccount, updateAccount } from "../store/accounts.ts";
import { deleteOtherSessions } from "../store/sessions.ts";
import type { AccountRow } from "../store/tables.ts";
import type { AccountsContext } from "./context.ts";

export interface AccountChange {
  /** `null` takes the name away. */
  name?: string | null | undefined;
  password?: string | undefined;
  /** Needed with `password`. */
  currentPassword?: string | undefined;
}

/** Throws `account_not_found` when it was removed a moment ago. */
export async function accountOf(context: AccountsContext, accountId: string): Promise<AccountRow> {
  const account = await accountById(context.db, accountId);
  if (account === undefined) throw accountErrors.account_not_found();
  return account;
}

/**
 * Changes name or password, both or neither. A new password ends all other
 * sessions in the same transaction; API keys stay. Throws `credentials_wrong`,
 * `too_many_attempts`.
 */
export async function changeAccount(
  context: AccountsContext,
  principal: Principal,
  change: AccountChange,
): Promise<AccountRow> {
  const account = await accountOf(context, principal.accountId);
  const name = change.name === undefined ? {} : { name: change.name };
  if (change.password === undefined) {
    if (change.name === undefined) return account;
    return (await updateAccount(context.db, account.id, name)) ?? account;
  }
  await requireCurrentPassword(context, account, change.currentPassword);
  const password = {
    hash: await context.passwords.hash(change.password),
    version: account.password_version,
  };
  const changed = await context.db.transaction().execute(async (db) => {
    const updated = await updateAccount(db, account.id, { ...name, password });
    // Somebody else changed it since: the password given is no longer the current one.
    if (updated === undefined) throw accountErrors.credentials_wrong();
    await deleteOtherSessions(db, account.id, principal.credentialId);
    return updated;
  });
  await context.revoked(account.id);
  context.log.info({ accountId: account.id }, "a password was changed");
  return changed;
}

/** Removes an account with its sessions and keys, on the operator's word. */
export async function removeAccount(context: AccountsContext, accountId: string): Promise<void> {
  if (!(await deleteAccount(context.db, accountId))) throw accountErrors.account_not_found();
  await context.revoked(accountId);
  context.log.info({ accountId }, "an account was removed");
}

async function requireCurrentPassword(
  context: AccountsContext,
  account: AccountRow,
  currentPassword: string | undefined,
): Promise<void> {
  if (currentPassword === undefined) {
    const detail = "is needed to set a new password";
    throw validationFailed([{ field: "/currentPassword", detail }]);
  }
  const attempt = await context.attempts.passwordChange(account.id);
  if (!(await context.passwords.verify(account.password_hash, currentPassword))) {
    throw accountErrors.credentials_wrong({
      detail: "The current password is another one.",
      fields: [{ field: "/currentPassword", detail: "is wrong" }],
    });
  }
  await attempt.succeeded();
}
