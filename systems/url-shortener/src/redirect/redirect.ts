/**
 * Following a link.
 *
 *   code ─▶ in memory, same for everyone? ──yes──▶ count, answer    (no await, no query)
 *              │ no
 *              ▼
 *   load ─▶ 404 │ banned 451 │ early 404 │ expired 410 │ password? form │ used up 410
 *              ▼
 *   rules, variants, query ─▶ count, answer
 *
 * What never uses up a visit of a limited link: HEAD, and whoever names itself
 * a robot or a prefetch. They do not learn the target either, or the limit
 * could be walked around by a false name.
 */
import type { Clock, Random } from "@tenfold/core";
import type { QuickRoute } from "@tenfold/http";
import type { Clicks } from "../clicks/index.ts";
import { slugPattern } from "../codes/slug.ts";
import type { Domains } from "../domains.ts";
import { linkErrors } from "../errors.ts";
import { cacheKey } from "../link.ts";
import { messagePage, passwordPage } from "../pages.ts";
import type { Passwords } from "../password.ts";
import type { LinkStore } from "../store/links.ts";
import { chooseTarget } from "../targeting.ts";
import { locationOf, withQuery } from "../url.ts";
import { botReason, Visitor, type Caller } from "../visitor.ts";
import {
  redirectTo,
  refuse,
  showPage,
  wantsHtml,
  type FollowAnswer,
  type Visit,
} from "./answers.ts";
import { networkOf, type Attempts } from "./attempts.ts";
import type { LinkCache } from "./cache.ts";
import type { Decision, Route } from "./route.ts";

export interface RedirectDeps {
  clock: Clock;
  random: Random;
  store: LinkStore;
  cache: LinkCache<Route>;
  clicks: Pick<Clicks, "record">;
  domains: Domains;
  passwords: Passwords;
  misses: Attempts;
  /** Reads a link and makes it ready; `undefined` when there is none. */
  load: (domain: string, code: string) => Promise<Route | undefined>;
}

export interface Redirect {
  /** GET and HEAD. Synchronous when the link is in memory and the same for everyone. */
  follow(visit: Visit): FollowAnswer | Promise<FollowAnswer>;
  /** GET of a link that is in memory and the same for everyone, in front of the framework. */
  quick: QuickRoute<Route>;
  /** The link behind a visit: an answer when there is none, or when it may not be followed now. */
  find(visit: Visit): Promise<Found>;
}

export type Found = { route: Route } | { refused: ReturnType<typeof refuse> };

/** Name of the cookie that remembers a password given. */
export const PASSWORD_COOKIE = "tenfold_link";
const RELOADS_MAX = 3;
const PRIVATE = "private, max-age=0";

/** Makes the redirect; it holds no state of its own. */
export function createRedirect(deps: RedirectDeps): Redirect {
  const { clock, cache, clicks, domains } = deps;
  /** The link, when it is in memory and there is nothing to decide. */
  const ready = (host: string, code: string): Route | undefined => {
    const domain = domains.ofHost(host);
    if (domain === undefined) return undefined;
    const route = cache.get(domain === "" ? code : cacheKey(domain, code));
    return route?.decision === undefined ? route : undefined;
  };

  return {
    follow(visit) {
      const route = ready(visit.host, visit.params.code);
      if (route === undefined) return decide(deps, visit);
      if (visit.method !== "HEAD") clicks.record(clickOf(route, visit, clock.now()));
      return redirectTo(route.location, route.status, route.cacheControl);
    },
    quick: {
      key: "GET /{code}",
      find: ({ host, segment }) => ready(host, segment),
      answer(call, route) {
        clicks.record(clickOf(route, call, clock.now()));
        return redirectTo(route.location, route.status, route.cacheControl);
      },
    },
    find: (visit) => find(deps, visit),
  };
}

async function find(deps: RedirectDeps, visit: Visit): Promise<Found> {
  const { domains, cache, misses, load, clock } = deps;
  const domain = domains.ofHost(visit.host);
  const { code } = visit.params;
  if (domain === undefined || !slugPattern.test(code))
    return { refused: refuse(visit, "link_not_found") };
  const key = cacheKey(domain, code);
  if (cache.get(key) === undefined && misses.exceeded(networkOf(visit.address)))
    return { refused: refuse(visit, "too_many_attempts") };
  const route = await cache.getOrLoad(key, () => load(domain, code));
  if (route === undefined) {
    misses.count(networkOf(visit.address));
    return { refused: refuse(visit, "link_not_found") };
  }
  const refusal = route.decision === undefined ? undefined : refusalAt(route.decision, clock.now());
  return refusal === undefined ? { route } : { refused: refuse(visit, refusal) };
}

function refusalAt({ banned, validFromMs, validUntilMs }: Decision, nowMs: number) {
  if (banned) return "link_banned";
  if (nowMs >= validUntilMs) return "link_expired";
  return nowMs < validFromMs ? "link_not_yet_valid" : undefined;
}

async function decide(deps: RedirectDeps, visit: Visit): Promise<FollowAnswer> {
  for (let reload = 0; reload <= RELOADS_MAX; reload += 1) {
    const found = await find(deps, visit);
    if ("refused" in found) return found.refused;
    const answer = await answerOf(deps, visit, found.route);
    if (answer !== "changed") return answer;
  }
  // Edited between reading and counting, time after time: the caller may try again.
  return refuse(visit, "too_many_attempts", { retryAfterSeconds: 1 });
}

async function answerOf(
  deps: RedirectDeps,
  visit: Visit,
  route: Route,
): Promise<FollowAnswer | "changed"> {
  const { clock, clicks, random, passwords } = deps;
  const { decision } = route;
  const nowMs = clock.now();
  let target = route.location;
  let cacheControl = route.cacheControl;
  if (decision !== undefined) {
    const { passwordHash } = decision;
    if (
      passwordHash !== null &&
      !passwords.opens(visit.cookie(PASSWORD_COOKIE), { id: route.linkId, passwordHash }, nowMs)
    ) {
      return askPassword(visit);
    }
    const stopped = decision.limited ? await useVisit(deps, visit, { route, decision }) : undefined;
    if (stopped !== undefined) return stopped;
    const search = searchOf(visit.url);
    const facts = () => ({ visitor: new Visitor(callerOf(visit)), search, nowMs });
    const chosen = chooseTarget(decision.targets, facts, () => random.float());
    target = locationOf(decision.forwardQuery ? withQuery(chosen, search) : chosen);
    // A copy made before the link became valid for all, or one with choices: never shared.
    cacheControl = PRIVATE;
  }
  if (visit.method !== "HEAD") clicks.record(clickOf(route, visit, nowMs));
  return redirectTo(target, route.status, cacheControl);
}

/** Undefined: a visit was used up, go on. */
async function useVisit(
  { store, cache }: RedirectDeps,
  visit: Visit,
  { route, decision }: { route: Route; decision: Decision },
): Promise<FollowAnswer | "changed" | undefined> {
  const { domain, code, version } = decision;
  const looksOnly = visit.method === "HEAD" || botReason(callerOf(visit)) !== undefined;
  if (!looksOnly && (await store.useVisit(route.linkId, version))) return undefined;
  const link = await store.findByCode(domain, code);
  if (link === undefined || link.version !== version) {
    cache.forget([cacheKey(domain, code)]);
    return "changed";
  }
  if (link.maxVisits !== null && link.visits >= link.maxVisits)
    return refuse(visit, "link_used_up");
  return showPage(
    messagePage(
      "This link can be opened a limited number of times",
      "Open it in a browser to follow it. Looking at it like this has not used it up.",
    ),
  );
}

function askPassword(visit: Visit): FollowAnswer {
  if (wantsHtml(visit) || visit.method === "HEAD") return showPage(passwordPage({ wrong: false }));
  throw linkErrors.password_required({ hint: "Post the form field `password` to this address." });
}

/** The raw query string of a path, without `?`. */
export function searchOf(url: string): string {
  const mark = url.indexOf("?");
  return mark < 0 ? "" : url.slice(mark + 1);
}

function callerOf(visit: Visit): Caller {
  return {
    address: visit.address,
    userAgent: visit.header("user-agent"),
    purpose: purposeOf(visit),
    acceptLanguage: visit.header("accept-language"),
  };
}

function clickOf(route: Route, visit: Pick<Visit, "address" | "header">, atMs: number) {
  return {
    linkId: route.linkId,
    atMs,
    address: visit.address,
    userAgent: visit.header("user-agent"),
    referrer: visit.header("referer"),
    purpose: purposeOf(visit),
  };
}

function purposeOf(visit: Pick<Visit, "header">): string | undefined {
  return visit.header("sec-purpose") ?? visit.header("purpose") ?? visit.header("x-moz");
}
