/** API keys. */
import type { Principal } from "@tenfold/http";
import { accountErrors } from "../errors.ts";
import type { Scope } from "../contract.ts";
import { lockAccount } from "../store/accounts.ts";
import { countKeys, deleteKey, insertKey, listKeys as listKeyRows } from "../store/keys.ts";
import type { ApiKeyRow, PageRequest } from "../store/tables.ts";
import { hashToken, hintOf, mintToken } from "../tokens.ts";
import { cutPage, nowOf, type AccountsContext, type Page } from "./context.ts";

export interface NewKey {
  name: string;
  scopes: readonly Scope[];
  /** Never, when absent. */
  expiresAt?: Date | undefined;
}

/**
 * Makes a key; the key itself is in this answer and nowhere else. Throws
 * `expiry_in_past`, `too_many_keys`, `account_not_found`.
 */
export async function createKey(
  context: AccountsContext,
  accountId: string,
  input: NewKey,
): Promise<{ key: string; row: ApiKeyRow }> {
  const now = nowOf(context);
  // Written so that a date which is none does not pass.
  if (input.expiresAt !== undefined && !(input.expiresAt > now)) {
    throw accountErrors.expiry_in_past({
      fields: [{ field: "/expiresAt", detail: "must lie in the future" }],
    });
  }
  const key = mintToken("key", context.random);
  const row: ApiKeyRow = {
    id: context.nextId(),
    account_id: accountId,
    key_hash: hashToken(key),
    name: input.name,
    hint: hintOf(key),
    scopes: [...new Set(input.scopes)],
    created_at: now,
    expires_at: input.expiresAt ?? null,
    last_used_at: null,
  };
  await context.db.transaction().execute(async (db) => {
    if (!(await lockAccount(db, accountId))) throw accountErrors.account_not_found();
    if ((await countKeys(db, accountId)) >= context.options.apiKeysMax) {
      throw accountErrors.too_many_keys({
        detail: `An account may have ${context.options.apiKeysMax} API keys.`,
        hint: "Revoke one that you no longer use, expired ones too.",
      });
    }
    await insertKey(db, row);
  });
  return { key, row };
}

/** The account's keys, newest first, expired ones too. */
export async function listKeys(
  context: AccountsContext,
  principal: Principal,
  page: PageRequest,
): Promise<Page<ApiKeyRow>> {
  return cutPage(await listKeyRows(context.db, principal.accountId, page), page.limit);
}

/** Ends a key of the caller's own account, else throws `api_key_not_found`. */
export async function revokeKey(
  context: AccountsContext,
  principal: Principal,
  id: string,
): Promise<void> {
  if (!(await deleteKey(context.db, principal.accountId, id))) {
    throw accountErrors.api_key_not_found();
  }
  await context.revoked(principal.accountId);
}
