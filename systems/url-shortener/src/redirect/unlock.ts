/** `POST /{code}`: a password is given; a cookie for this link alone remembers it for ten minutes. */
import type { Clock } from "@tenfold/core";
import { formFields } from "@tenfold/http";
import type { State } from "@tenfold/state";
import { linkErrors } from "../errors.ts";
import { pageHeaders, passwordPage } from "../pages.ts";
import { TOKEN_TTL_SECONDS, type Passwords } from "../password.ts";
import { refuse, wantsHtml, type UnlockAnswer, type Visit } from "./answers.ts";
import { networkOf, type Attempts } from "./attempts.ts";
import { PASSWORD_COOKIE, searchOf, type Redirect } from "./redirect.ts";

export interface UnlockDeps {
  redirect: Pick<Redirect, "find">;
  state: State;
  clock: Clock;
  passwords: Passwords;
  /** Takes over while the shared counters are away. */
  localAttempts: Attempts;
}

const WINDOW_MS = 600_000;
/** From one network for one link, per window. */
const PER_NETWORK_MAX = 10;
/** From everywhere for one link: a guess a second does not find a good password. */
const PER_LINK_MAX = 600;

/** Checks the form's password; wrong ones are counted, and refused above a limit. */
export async function unlock(
  deps: UnlockDeps,
  visit: Visit & { body: string },
): Promise<UnlockAnswer> {
  const found = await deps.redirect.find(visit);
  if ("refused" in found) return found.refused;
  const { linkId, decision } = found.route;
  const search = searchOf(visit.url);
  const back = `/${encodeURIComponent(visit.params.code)}${search === "" ? "" : `?${search}`}`;
  const passwordHash = decision?.passwordHash ?? null;
  if (passwordHash === null) return { status: 303, headers: { location: back } };
  if (await tooMany(deps, linkId, visit.address))
    return refuse(visit, "too_many_attempts", { retryAfterSeconds: 600 });

  const password = formFields(visit.body)["password"] ?? "";
  const right =
    password !== "" &&
    password.length <= 128 &&
    (await deps.passwords.verify(passwordHash, password));
  if (!right) {
    if (!wantsHtml(visit)) throw linkErrors.password_wrong();
    return { status: 403, headers: { ...pageHeaders }, body: passwordPage({ wrong: true }) };
  }
  const token = deps.passwords.tokenFor({ id: linkId, passwordHash }, deps.clock.now());
  const secure = visit.scheme === "https" ? "; Secure" : "";
  const cookie = `${PASSWORD_COOKIE}=${token}; Path=/${encodeURIComponent(visit.params.code)}; Max-Age=${TOKEN_TTL_SECONDS}; HttpOnly; SameSite=Lax${secure}`;
  return {
    status: 303,
    headers: { location: back, "set-cookie": cookie, "cache-control": "no-store" },
  };
}

async function tooMany(
  { state, localAttempts }: UnlockDeps,
  linkId: string,
  address: string,
): Promise<boolean> {
  const key = `url-shortener:password:${linkId}`;
  const network = `${linkId} ${networkOf(address)}`;
  const [fromNetwork, inAll] = await Promise.all([
    state.increment(`${key}:${networkOf(address)}`, 1, { ttlMs: WINDOW_MS }),
    state.increment(key, 1, { ttlMs: WINDOW_MS }),
  ]);
  if (fromNetwork !== undefined && inAll !== undefined)
    return fromNetwork > PER_NETWORK_MAX || inAll > PER_LINK_MAX;
  if (localAttempts.exceeded(network)) return true;
  localAttempts.count(network);
  return false;
}
