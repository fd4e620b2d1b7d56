/**
 * The URL shortener: short links, redirects and click statistics. This file
 * puts its parts together; each part's own file says what it does.
 */
import { createHmac } from "node:crypto";
import { createServiceGroup, createService } from "@tenfold/core";
import { createPasswordHasher } from "@tenfold/password";
import type { Migration } from "@tenfold/sql";
import type { Platform, System } from "@tenfold/system";
import { createSegmentAllocator } from "@tenfold/unique-id";
import { links as linksMigration } from "../migrations/001-links.ts";
import { clicks as clicksMigration } from "../migrations/002-clicks.ts";
import { createBlocklist } from "./blocklist.ts";
import { createClicks } from "./clicks/index.ts";
import { base57, base62 } from "./codes/alphabet.ts";
import type { CodeSource } from "./codes/codes.ts";
import { createHashCodes } from "./codes/hash-codes.ts";
import { createNumberCodes } from "./codes/number-codes.ts";
import { createDomains } from "./domains.ts";
import { createRoutes } from "./http.ts";
import { createTitleRequests, titleWorker } from "./jobs.ts";
import { urlShortenerDefaults, type UrlShortenerOptions } from "./options.ts";
import { createPasswords } from "./password.ts";
import { createAttempts } from "./redirect/attempts.ts";
import { createLinkCache } from "./redirect/cache.ts";
import { createRouteLoader } from "./redirect/load.ts";
import { createRedirect } from "./redirect/redirect.ts";
import type { Route } from "./redirect/route.ts";
import { createChanges } from "./service/changes.ts";
import { createCreation } from "./service/creation.ts";
import { createLinks } from "./service/links.ts";
import { createModeration } from "./service/moderation.ts";
import { createLinkStore, type LinkStore } from "./store/links.ts";
import { createModerationStore } from "./store/moderation.ts";

export {
  fromEnv,
  urlShortenerDefaults,
  urlShortenerSettings,
  type UrlShortenerOptions,
} from "./options.ts";
export { linkErrors } from "./errors.ts";

/** In order; never changed once released. */
export const urlShortenerMigrations: readonly Migration[] = [linksMigration, clicksMigration];

/** Numbers per block of the durable counter; the migration's sequence counts in the same steps. */
const CODE_BLOCK = 10_000;
/** Passwords one network may try per minute while the shared counters are away. */
const LOCAL_PASSWORDS_PER_MINUTE = 5;

/** Makes the system; `start()` reads the banned hosts and, for hash codes, all codes. */
export function createUrlShortener(
  { platform }: { platform: Platform },
  given: Partial<UrlShortenerOptions> = {},
): System {
  const options: UrlShortenerOptions = { ...urlShortenerDefaults, ...given };
  const parts = createParts(platform, options);
  const cases = createUseCases(platform, options, parts);
  const { clock, state, outbound } = platform;
  const { store, domains, passwords, clicks, blocklist, log } = parts;
  const { redirect } = cases;

  return {
    ...createServiceGroup([
      createService({ start: () => parts.codes.start() }),
      cases.changes,
      clicks,
    ]),
    name: "url-shortener",
    migrations: urlShortenerMigrations,
    routes: createRoutes({
      clock,
      links: cases.links,
      bulk: cases,
      moderation: cases.moderation,
      clicks,
      domains,
      view: { domains, blocksAny: blocklist.blocksAny },
      redirect,
      preview: { redirect, store, domains },
      unlock: {
        redirect,
        state,
        clock,
        passwords,
        localAttempts: createAttempts({ clock }, { perMinuteMax: LOCAL_PASSWORDS_PER_MINUTE }),
      },
    }),
    workers: options.fetchTitles ? [titleWorker({ outbound, store, log })] : [],
  };
}

type Parts = ReturnType<typeof createParts>;

/** What the use cases stand on. */
function createParts(platform: Platform, options: UrlShortenerOptions) {
  const { sql, clock } = platform;
  const store = createLinkStore(sql);
  const moderationStore = createModerationStore(sql);
  const cache = createLinkCache<Route>({ clock }, { linksMax: options.cacheLinksMax });
  platform.metrics.gauge({
    name: "tenfold_link_cache_links",
    help: "Links held in memory for redirects",
    read: () => cache.size,
  });
  return {
    log: platform.log.child({ system: "url-shortener" }),
    store,
    moderationStore,
    cache,
    domains: createDomains(() => platform.publicUrl, options.domains),
    blocklist: createBlocklist(moderationStore, {
      hosts: options.blockedHosts,
      file: options.blockedHostsFile,
    }),
    passwords: createPasswords(
      createPasswordHasher(platform),
      keyFor(platform.secret, "link passwords"),
    ),
    codes: createCodes({ platform, store }, options),
    clicks: createClicks({ platform }),
  };
}

/** Creating, changing, moderating and following links. */
function createUseCases(platform: Platform, options: UrlShortenerOptions, parts: Parts) {
  const { sql, clock, random, state, jobs } = platform;
  const { log, store, moderationStore, domains, blocklist, passwords, codes, clicks, cache } =
    parts;
  const nextId = (): string => platform.nextId();
  const changes = createChanges(
    { state, clock, log, links: store, moderation: moderationStore, blocklist, cache },
    { pollMs: options.changePollMs },
  );
  const onCreated = options.fetchTitles
    ? createTitleRequests({ jobs, clock, log })
    : () => undefined;
  const creation = createCreation({ sql, clock, codes, nextId, onCreated });
  const urls = { isOwn: domains.isOwn, isBlocked: blocklist.isBlocked };
  const drafts = { urls, domains, passwords };
  const misses = createAttempts({ clock }, { perMinuteMax: options.missesPerMinuteMax });
  const load = createRouteLoader({ clock, store, blocklist });
  return {
    changes,
    creation,
    drafts,
    links: createLinks({
      store,
      creation,
      changes,
      drafts,
      forgetClicks: (id, transaction) => clicks.forget(id, transaction),
    }),
    moderation: createModeration({
      links: store,
      store: moderationStore,
      changes,
      state,
      clock,
      domains,
      nextId,
    }),
    redirect: createRedirect({
      clock,
      random,
      store,
      cache,
      clicks,
      domains,
      passwords,
      misses,
      load,
    }),
  };
}

function createCodes(
  { platform, store }: { platform: Platform; store: LinkStore },
  { codeStrategy, codesWithoutLookAlikes }: UrlShortenerOptions,
): CodeSource {
  const alphabet = codesWithoutLookAlikes ? base57 : base62;
  const key = keyFor(platform.secret, "link codes");
  if (codeStrategy === "hash") return createHashCodes(store, { alphabet, key });
  const numbers = createSegmentAllocator(
    { take: async () => ({ first: await store.takeCodeBlock() }) },
    { blockSize: CODE_BLOCK },
  );
  return createNumberCodes(
    { numbers },
    { alphabet, key: codeStrategy === "plain" ? undefined : key },
  );
}

/** One secret, a key of its own for each purpose. */
function keyFor(secret: Uint8Array, purpose: string): Uint8Array {
  return createHmac("sha256", secret).update(`tenfold url-shortener ${purpose}`).digest();
}
