/** Answers of the redirect: to another address, as a page, or as a problem for programs. */
import type { ErrorFacts, TenfoldError } from "@tenfold/core";
import type { Call, ResponseOf } from "@tenfold/http";
import type { redirectRoutes } from "../contract.ts";
import { linkErrors } from "../errors.ts";
import { messagePage, pageHeaders } from "../pages.ts";
import type { RedirectStatus } from "../link.ts";

export type FollowSpec = (typeof redirectRoutes)["GET /{code}"];
export type FollowAnswer = ResponseOf<FollowSpec>;
export type UnlockAnswer = ResponseOf<(typeof redirectRoutes)["POST /{code}"]>;

/** What the redirect reads of a call. */
export type Visit = Pick<
  Call<FollowSpec>,
  "params" | "host" | "method" | "url" | "scheme" | "address" | "header" | "cookie"
>;

/** Off to `location`. */
export function redirectTo(
  location: string,
  status: RedirectStatus,
  cacheControl: string,
): FollowAnswer {
  return { status, headers: { location, "cache-control": cacheControl } };
}

/** True for a browser; a program that takes anything gets JSON. */
export function wantsHtml(visit: Pick<Visit, "header">): boolean {
  return visit.header("accept")?.includes("text/html") === true;
}

type Refusal =
  | "link_not_found"
  | "link_not_yet_valid"
  | "link_expired"
  | "link_used_up"
  | "link_banned"
  | "too_many_attempts";

const details: Readonly<Record<Refusal, string>> = {
  link_not_found:
    "Nothing is behind this address. Look for a typing mistake: capital and small letters differ.",
  link_not_yet_valid: "Whoever made this link wants it to work later. Come back then.",
  link_expired: "Whoever made this link has set an end to it, and that is past.",
  link_used_up: "This link could be opened a limited number of times, and they are used up.",
  link_banned: "This link was reported, looked at, and blocked.",
  too_many_attempts: "Too many attempts came from your network. Wait a minute, then try again.",
};

/** Waiting this long is always enough for the limit on unknown codes. */
const RETRY_AFTER_SECONDS = 60;

/** A page for browsers; for programs, throws the problem. */
export function refuse(
  visit: Visit,
  code: Refusal,
  facts: Pick<ErrorFacts, "retryAfterSeconds"> = {},
): FollowAnswer & UnlockAnswer {
  const detail = details[code];
  const limited = code === "too_many_attempts";
  const wait = limited ? { retryAfterSeconds: RETRY_AFTER_SECONDS, ...facts } : facts;
  const error: TenfoldError = linkErrors[code]({ detail, ...wait });
  if (!wantsHtml(visit)) throw error;
  const headers = {
    ...pageHeaders,
    ...(wait.retryAfterSeconds === undefined
      ? {}
      : { "retry-after": String(wait.retryAfterSeconds) }),
  };
  return { status: refusalStatus(code), headers, body: messagePage(error.title, detail) };
}

function refusalStatus(code: Refusal): 404 | 410 | 429 | 451 {
  switch (code) {
    case "link_expired":
    case "link_used_up":
      return 410;
    case "link_banned":
      return 451;
    case "too_many_attempts":
      return 429;
    default:
      return 404;
  }
}

/** A page with status 200. */
export function showPage(body: string): FollowAnswer & UnlockAnswer {
  return { status: 200, headers: { ...pageHeaders }, body };
}
