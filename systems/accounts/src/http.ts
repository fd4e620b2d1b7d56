/** The routes of accounts: parse, call, serialise. */
import {
  bind,
  decodeCursor,
  encodeCursor,
  SESSION_COOKIE,
  type BoundRoutes,
  type Handlers,
} from "@tenfold/http";
import { Id } from "@tenfold/http/routes";
import { Type } from "typebox";
import {
  accountRoutes,
  knownScopes,
  type Account,
  type AccountRoutes,
  type ApiKey,
  type Session,
} from "./contract.ts";
import type { AccountsContext, Page } from "./service/context.ts";
import { invite, listInvitations, withdrawInvitation } from "./service/invitations.ts";
import { createKey, listKeys, revokeKey } from "./service/keys.ts";
import { accountOf, changeAccount } from "./service/me.ts";
import {
  endOtherSessions,
  endSession,
  listSessions,
  sessionEnd,
  signIn,
} from "./service/sessions.ts";
import { signUp, signUpState } from "./service/sign-up.ts";
import type {
  AccountRow,
  ApiKeyRow,
  InvitationRow,
  PageRequest,
  SessionRow,
} from "./store/tables.ts";

type HandlersOf<Key extends keyof AccountRoutes> = Pick<Handlers<AccountRoutes>, Key>;

/** Binds the contract. The session cookie is `Secure` when `publicUrl` is https. */
export function bindAccounts(context: AccountsContext, publicUrl: string): BoundRoutes {
  const cookies = sessionCookies(context, publicUrl.startsWith("https:"));
  return bind("accounts", accountRoutes, {
    ...accountHandlers(context),
    ...signInHandlers(context, cookies),
    ...sessionHandlers(context, cookies),
    ...keyHandlers(context),
    ...invitationHandlers(context),
  });
}

function accountHandlers(
  context: AccountsContext,
): HandlersOf<"GET /v1/accounts/sign-up" | "POST /v1/accounts" | "GET /v1/me" | "PATCH /v1/me"> {
  return {
    "GET /v1/accounts/sign-up": async () => ({
      status: 200,
      body: { signUp: await signUpState(context) },
    }),
    "POST /v1/accounts": async ({ body, address }) => ({
      status: 201,
      body: shownAccount(await signUp(context, { ...body, address })),
    }),
    "GET /v1/me": async ({ principal }) => ({
      status: 200,
      body: shownAccount(await accountOf(context, principal.accountId)),
    }),
    "PATCH /v1/me": async ({ principal, body }) => ({
      status: 200,
      body: shownAccount(await changeAccount(context, principal, body)),
    }),
  };
}

function signInHandlers(
  context: AccountsContext,
  cookies: SessionCookies,
): HandlersOf<"POST /v1/sessions"> {
  return {
    "POST /v1/sessions": async (call) => {
      const { token, session, account } = await signIn(context, {
        ...call.body,
        address: call.address,
        userAgent: call.header("user-agent"),
      });
      return {
        status: 201,
        headers: cookies.set(token),
        body: {
          token,
          session: shownSession(context, session, session.id),
          account: shownAccount(account),
        },
      };
    },
  };
}

function sessionHandlers(
  context: AccountsContext,
  cookies: SessionCookies,
): HandlersOf<"GET /v1/sessions" | "DELETE /v1/sessions" | "DELETE /v1/sessions/{id}"> {
  return {
    "GET /v1/sessions": async ({ principal, query }) => {
      const page = await listSessions(context, principal, pageRequest(query));
      const show = (row: SessionRow) => shownSession(context, row, principal.credentialId);
      return { status: 200, body: shownPage(page, show) };
    },
    "DELETE /v1/sessions": async ({ principal }) => ({
      status: 200,
      body: { revoked: await endOtherSessions(context, principal) },
    }),
    "DELETE /v1/sessions/{id}": async ({ principal, params }) => {
      const id = params.id === "current" ? principal.credentialId : params.id;
      await endSession(context, principal, id);
      const own = id === principal.credentialId;
      return own ? { status: 204, headers: cookies.clear() } : { status: 204 };
    },
  };
}

function keyHandlers(
  context: AccountsContext,
): HandlersOf<"POST /v1/api-keys" | "GET /v1/api-keys" | "DELETE /v1/api-keys/{id}"> {
  return {
    "POST /v1/api-keys": async ({ principal, body }) => {
      const expiresAt = body.expiresAt === undefined ? undefined : new Date(body.expiresAt);
      const input = { name: body.name, scopes: body.scopes, expiresAt };
      const { key, row } = await createKey(context, principal.accountId, input);
      return { status: 201, body: { key, apiKey: shownKey(row) } };
    },
    "GET /v1/api-keys": async ({ principal, query }) => ({
      status: 200,
      body: shownPage(await listKeys(context, principal, pageRequest(query)), shownKey),
    }),
    "DELETE /v1/api-keys/{id}": async ({ principal, params }) => {
      await revokeKey(context, principal, params.id);
      return { status: 204 };
    },
  };
}

function invitationHandlers(
  context: AccountsContext,
): HandlersOf<"POST /v1/invitations" | "GET /v1/invitations" | "DELETE /v1/invitations/{id}"> {
  return {
    "POST /v1/invitations": async ({ principal, body }) => {
      const { code, row } = await invite(context, principal, body.email);
      return { status: 201, body: { code, invitation: shownInvitation(row) } };
    },
    "GET /v1/invitations": async ({ query }) => ({
      status: 200,
      body: shownPage(await listInvitations(context, pageRequest(query)), shownInvitation),
    }),
    "DELETE /v1/invitations/{id}": async ({ params }) => {
      await withdrawInvitation(context, params.id);
      return { status: 204 };
    },
  };
}

interface SessionCookies {
  set(token: string): Record<string, string>;
  clear(): Record<string, string>;
}

function sessionCookies({ options }: AccountsContext, secure: boolean): SessionCookies {
  const attributes = `Path=/; HttpOnly; SameSite=Lax${secure ? "; Secure" : ""}`;
  const seconds = Math.floor(options.sessionAbsoluteMs / 1000);
  return {
    set: (token) => ({
      "set-cookie": `${SESSION_COOKIE}=${token}; Max-Age=${seconds}; ${attributes}`,
    }),
    clear: () => ({ "set-cookie": `${SESSION_COOKIE}=; Max-Age=0; ${attributes}` }),
  };
}

const Position = Type.Object({ before: Id });

function pageRequest(query: {
  limit?: number | undefined;
  cursor?: string | undefined;
}): PageRequest {
  const position = decodeCursor(Position, query.cursor);
  return { limit: query.limit ?? 20, before: position?.before };
}

function shownPage<Row extends { id: string }, Shown>(
  page: Page<Row>,
  show: (row: Row) => Shown,
): { items: Shown[]; nextCursor: string | null } {
  const last = page.items.at(-1);
  const nextCursor =
    page.more && last !== undefined ? encodeCursor(Position, { before: last.id }) : null;
  return { items: page.items.map((row) => show(row)), nextCursor };
}

function shownAccount(row: AccountRow): Account {
  const { id, email, name, role } = row;
  return { id, email, name, role, createdAt: row.created_at.toISOString() };
}

function shownSession(context: AccountsContext, row: SessionRow, currentId: string): Session {
  return {
    id: row.id,
    current: row.id === currentId,
    userAgent: row.user_agent,
    network: row.network,
    createdAt: row.created_at.toISOString(),
    lastSeenAt: row.last_seen_at.toISOString(),
    expiresAt: sessionEnd(context, row).toISOString(),
  };
}

function shownKey(row: ApiKeyRow): ApiKey {
  return {
    id: row.id,
    name: row.name,
    hint: row.hint,
    // A scope that has since been taken out of the contract is not shown, and opens nothing.
    scopes: knownScopes.filter((scope) => row.scopes.includes(scope)),
    createdAt: row.created_at.toISOString(),
    expiresAt: row.expires_at?.toISOString() ?? null,
    lastUsedAt: row.last_used_at?.toISOString() ?? null,
  };
}

function shownInvitation(row: InvitationRow) {
  return {
    id: row.id,
    email: row.email,
    createdAt: row.created_at.toISOString(),
    expiresAt: row.expires_at.toISOString(),
  };
}
