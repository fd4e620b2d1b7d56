/** Making accounts. */
import { validationFailed } from "@tenfold/http";
import { accountErrors } from "../errors.ts";
import { emailKeyOf } from "../email.ts";
import { insertAccount, isFounded, takeFounding } from "../store/accounts.ts";
import { openInvitation, useInvitation } from "../store/invitations.ts";
import type { AccountRow, Db, Role } from "../store/tables.ts";
import { hashToken, tokenKindOf } from "../tokens.ts";
import { nowOf, type AccountsContext } from "./context.ts";

export interface SignUp {
  email: string;
  password: string;
  name?: string | undefined;
  /** The code of an invitation. */
  invitation?: string | undefined;
  /** The caller's address. */
  address: string;
}

export type SignUpState = "first" | AccountsContext["options"]["signUp"];

/** Who can sign up now; `first` until somebody has. */
export async function signUpState({ db, options }: AccountsContext): Promise<SignUpState> {
  return (await isFounded(db)) ? options.signUp : "first";
}

/**
 * Makes an account. The first one ever is the administrator, exactly one also
 * when many try at once; later ones need sign-up to be open or an invitation.
 * Throws `too_many_attempts`, `sign_up_closed`, `invitation_invalid`,
 * `email_taken`.
 */
export async function signUp(context: AccountsContext, input: SignUp): Promise<AccountRow> {
  await context.attempts.signUp(input.address);
  // Asked before hashing, which costs; asked again in the transaction, which counts.
  if (await isFounded(context.db)) await requireAdmission(context, input);
  const draft = await draftAccount(context, input);
  const account = await context.db.transaction().execute(async (db) => {
    if (await takeFounding(db, draft.id, draft.created_at)) {
      return insertDraft(db, { ...draft, role: "admin" });
    }
    const admittedBy = await requireAdmission({ ...context, db }, input);
    const made = await insertDraft(db, { ...draft, role: "member" });
    if (admittedBy !== undefined) {
      const use = { hash: admittedBy, accountId: made.id, now: draft.created_at };
      if (!(await useInvitation(db, use))) throw accountErrors.invitation_invalid();
    }
    return made;
  });
  context.log.info({ accountId: account.id, role: account.role }, "an account was made");
  return account;
}

/**
 * Makes an account on the operator's word: no limits, no invitation. Without a
 * role the first one is the administrator. Throws `email_taken`.
 */
export async function createAccount(
  context: AccountsContext,
  input: { email: string; password: string; name?: string | undefined; role?: Role | undefined },
): Promise<AccountRow> {
  const draft = await draftAccount(context, input);
  return context.db.transaction().execute(async (db) => {
    const first = await takeFounding(db, draft.id, draft.created_at);
    return insertDraft(db, { ...draft, role: input.role ?? (first ? "admin" : "member") });
  });
}

/** Throws unless the caller may sign up now; answers the hash of the invitation to be used up. */
async function requireAdmission(
  context: AccountsContext,
  { invitation, email }: SignUp,
): Promise<Buffer | undefined> {
  const { db, options } = context;
  if (options.signUp === "closed") throw accountErrors.sign_up_closed();
  if (invitation === undefined) {
    if (options.signUp === "open") return undefined;
    throw accountErrors.invitation_invalid({
      detail: "One needs an invitation to sign up here.",
      hint: "Ask an administrator for one.",
    });
  }
  const hash = tokenKindOf(invitation) === "invitation" ? hashToken(invitation) : undefined;
  const found = hash && (await openInvitation(db, hash, nowOf(context)));
  const fits = found?.email_key === null || found?.email_key === emailKeyOf(email);
  if (found === undefined || !fits) throw accountErrors.invitation_invalid();
  return hash;
}

type Draft = Omit<AccountRow, "password_version" | "role">;

async function draftAccount(
  context: AccountsContext,
  input: { email: string; password: string; name?: string | undefined },
): Promise<Draft> {
  const emailKey = emailKeyOf(input.email);
  if (emailKey === undefined) {
    throw validationFailed([{ field: "/email", detail: "must be an email address" }]);
  }
  return {
    id: context.nextId(),
    email: input.email.trim(),
    email_key: emailKey,
    name: input.name ?? null,
    password_hash: await context.passwords.hash(input.password),
    created_at: nowOf(context),
  };
}

async function insertDraft(db: Db, account: Draft & { role: Role }): Promise<AccountRow> {
  const made = await insertAccount(db, account);
  if (made === undefined) throw accountErrors.email_taken();
  return made;
}
