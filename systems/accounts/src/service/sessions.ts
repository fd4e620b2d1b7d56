/** Signing in and out. */
import type { Principal } from "@tenfold/http";
import { emailKeyOf } from "../email.ts";
import { accountErrors } from "../errors.ts";
import { shownNetworkOf } from "../network.ts";
import { accountByEmailKey, holdPasswordVersion, replaceHash } from "../store/accounts.ts";
import {
  deleteExcessSessions,
  deleteOtherSessions,
  deleteSession,
  insertSession,
  isKnownNetwork,
  listSessions as listSessionRows,
} from "../store/sessions.ts";
import type { AccountRow, PageRequest, SessionRow } from "../store/tables.ts";
import { hashToken, mintToken } from "../tokens.ts";
import { cutPage, liveAt, nowOf, type AccountsContext, type Page } from "./context.ts";

export interface SignIn {
  email: string;
  password: string;
  /** The caller's address. */
  address: string;
  userAgent: string | undefined;
}

/** Longer ones are cut. */
const userAgentLengthMax = 300;

/**
 * Starts a session. Wrong password and unknown address are told apart neither
 * by the answer nor by its time. Throws `credentials_wrong`,
 * `too_many_attempts`, `password_busy`.
 */
export async function signIn(
  context: AccountsContext,
  input: SignIn,
): Promise<{ token: string; session: SessionRow; account: AccountRow }> {
  const { attempts, db, passwords } = context;
  const emailKey = emailKeyOf(input.email);
  const network = shownNetworkOf(input.address);
  const attempt = await attempts.signIn({
    emailKey: emailKey ?? "",
    address: input.address,
    isKnownNetwork: async () =>
      emailKey !== undefined && network !== undefined && isKnownNetwork(db, emailKey, network),
  });
  const account = emailKey === undefined ? undefined : await accountByEmailKey(db, emailKey);
  const matches = await passwords.verify(account?.password_hash, input.password);
  if (account === undefined || !matches) throw failed(context);
  await attempt.succeeded();
  if (passwords.isStale(account.password_hash)) await rehash(context, account, input.password);

  const token = mintToken("session", context.random);
  const session = draftSession(context, { account, token, input });
  const ended = await db.transaction().execute(async (transaction) => {
    // A password changed since we compared it must not leave this session behind.
    const version = await holdPasswordVersion(transaction, account.id);
    if (version !== account.password_version) throw failed(context);
    await insertSession(transaction, session);
    return deleteExcessSessions(transaction, account.id, context.options.sessionsMax);
  });
  if (ended > 0) await context.revoked(account.id);
  countSignIn(context, "succeeded");
  return { token, session, account };
}

/** When the session will end unless it is used. */
export function sessionEnd(context: AccountsContext, session: SessionRow): Date {
  const idleEndMs = session.last_seen_at.getTime() + context.options.sessionIdleMs;
  return new Date(Math.min(session.expires_at.getTime(), idleEndMs));
}

/** The account's live sessions, newest first. */
export async function listSessions(
  context: AccountsContext,
  principal: Principal,
  page: PageRequest,
): Promise<Page<SessionRow>> {
  const rows = await listSessionRows(context.db, principal.accountId, {
    page,
    live: liveAt(context),
  });
  return cutPage(rows, page.limit);
}

/** Ends a session of the caller's own account, else throws `session_not_found`. */
export async function endSession(
  context: AccountsContext,
  principal: Principal,
  id: string,
): Promise<void> {
  if (!(await deleteSession(context.db, principal.accountId, id))) {
    throw accountErrors.session_not_found();
  }
  await context.revoked(principal.accountId);
}

/** Ends all sessions of the account but the caller's; answers how many. */
export async function endOtherSessions(
  context: AccountsContext,
  principal: Principal,
): Promise<number> {
  const ended = await deleteOtherSessions(context.db, principal.accountId, principal.credentialId);
  await context.revoked(principal.accountId);
  return ended;
}

function draftSession(
  context: AccountsContext,
  { account, token, input }: { account: AccountRow; token: string; input: SignIn },
): SessionRow {
  const now = nowOf(context);
  return {
    id: context.nextId(),
    account_id: account.id,
    token_hash: hashToken(token),
    user_agent: input.userAgent?.slice(0, userAgentLengthMax).toWellFormed() ?? null,
    network: shownNetworkOf(input.address) ?? null,
    created_at: now,
    last_seen_at: now,
    expires_at: new Date(now.getTime() + context.options.sessionAbsoluteMs),
  };
}

/** The cost of hashing was changed since: now is when we have the password. */
async function rehash(context: AccountsContext, account: AccountRow, password: string) {
  const hash = await context.passwords.hash(password);
  await replaceHash(context.db, { id: account.id, version: account.password_version, hash });
}

function failed(context: AccountsContext): Error {
  countSignIn(context, "failed");
  return accountErrors.credentials_wrong();
}

function countSignIn(context: AccountsContext, outcome: "succeeded" | "failed"): void {
  context.metrics
    .counter({
      name: "tenfold_accounts_sign_ins_total",
      help: "Sign-ins by outcome",
      labels: ["outcome"],
    })
    .add(1, { outcome });
}
