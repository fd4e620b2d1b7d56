/**
 * Background work: looking up the titles of pages that were shortened without
 * one. A courtesy, not a duty: under a storm of new links most go without.
 */
import { hasCode, type Clock, type Log } from "@tenfold/core";
import { worker, type Jobs, type JobSpec, type JobWorker } from "@tenfold/jobs";
import type { Outbound } from "@tenfold/outbound";
import { Type, type Static } from "typebox";
import type { StoredLink } from "./link.ts";
import type { LinkStore } from "./store/links.ts";
import { titleOf } from "./title.ts";

const PER_MINUTE_MAX = 300;
const MINUTE_MS = 60_000;

const TitleTask = Type.Object({
  links: Type.Array(Type.Object({ id: Type.String(), url: Type.String() }), {
    maxItems: PER_MINUTE_MAX,
  }),
});

/** One job for all links of a batch. */
export const fetchTitles = {
  name: "url-shortener.fetch-titles",
  data: TitleTask,
  retryLimit: 1,
  timeoutMs: 15 * 60_000,
} satisfies JobSpec<typeof TitleTask>;

const FETCH = Object.freeze({
  timeoutMs: 5000,
  bodyBytesMax: 64 * 1024,
  redirectsMax: 5,
  headers: { accept: "text/html,application/xhtml+xml;q=0.9,*/*;q=0.1" },
});
const AT_ONCE = 4;

export interface TitleDeps {
  outbound: Outbound;
  store: LinkStore;
  log: Log;
}

/** The worker that fetches pages and fills in titles. Idempotent: a title once there stays. */
export function titleWorker({ outbound, store, log }: TitleDeps): JobWorker {
  const fetchOne = async (
    { id, url }: Static<typeof TitleTask>["links"][number],
    signal: AbortSignal,
  ): Promise<void> => {
    try {
      const page = await outbound.get(url, { ...FETCH, signal });
      const title =
        page.status < 400
          ? titleOf({ body: page.body, contentType: page.headers["content-type"] })
          : undefined;
      if (title !== undefined) await store.fillTitle(id, url, title);
    } catch (error) {
      // Somebody else's page: unreachable, forbidden or broken is nothing to try again for.
      if (signal.aborted || hasCode(error, "sql_unavailable")) throw error;
      log.debug({ linkId: id, error }, "no title could be fetched");
    }
  };
  return worker(
    fetchTitles,
    async ({ data, signal }) => {
      const waiting = [...data.links];
      const lane = async (): Promise<void> => {
        for (let next = waiting.shift(); next !== undefined; next = waiting.shift())
          await fetchOne(next, signal);
      };
      await Promise.all(Array.from({ length: AT_ONCE }, lane));
    },
    { concurrency: 2 },
  );
}

/** Asks for titles of new links that have none, at most 300 a minute and process. */
export function createTitleRequests({
  jobs,
  clock,
  log,
}: {
  jobs: Jobs;
  clock: Clock;
  log: Log;
}): (links: readonly StoredLink[]) => void {
  let left = PER_MINUTE_MAX;
  let windowEndsMs = 0;
  return (links) => {
    const nowMs = clock.monotonic();
    if (nowMs >= windowEndsMs) {
      left = PER_MINUTE_MAX;
      windowEndsMs = nowMs + MINUTE_MS;
    }
    const wanted = links
      // A protected link's page is not looked at before its visitors are let in.
      .filter(({ title, passwordHash }) => title === null && passwordHash === null)
      .slice(0, left)
      .map(({ id, url }) => ({ id, url }));
    left -= wanted.length;
    if (wanted.length === 0) return;
    jobs.enqueue(fetchTitles, { links: wanted }).catch((error: unknown) => {
      log.warn({ error }, "titles could not be asked for");
    });
  };
}
