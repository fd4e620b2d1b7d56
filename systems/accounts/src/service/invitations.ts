/** Invitations: single use, expiring, for one address or for whoever holds the code. */
import type { Principal } from "@tenfold/http";
import { emailKeyOf } from "../email.ts";
import { accountErrors } from "../errors.ts";
import {
  countOpenInvitations,
  deleteOpenInvitation,
  insertInvitation,
  listOpenInvitations,
} from "../store/invitations.ts";
import type { InvitationRow, PageRequest } from "../store/tables.ts";
import { hashToken, mintToken } from "../tokens.ts";
import { cutPage, nowOf, type AccountsContext, type Page } from "./context.ts";

/** Invites someone; the code is in this answer and nowhere else. Throws `too_many_invitations`. */
export async function invite(
  context: AccountsContext,
  principal: Principal,
  email: string | undefined,
): Promise<{ code: string; row: InvitationRow }> {
  const now = nowOf(context);
  // A bound against runaways, not a promise: two at once may overstep it by one.
  if ((await countOpenInvitations(context.db, now)) >= context.options.invitationsMax) {
    throw accountErrors.too_many_invitations({ hint: "Withdraw some that nobody will use." });
  }
  const code = mintToken("invitation", context.random);
  const row: InvitationRow = {
    id: context.nextId(),
    code_hash: hashToken(code),
    email: email ?? null,
    email_key: email === undefined ? null : (emailKeyOf(email) ?? null),
    invited_by: principal.accountId,
    created_at: now,
    expires_at: new Date(now.getTime() + context.options.invitationMs),
    used_at: null,
    used_by: null,
  };
  await insertInvitation(context.db, row);
  return { code, row };
}

/** Open invitations, newest first. */
export async function listInvitations(
  context: AccountsContext,
  page: PageRequest,
): Promise<Page<InvitationRow>> {
  return cutPage(await listOpenInvitations(context.db, page, nowOf(context)), page.limit);
}

/** Throws `invitation_not_found`, also for one that was used. */
export async function withdrawInvitation(context: AccountsContext, id: string): Promise<void> {
  if (!(await deleteOpenInvitation(context.db, id))) throw accountErrors.invitation_not_found();
}
