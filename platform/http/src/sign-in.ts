/**
 * Who calls. Credentials are a bearer token (session token or API key) or the
 * session cookie; the authenticator, a port that accounts implements, says
 * whose they are.
 *
 *   Authorization present ─▶ must be `Bearer <token>` and valid, else 401
 *   else session cookie   ─▶ must be valid, else 401; a write needs our Origin
 *   else                  ─▶ nobody
 *
 * `optional` routes refuse bad credentials too: someone who sends a token
 * wants to be known, and being taken for a stranger would hide the mistake.
 * `none` looks at nothing.
 */
import type { FastifyRequest } from "fastify";
import { httpErrors } from "./errors.ts";
import type { Authenticator, Principal } from "./http.ts";
import type { Auth } from "./routes.ts";

/** The cookie that carries a session token. HttpOnly, SameSite=Lax, Path=/. */
export const SESSION_COOKIE = "tenfold_session";

/** Tokens longer than this are refused unread. */
const TOKEN_LENGTH_MAX = 512;

const SAFE_METHODS = new Set(["GET", "HEAD", "OPTIONS"]);

/** The named cookie's value; the first one when it is repeated. */
export function cookieOf(header: string | undefined, name: string): string | undefined {
  if (header === undefined) return undefined;
  for (const pair of header.split(";")) {
    const equals = pair.indexOf("=");
    if (equals > 0 && pair.slice(0, equals).trim() === name) {
      return pair
        .slice(equals + 1)
        .trim()
        .replace(/^"(.*)"$/, "$1");
    }
  }
  return undefined;
}

/** Finds the principal a route needs; throws 401 or 403 as the route's `auth` asks. */
export async function signIn(
  request: FastifyRequest,
  auth: Auth,
  context: { authenticator: Authenticator | undefined; publicUrl: () => string },
): Promise<Principal | undefined> {
  const credentials = credentialsOf(request);
  if (credentials === undefined) {
    if (auth === "optional") return undefined;
    throw httpErrors.sign_in_required({
      hint: "Send `Authorization: Bearer <token>` or sign in with the browser.",
    });
  }
  if (credentials.byCookie && !SAFE_METHODS.has(request.method)) {
    requireOwnOrigin(request, originOf(context.publicUrl()));
  }
  const principal = await context.authenticator?.authenticate(credentials.token);
  if (principal === undefined) throw httpErrors.credentials_invalid();
  requireRights(principal, auth);
  return principal;
}

function credentialsOf(request: FastifyRequest): { token: string; byCookie: boolean } | undefined {
  const header = request.headers.authorization;
  const token =
    header === undefined
      ? cookieOf(request.headers.cookie, SESSION_COOKIE)
      : /^Bearer +([\x21-\x7e]+) *$/i.exec(header)?.[1];
  if (header === undefined && (token === undefined || token === "")) return undefined;
  if (token === undefined || token.length > TOKEN_LENGTH_MAX) {
    throw httpErrors.credentials_invalid({ hint: "Send `Authorization: Bearer <token>`." });
  }
  return { token, byCookie: header === undefined };
}

/** A browser sends cookies for any site that asks; only our own pages may write with them. */
function requireOwnOrigin(request: FastifyRequest, publicOrigin: string | undefined): void {
  const from = originOf(request.headers.origin ?? request.headers.referer);
  const own = originOf(`${request.protocol}://${request.host}`);
  if (from !== undefined && (from === publicOrigin || from === own)) return;
  throw httpErrors.origin_forbidden({
    detail: "A write with the session cookie must come from our own pages.",
    hint: "Programs use `Authorization: Bearer` instead of the cookie.",
  });
}

function originOf(url: string | undefined): string | undefined {
  if (url === undefined || !URL.canParse(url)) return undefined;
  const { origin } = new URL(url);
  return origin === "null" ? undefined : origin;
}

function requireRights(principal: Principal, auth: Auth): void {
  if (auth === "admin" && principal.role !== "admin") throw httpErrors.admin_required();
  if ((auth === "admin" || auth === "session") && principal.via === "key") {
    throw httpErrors.session_required({ hint: "Sign in instead of using an API key." });
  }
  if (typeof auth !== "object" || principal.via === "session" || principal.scopes === "all") return;
  if (!principal.scopes.includes(auth.scope)) {
    throw httpErrors.scope_missing({ detail: `The API key lacks the scope \`${auth.scope}\`.` });
  }
}
