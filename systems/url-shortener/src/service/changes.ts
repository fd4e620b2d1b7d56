/**
 * Telling every process what has changed, so that none redirects by an old copy.
 *
 *   edit, ban, delete ─▶ here: at once
 *                     ─▶ elsewhere: a message by way of `state`, within milliseconds
 *                     ─▶ elsewhere, message lost or Redis down: each process asks the
 *                        database every second what changed lately (links_changed)
 *
 * The last is a cheap query on a small index, so it runs all the time when
 * there may be other processes; the caches need no short lifetimes for it.
 */
import { createService, type Clock, type Log, type Service } from "@tenfold/core";
import type { State, Unsubscribe } from "@tenfold/state";
import type { Blocklist } from "../blocklist.ts";
import { cacheKey } from "../link.ts";
import type { LinkStore } from "../store/links.ts";
import type { ModerationStore } from "../store/moderation.ts";

/** What must forget. */
export interface Forgetful {
  forget(keys: readonly string[]): void;
  forgetAll(): void;
}

export interface Changes extends Service {
  /** Links have changed, or a code that may have been looked for exists now. */
  linksChanged(links: readonly { domain: string; code: string }[]): Promise<void>;
  hostsChanged(): Promise<void>;
}

export interface ChangesDeps {
  state: State;
  clock: Clock;
  log: Log;
  links: LinkStore;
  moderation: ModerationStore;
  blocklist: Blocklist;
  cache: Forgetful;
}

const CHANNEL = "url-shortener.changed";
const HOSTS_CHANGED = "hosts";
/** How far back each look goes: longer than any statement of ours takes to commit. */
const LOOK_BACK_SECONDS = 15;
/** After a longer gap between two looks, changes may have been missed: forget everything. */
const GAP_MS_MAX = 10_000;
/** More changes than this at once: forget everything instead. */
const CHANGES_MAX = 5000;

/** `pollMs`: how often the database is asked when state is shared. */
export function createChanges(deps: ChangesDeps, { pollMs }: { pollMs: number }): Changes {
  const { state, clock, log, links, moderation, blocklist, cache } = deps;
  const stopping = new AbortController();
  const unsubscribes: Unsubscribe[] = [];
  let polling: Promise<void> | undefined;
  let hostsMark = "";
  let lookedMs = clock.monotonic();

  const reloadHosts = async (): Promise<void> => {
    await blocklist.reload();
    cache.forgetAll();
  };
  const receive = (message: string): void => {
    if (message === HOSTS_CHANGED) {
      reloadHosts().catch((error: unknown) =>
        log.warn({ error }, "banned hosts could not be read"),
      );
    } else cache.forget(message.split("\n"));
  };
  const look = async (): Promise<void> => {
    const startMs = clock.monotonic();
    const { keys, truncated } = await links.changedWithin(LOOK_BACK_SECONDS, CHANGES_MAX);
    if (truncated || startMs - lookedMs > GAP_MS_MAX) cache.forgetAll();
    else cache.forget(keys.map(({ domain, code }) => cacheKey(domain, code)));
    const mark = await moderation.bannedHostsMark();
    if (mark !== hostsMark) await reloadHosts();
    hostsMark = mark;
    lookedMs = startMs;
  };
  const poll = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      await look().catch((error: unknown) =>
        log.warn({ error }, "changed links could not be read"),
      );
      await clock.sleep(pollMs, stopping.signal).catch(() => undefined); // stopping ends the wait
    }
  };

  return {
    ...createService({
      async start() {
        unsubscribes.push(await state.subscribe(CHANNEL, receive));
        unsubscribes.push(state.onReconnect(() => cache.forgetAll()));
        hostsMark = await moderation.bannedHostsMark();
        await blocklist.start();
        if (state.shared) polling = poll();
      },
      async stop() {
        stopping.abort();
        await polling;
        for (const unsubscribe of unsubscribes) await unsubscribe();
      },
    }),
    async linksChanged(changed) {
      if (changed.length === 0) return;
      const keys = changed.map(({ domain, code }) => cacheKey(domain, code));
      cache.forget(keys);
      await state.publish(CHANNEL, keys.join("\n"));
    },
    async hostsChanged() {
      await reloadHosts();
      await state.publish(CHANNEL, HOSTS_CHANGED);
    },
  };
}
