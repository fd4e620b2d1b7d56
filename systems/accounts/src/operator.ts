/** What the operator does from the command line, in process and without signing in. */
import type { FieldError } from "@tenfold/core";
import { validationFailed } from "@tenfold/http";
import { knownScopes } from "./contract.ts";
import { emailKeyOf } from "./email.ts";
import { accountErrors } from "./errors.ts";
import type { AccountsContext } from "./service/context.ts";
import { createKey } from "./service/keys.ts";
import { removeAccount } from "./service/me.ts";
import { createAccount } from "./service/sign-up.ts";
import { accountByEmailKey } from "./store/accounts.ts";
import type { AccountRow, Role } from "./store/tables.ts";

export interface CreatedUser {
  id: string;
  email: string;
  role: Role;
}

export interface CreatedKey {
  id: string;
  /** Shown once. */
  key: string;
  expiresAt: Date | undefined;
}

/** Bad input is `validation_failed`, as over HTTP. */
export interface AccountsOperator {
  /** Without `role` the first account is the administrator. Throws `email_taken`. */
  createUser(input: {
    email: string;
    password: string;
    role?: Role | undefined;
    name?: string | undefined;
  }): Promise<CreatedUser>;
  /** For the account with that address. Throws `account_not_found`, `expiry_in_past`, `too_many_keys`. */
  createKey(input: {
    email: string;
    name: string;
    scopes: readonly string[];
    expiresAt?: Date | undefined;
  }): Promise<CreatedKey>;
  /** Removes the account with its sessions and keys, at once. Throws `account_not_found`. */
  removeUser(email: string): Promise<void>;
}

export function createOperator(context: AccountsContext): AccountsOperator {
  const accountByEmail = async (email: string): Promise<AccountRow> => {
    const emailKey = emailKeyOf(email);
    const account = emailKey && (await accountByEmailKey(context.db, emailKey));
    if (account) return account;
    throw accountErrors.account_not_found({ detail: `Nobody here has the address ${email}.` });
  };
  return {
    async createUser(input) {
      check([
        [/^[^\s@]+@[^\s@]+$/.test(input.email), "email", "must be an email address"],
        [isLong(input.password, 10, 256), "password", "must have 10 to 256 characters"],
        [isLong(input.name ?? "-", 1, 100), "name", "must have 1 to 100 characters"],
      ]);
      const { id, email, role } = await createAccount(context, input);
      return { id, email, role };
    },
    async createKey(input) {
      const scopes = knownScopes.filter((scope) => input.scopes.includes(scope));
      const allKnown = scopes.length > 0 && scopes.length === new Set(input.scopes).size;
      check([
        [isLong(input.name, 1, 100), "name", "must have 1 to 100 characters"],
        [allKnown, "scopes", `must be some of ${knownScopes.join(", ")}`],
      ]);
      const account = await accountByEmail(input.email);
      const { key, row } = await createKey(context, account.id, { ...input, scopes });
      return { id: row.id, key, expiresAt: input.expiresAt };
    },
    async removeUser(email) {
      await removeAccount(context, (await accountByEmail(email)).id);
    },
  };
}

function isLong(text: string, min: number, max: number): boolean {
  return text.length >= min && text.length <= max && !text.includes("\0");
}

function check(rules: readonly [boolean, string, string][]): void {
  const fields: FieldError[] = rules
    .filter(([holds]) => !holds)
    .map(([, name, detail]) => ({ field: `/${name}`, detail }));
  if (fields.length > 0) throw validationFailed(fields);
}
