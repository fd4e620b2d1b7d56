/**
 * A link made ready for redirecting: what can be answered from memory alone is
 * worked out when the link is loaded, not when it is followed.
 */
import type { RedirectStatus, StoredLink } from "../link.ts";
import { targetsOf, validityAt } from "../link.ts";
import { compileTargets, type Targets } from "../targeting.ts";
import { locationOf } from "../url.ts";
import type { CacheEntry } from "./cache.ts";

/** A link in the cache. */
export interface Route extends CacheEntry {
  readonly linkId: string;
  /** Ready for the header. */
  readonly location: string;
  readonly status: RedirectStatus;
  readonly cacheControl: string;
  /** Undefined: always `location`, for everyone. Otherwise there is something to decide. */
  readonly decision: Decision | undefined;
}

/** What must be looked at for each visit. */
export interface Decision {
  readonly domain: string;
  readonly code: string;
  readonly version: number;
  readonly banned: boolean;
  readonly validFromMs: number;
  readonly validUntilMs: number;
  readonly limited: boolean;
  readonly passwordHash: string | null;
  readonly forwardQuery: boolean;
  readonly targets: Targets;
}

export interface RouteContext {
  nowMs: number;
  /** How long the copy may be used. */
  ttlMs: number;
  /** Whether any of these URLs leads to a blocked host. */
  blocksAny: (urls: readonly string[]) => boolean;
}

/** Browsers may keep a 301 or 308 this long. */
const PERMANENT_SECONDS = 86_400;

/** Compiles a link for the cache. */
export function routeOf(link: StoredLink, { nowMs, ttlMs, blocksAny }: RouteContext): Route {
  const banned = link.bannedAt !== null || blocksAny(targetsOf(link).map(({ url }) => url));
  const always =
    !banned &&
    validityAt(link, nowMs) === "valid" &&
    link.maxVisits === null &&
    link.passwordHash === null &&
    link.rules.length === 0 &&
    link.variants.length === 0 &&
    !link.forwardQuery;
  const untilMs = link.validUntil?.getTime() ?? Infinity;
  return {
    linkId: link.id,
    location: locationOf(link.url),
    status: link.status,
    cacheControl: cacheControlOf(
      link,
      always,
      untilMs === Infinity ? PERMANENT_SECONDS : (untilMs - nowMs - ttlMs) / 1000,
    ),
    // A copy never outlives the link.
    freshUntilMs: always ? Math.min(nowMs + ttlMs, untilMs) : nowMs + ttlMs,
    used: false,
    decision: always ? undefined : decisionOf(link, banned),
  };
}

function decisionOf(link: StoredLink, banned: boolean): Decision {
  const compiled = compileTargets(link);
  // Rules were checked when they were stored; should one not compile today, the link's own URL is safe.
  const targets =
    "targets" in compiled ? compiled.targets : { url: link.url, rules: [], variants: [] };
  return {
    domain: link.domain,
    code: link.code,
    version: link.version,
    banned,
    validFromMs: link.validFrom?.getTime() ?? -Infinity,
    validUntilMs: link.validUntil?.getTime() ?? Infinity,
    limited: link.maxVisits !== null,
    passwordHash: link.passwordHash,
    forwardQuery: link.forwardQuery,
    targets,
  };
}

/** Only a permanent redirect that is the same for everyone may be kept by browsers and proxies. */
function cacheControlOf(link: StoredLink, always: boolean, secondsLeft: number): string {
  const permanent = link.status === 301 || link.status === 308;
  if (!permanent || !always) return "private, max-age=0";
  return `public, max-age=${Math.max(0, Math.min(PERMANENT_SECONDS, Math.floor(secondsLeft)))}`;
}
