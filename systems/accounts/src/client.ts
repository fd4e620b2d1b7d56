/** What other systems may ask accounts, in process. */
import { accountById } from "./store/accounts.ts";
import type { Db } from "./store/tables.ts";

export interface AccountsClient {
  exists(accountId: string): Promise<boolean>;
  /** As its owner wrote it; `undefined` when there is no such account. */
  emailOf(accountId: string): Promise<string | undefined>;
}

/** Made by accounts; others get it handed in. */
export function createAccountsClient(db: Db): AccountsClient {
  return {
    exists: async (accountId) => (await accountById(db, accountId)) !== undefined,
    emailOf: async (accountId) => (await accountById(db, accountId))?.email,
  };
}
