/**
 * From the database to the cache. Links that many callers miss in the same
 * moment, after a start for example, are read together: a query costs more
 * than a row.
 */
import type { Clock } from "@tenfold/core";
import { createBatcher } from "../batcher.ts";
import type { Blocklist } from "../blocklist.ts";
import { cacheKey, type StoredLink } from "../link.ts";
import type { LinkStore } from "../store/links.ts";
import { routeOf, type Route } from "./route.ts";

/**
 * How long a copy is used. Changes arrive by message or by the look at the
 * database each second; this is what remains should both fail unnoticed.
 */
const ROUTE_TTL_MS = 600_000;
const BATCH_MAX = 200;
const BATCHES_AT_ONCE = 2;

export interface LoadDeps {
  clock: Clock;
  store: Pick<LinkStore, "findByCodes">;
  blocklist: Pick<Blocklist, "blocksAny">;
}

/** Reads a link and makes it ready; `undefined` when there is none. */
export function createRouteLoader({
  clock,
  store,
  blocklist,
}: LoadDeps): (domain: string, code: string) => Promise<Route | undefined> {
  const read = createBatcher<{ domain: string; code: string }, { link: StoredLink | undefined }>(
    {
      clock,
      async run(pairs) {
        const links = await store.findByCodes(pairs);
        const byKey = new Map(links.map((link) => [cacheKey(link.domain, link.code), link]));
        return pairs.map(({ domain, code }) => ({ link: byKey.get(cacheKey(domain, code)) }));
      },
    },
    // No pair can spoil a read for the others.
    { batchMax: BATCH_MAX, lanesMax: BATCHES_AT_ONCE, spacingMs: 0, isShared: () => true },
  );
  return async (domain, code) => {
    const { link } = await read({ domain, code });
    const { blocksAny } = blocklist;
    return link === undefined
      ? undefined
      : routeOf(link, { nowMs: clock.now(), ttlMs: ROUTE_TTL_MS, blocksAny });
  };
}
