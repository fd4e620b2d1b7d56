/**
 * Rules that are reloaded while running, from anything that can be read and
 * watched: a file here, a table in a database elsewhere. A text with mistakes
 * changes nothing: the rules before stay in force, and the log says why.
 */
import { readFile } from "node:fs/promises";
import {
  createService,
  silentLog,
  systemClock,
  type Clock,
  type Log,
  type Service,
} from "@tenfold/core";
import { parseRules } from "./parse.ts";
import { createRuleBook, type RuleBook } from "./rule.ts";

/** Where the text of rules comes from. */
export interface RuleSource {
  /** Shown in the log: a path, a table. */
  readonly name: string;
  read(): Promise<string>;
}

/** A file of YAML or JSON. */
export function fileRules(path: string): RuleSource {
  return { name: path, read: () => readFile(path, "utf8") };
}

export interface RuleReloader extends Service {
  readonly book: RuleBook;
  /** Reads now. True when other rules are in force than before; rejects when they cannot be read. */
  reload(): Promise<boolean>;
}

export interface RuleReloaderDeps {
  readonly source: RuleSource;
  readonly clock?: Clock;
  readonly log?: Log;
}

export interface RuleReloaderOptions {
  /** How often the source is read. */
  readonly everyMs: number;
}

export const ruleReloaderDefaults: RuleReloaderOptions = Object.freeze({ everyMs: 1_000 });

/**
 * Keeps a rule book equal to its source, by reading it at intervals: unlike
 * file events, that works on every file system and for every kind of source.
 * `start()` rejects when the first rules are missing or wrong.
 */
export function createRuleReloader(
  deps: RuleReloaderDeps,
  options: Partial<RuleReloaderOptions> = {},
): RuleReloader {
  const { source, clock = systemClock, log = silentLog } = deps;
  const { everyMs } = { ...ruleReloaderDefaults, ...options };
  const book = createRuleBook(parseRules("rules: []"));
  const stopping = new AbortController();
  let text: string | undefined;
  let watching: Promise<void> = Promise.resolve();

  const reload = async (): Promise<boolean> => {
    const next = await source.read();
    if (next === text) return false;
    text = next;
    book.swap(parseRules(next));
    log.info({ source: source.name, rules: book.current.rules.length }, "rules are in force");
    return true;
  };

  const watch = async (): Promise<void> => {
    let missing = false;
    while (!stopping.signal.aborted) {
      await clock.sleep(everyMs, stopping.signal).catch(() => undefined);
      if (stopping.signal.aborted) return;
      try {
        await reload();
        missing = false;
      } catch (error) {
        // A text with mistakes is told once, since it is then known; a source that is gone, too.
        const unread = !isTold(error);
        if (!unread || !missing) {
          log.error({ source: source.name, error }, "rules were not reloaded; those before stay");
        }
        missing = unread;
      }
    }
  };

  const service = createService({
    start: async () => {
      await reload();
      watching = watch();
    },
    stop: async () => {
      stopping.abort();
      await watching;
    },
  });
  return Object.assign(service, { book, reload });
}

function isTold(error: unknown): boolean {
  return error instanceof Error && "code" in error && error.code === "rules_invalid";
}
