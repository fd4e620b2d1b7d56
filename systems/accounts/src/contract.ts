/** The HTTP contract of accounts: what the server checks and the typed client knows. */
import { Id, pageOf, pageQuery, routes, Time } from "@tenfold/http/routes";
import { Type, type Static } from "typebox";

const closed = { additionalProperties: false };
const IdParams = Type.Object({ id: Id }, closed);

/** Compared without regard to case; stored as given. */
const Email = Type.String({ format: "email", maxLength: 254 });
/** Long is good: no rules about digits and signs (NIST SP 800-63B). */
const Password = Type.String({ minLength: 10, maxLength: 256 });
const Name = Type.String({ minLength: 1, maxLength: 100 });

/** What an API key can be allowed to do. */
export const Scope = Type.Union([
  Type.Literal("links:read"),
  Type.Literal("links:write"),
  Type.Literal("jobs:read"),
  Type.Literal("metrics:read"),
  Type.Literal("ids:read"),
]);
export type Scope = Static<typeof Scope>;
export const knownScopes: readonly Scope[] = Scope.anyOf.map((literal) => literal.const);

export const Account = Type.Object({
  id: Id,
  email: Type.String(),
  name: Type.Union([Type.String(), Type.Null()]),
  role: Type.Union([Type.Literal("admin"), Type.Literal("member")]),
  createdAt: Time,
});
export type Account = Static<typeof Account>;

export const Session = Type.Object({
  id: Id,
  /** The session that asks. */
  current: Type.Boolean(),
  userAgent: Type.Union([Type.String(), Type.Null()]),
  /** Address, cut to /24 or /48. */
  network: Type.Union([Type.String(), Type.Null()]),
  createdAt: Time,
  /** To within a few minutes: reading writes nothing. */
  lastSeenAt: Time,
  expiresAt: Time,
});
export type Session = Static<typeof Session>;

export const NewSession = Type.Object({
  /** Shown once; send it as `Authorization: Bearer` or keep the cookie that comes along. */
  token: Type.String(),
  session: Session,
  account: Account,
});

export const ApiKey = Type.Object({
  id: Id,
  name: Type.String(),
  /** The first characters of the key, to recognise it by. */
  hint: Type.String(),
  scopes: Type.Array(Scope),
  createdAt: Time,
  expiresAt: Type.Union([Time, Type.Null()]),
  lastUsedAt: Type.Union([Time, Type.Null()]),
});
export type ApiKey = Static<typeof ApiKey>;

export const SignUpState = Type.Object({
  /** `first`: nobody has an account yet; the next one made is the administrator. */
  signUp: Type.Union([
    Type.Literal("first"),
    Type.Literal("open"),
    Type.Literal("invite"),
    Type.Literal("closed"),
  ]),
});

export const Invitation = Type.Object({
  id: Id,
  email: Type.Union([Type.String(), Type.Null()]),
  createdAt: Time,
  expiresAt: Time,
});

export const accountRoutes = routes({
  "GET /v1/accounts/sign-up": {
    summary: "Whether one can sign up here",
    auth: "none",
    responses: { 200: SignUpState },
  },
  "POST /v1/accounts": {
    summary: "Sign up",
    description:
      "Makes an account. The first one is the administrator. Later ones need sign-up to be open, or an invitation.",
    auth: "none",
    body: Type.Object(
      {
        email: Email,
        password: Password,
        name: Type.Optional(Name),
        invitation: Type.Optional(Type.String({ maxLength: 100 })),
      },
      closed,
    ),
    responses: { 201: Account },
    errors: [
      "email_taken",
      "sign_up_closed",
      "invitation_invalid",
      "too_many_attempts",
      "password_busy",
    ],
  },
  "POST /v1/sessions": {
    summary: "Sign in",
    description: "Answers a token and sets it as the cookie `tenfold_session`.",
    auth: "none",
    body: Type.Object(
      { email: Type.String({ maxLength: 254 }), password: Type.String({ maxLength: 256 }) },
      closed,
    ),
    responses: { 201: NewSession },
    errors: ["credentials_wrong", "too_many_attempts", "password_busy"],
  },
  "GET /v1/sessions": {
    summary: "Where you are signed in",
    auth: "session",
    query: Type.Object(pageQuery, closed),
    responses: { 200: pageOf(Session) },
  },
  "DELETE /v1/sessions": {
    summary: "Sign out everywhere else",
    auth: "session",
    responses: { 200: Type.Object({ revoked: Type.Integer() }) },
  },
  "DELETE /v1/sessions/{id}": {
    summary: "Sign out one session",
    description: "`current` stands for the one that asks; its cookie is cleared.",
    auth: "session",
    params: Type.Object({ id: Type.Union([Id, Type.Literal("current")]) }, closed),
    responses: { 204: "text/plain" },
    errors: ["session_not_found"],
  },
  "GET /v1/me": {
    summary: "Your account",
    auth: "session",
    responses: { 200: Account },
    errors: ["account_not_found"],
  },
  "PATCH /v1/me": {
    summary: "Change your name or password",
    description: "A new password needs the current one, and ends all other sessions.",
    auth: "session",
    body: Type.Object(
      {
        name: Type.Optional(Type.Union([Name, Type.Null()])),
        password: Type.Optional(Password),
        currentPassword: Type.Optional(Type.String({ maxLength: 256 })),
      },
      { ...closed, minProperties: 1 },
    ),
    responses: { 200: Account },
    errors: ["credentials_wrong", "too_many_attempts", "password_busy", "account_not_found"],
  },
  "POST /v1/api-keys": {
    summary: "Make an API key",
    description: "The key itself is in this answer only.",
    auth: "session",
    body: Type.Object(
      {
        name: Name,
        scopes: Type.Array(Scope, { minItems: 1, maxItems: 16, uniqueItems: true }),
        expiresAt: Type.Optional(Time),
      },
      closed,
    ),
    responses: { 201: Type.Object({ key: Type.String(), apiKey: ApiKey }) },
    errors: ["expiry_in_past", "too_many_keys", "account_not_found"],
  },
  "GET /v1/api-keys": {
    summary: "Your API keys",
    auth: "session",
    query: Type.Object(pageQuery, closed),
    responses: { 200: pageOf(ApiKey) },
  },
  "DELETE /v1/api-keys/{id}": {
    summary: "Revoke an API key",
    auth: "session",
    params: IdParams,
    responses: { 204: "text/plain" },
    errors: ["api_key_not_found"],
  },
  "POST /v1/invitations": {
    summary: "Invite someone (administrators)",
    description: "The code is in this answer only; it works once.",
    auth: "admin",
    body: Type.Object({ email: Type.Optional(Email) }, closed),
    responses: { 201: Type.Object({ code: Type.String(), invitation: Invitation }) },
    errors: ["too_many_invitations"],
  },
  "GET /v1/invitations": {
    summary: "Open invitations (administrators)",
    auth: "admin",
    query: Type.Object(pageQuery, closed),
    responses: { 200: pageOf(Invitation) },
  },
  "DELETE /v1/invitations/{id}": {
    summary: "Withdraw an invitation (administrators)",
    auth: "admin",
    params: IdParams,
    responses: { 204: "text/plain" },
    errors: ["invitation_not_found"],
  },
});
export type AccountRoutes = typeof accountRoutes;
