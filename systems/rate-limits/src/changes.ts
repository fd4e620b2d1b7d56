/**
 * Keeps the rulebook up to date without a restart.
 *
 *   rules file   looked at every `pollMs`; read when its text has changed
 *   edits        here at once; elsewhere by a message through `state`, and where
 *                that is lost by the revision in SQL, asked every `pollMs`
 */
import { stat } from "node:fs/promises";
import { createService, TenfoldError, type Clock, type Log, type Service } from "@tenfold/core";
import type { State, Unsubscribe } from "@tenfold/state";
import { layRules, readRuleTexts, type RuleTexts } from "./rule-files.ts";
import type { Rulebook } from "./rulebook.ts";
import type { EditStore } from "./store.ts";
import type { Traffic } from "./traffic.ts";

export interface Changes extends Service {
  /** Edits were written: holds here when it resolves, and soon everywhere. */
  editsChanged(): Promise<void>;
  /** What is wrong with the file as it is now; the rules before it hold. */
  readonly fileProblem: string | undefined;
}

export interface ChangesDeps {
  clock: Clock;
  log: Log;
  state: State;
  store: EditStore;
  rulebook: Rulebook;
  traffic: Traffic;
}

const CHANNEL = "rate-limits.changed";

export function createChanges(
  deps: ChangesDeps,
  { file, pollMs }: { file: string | undefined; pollMs: number },
): Changes {
  const { clock, log, state, store, rulebook, traffic } = deps;
  const stopping = new AbortController();
  const unsubscribes: Unsubscribe[] = [];
  let polling: Promise<void> | undefined;
  let revision = "";
  let stamp = "";
  let texts: RuleTexts | undefined;
  let fileProblem: string | undefined;

  const readEdits = async (): Promise<void> => {
    const read = await store.read();
    rulebook.setEdits(read.edits);
    revision = read.revision;
  };
  const lookAtEdits = async (): Promise<void> => {
    if ((await store.revision()) !== revision) await readEdits();
  };
  const readFiles = async (): Promise<void> => {
    const next = await readRuleTexts(file);
    if (next.own === texts?.own && next.shipped === texts?.shipped) return;
    texts = next;
    rulebook.setBase(layRules(next, file));
    log.info({ file, rules: rulebook.rules.length }, "rate limits are in force");
  };
  const lookAtFile = async (): Promise<void> => {
    const now = await stampOf(file);
    if (now === stamp) return;
    stamp = now;
    try {
      await readFiles();
      fileProblem = undefined;
    } catch (error) {
      // Once per change of the file: `stamp` has been taken.
      if (!(error instanceof TenfoldError)) throw error;
      fileProblem = error.detail;
      log.error({ detail: error.detail }, "the rules file is not used; the rules before it hold");
    }
  };
  const look = async (): Promise<void> => {
    traffic.report();
    const failed = (what: string) => (error: unknown) => log.warn({ error }, what);
    await lookAtFile().catch(failed("the rules file could not be looked at"));
    await lookAtEdits().catch(failed("edits of the rate limits could not be read"));
  };
  const poll = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      await clock.sleep(pollMs, stopping.signal).catch(() => undefined); // stopping ends the wait
      if (!stopping.signal.aborted) await look();
    }
  };

  return {
    ...createService({
      async start() {
        stamp = await stampOf(file);
        await readFiles();
        unsubscribes.push(
          await state.subscribe(CHANNEL, () => {
            lookAtEdits().catch((error: unknown) => log.warn({ error }, "edits were not read"));
          }),
        );
        await readEdits();
        polling = poll();
      },
      async stop() {
        stopping.abort();
        await polling;
        for (const unsubscribe of unsubscribes) await unsubscribe();
      },
    }),
    async editsChanged() {
      await readEdits();
      await state.publish(CHANNEL, revision);
    },
    get fileProblem() {
      return fileProblem;
    },
  };
}

/** Differs when the file may have changed; a file that is gone has a stamp as well. */
async function stampOf(file: string | undefined): Promise<string> {
  if (file === undefined) return "none";
  try {
    const { mtimeMs, size, ino } = await stat(file);
    return `${mtimeMs} ${size} ${ino}`;
  } catch {
    return "gone"; // Reading it then says so.
  }
}
