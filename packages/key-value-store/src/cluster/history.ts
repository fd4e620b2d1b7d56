/**
 * The configuration this node acts by, and how it comes to the next one: by a
 * decision of the voters, or by hearing of one that was decided.
 */
import type { Log } from "@tenfold/core";
import { hasCode } from "@tenfold/core";
import { instanceRegister, type Decision } from "../consensus/decide.ts";
import { registerKey } from "../consensus/acceptor.ts";
import { createKeyedLock } from "../node/keyed-lock.ts";
import type { Reply, Request } from "../node/messages.ts";
import type { Change, Storage } from "../node/ports.ts";
import { decodeConfiguration, encodeConfiguration, type Configuration } from "./configuration.ts";

const KEY: Uint8Array = Buffer.of(0x63);

/** Decisions kept for those that are still asking; older ones are read from a configuration. */
const DECISIONS_KEPT = 8;

export interface HistoryDeps {
  readonly storage: Storage;
  readonly log: Log;
  /** What the voters decide for an instance, or `undefined` when too few answer. */
  readonly decide: (decision: Decision) => Promise<Uint8Array | undefined>;
  readonly ask: (to: string, request: Request) => Promise<Reply | undefined>;
  /** Whether a configuration lists this node, as the one it is. */
  readonly lists: (configuration: Configuration) => boolean;
  /** Called with each configuration once it is on the disk, before anyone acts by it. */
  readonly adopted: (next: Configuration, before: Configuration | undefined) => void;
}

export interface History {
  /** Reads the disk; `first` is what a node without any begins with. */
  readonly open: (first: Configuration | undefined) => Promise<void>;
  readonly current: () => Configuration | undefined;
  /**
   * Has a next version decided. `change` is asked again when another one came
   * between; `undefined` from it ends the attempt. True when its version is the one.
   */
  readonly propose: (
    change: (current: Configuration) => Configuration | undefined,
  ) => Promise<boolean>;
  /** Takes over what another node holds, if it is newer and of this cluster. */
  readonly adopt: (bytes: Uint8Array) => Promise<void>;
  /** Asks a node that acts by a higher version. Resolves when there is no more to hear. */
  readonly catchUp: (from: string, version: number) => Promise<void>;
  /** For a node that is behind, or `refused`. */
  readonly answer: (above: number) => Reply;
}

/** Attempts of one proposal, when others come between. */
const ATTEMPTS = 4;

export function createHistory(deps: HistoryDeps): History {
  const { storage, log, decide, ask, lists, adopted } = deps;
  const lock = createKeyedLock();
  const fetching = new Map<string, Promise<void>>();
  let current: Configuration | undefined;
  let encoded = new Uint8Array();

  const take = (bytes: Uint8Array, isSaved = false): Promise<void> =>
    lock.run("", async () => {
      const next = decodeConfiguration(bytes);
      if (current !== undefined && next.version <= current.version) return;
      // The first one must have taken it in: one that does not list it later has let it go.
      if (current === undefined && !lists(next)) return;
      if (current !== undefined && next.clusterId !== current.clusterId) {
        log.error({ clusterId: next.clusterId }, "a configuration of another cluster was refused");
        return;
      }
      const changes: Change[] = [
        { key: KEY, value: bytes },
        { key: decisionKey(next.version - DECISIONS_KEPT), value: undefined },
      ];
      if (!isSaved) await storage.write(changes, { sync: true });
      const before = current;
      current = next;
      encoded = new Uint8Array(bytes);
      adopted(next, before);
    });

  return {
    async open(first) {
      const bytes = await storage.get(KEY);
      const saved = bytes === undefined ? undefined : readSaved(bytes, log);
      if (saved !== undefined) await take(saved, true);
      else if (first !== undefined) await take(encodeConfiguration(first));
    },
    current: () => current,
    async propose(change) {
      for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
        const base = current;
        const next = base === undefined ? undefined : change(base);
        if (base === undefined || next === undefined) return false;
        const proposal = encodeConfiguration(next);
        const decided = await decide({
          instance: next.version,
          proposal,
          voters: [base.voters],
        });
        if (decided === undefined) return false;
        await take(decided);
        if (Buffer.compare(decided, proposal) === 0) return true;
      }
      return false;
    },
    adopt: (bytes) => take(bytes),
    async catchUp(from, version) {
      if (version <= (current?.version ?? 0)) return;
      const known = fetching.get(from);
      if (known !== undefined) return known;
      const fetched = ask(from, { kind: "configuration", above: current?.version ?? 0 }).then(
        (reply) => (reply?.kind === "configuration" ? take(reply.bytes) : undefined),
      );
      fetching.set(from, fetched);
      try {
        await fetched;
      } finally {
        fetching.delete(from);
      }
    },
    answer: (above) =>
      current === undefined || current.version <= above
        ? { kind: "refused" }
        : { kind: "configuration", bytes: encoded },
  };
}

/** A damaged one is asked for anew; what it said is known to others. */
function readSaved(bytes: Uint8Array, log: Log): Uint8Array | undefined {
  try {
    decodeConfiguration(bytes);
    return bytes;
  } catch (error) {
    if (!hasCode(error, "record_corrupt")) throw error;
    log.error({ error }, "the configuration on the disk is damaged");
    return undefined;
  }
}

const decisionKey = (version: number): Uint8Array =>
  registerKey(instanceRegister(Math.max(0, version)));
