/**
 * Fills the partitions that this node is to own, while they serve.
 *
 *     pull      page after page from one owner, in the order of places; the last
 *               place is on the disk, so that a crash goes on from there
 *     compare   with every owner that answers, and with so many that one of each
 *               write quorum is among them: whatever was acknowledged before the
 *               owners sent writes here too is found by this, and K is learnt
 *     report    to the steward, until a configuration says that this node counts
 *
 * Owners answer only when they act by the configuration of this move or a newer one
 * (`node.ts` sees to that), so what they hold after the comparison began came here
 * by itself.
 */
import type { Clock, Log } from "@tenfold/core";
import type { PlacedCell, Reply, Request } from "../node/messages.ts";
import type { Storage } from "../node/ports.ts";
import { endsOf, namesGone, type Configuration } from "./configuration.ts";
import { createProgressRecord } from "./progress-record.ts";
import { enoughOf } from "./steward.ts";
import { createThrottle } from "./throttle.ts";

export interface FillerOptions {
  readonly self: string;
  /** Partitions filled at the same time. */
  readonly atOnceMax: number;
  readonly bytesPerSecond: number;
}

export interface FillerDeps {
  readonly clock: Clock;
  readonly log: Log;
  readonly storage: Storage;
  readonly current: () => Configuration | undefined;
  readonly isReachable: (name: string) => boolean;
  readonly ask: (to: string, request: Request) => Promise<Reply | undefined>;
  readonly merge: (placed: PlacedCell) => Promise<boolean>;
  /** A whole comparison with one owner. */
  readonly compare: (peer: string, partition: number) => Promise<boolean>;
  /** Names the partitions of a list in which this node holds just what the other does. */
  readonly compareMany: (peer: string, partitions: readonly number[]) => Promise<Set<number>>;
  /** Whether what was left here of an earlier time is being deleted. */
  readonly isDropping: (partition: number) => boolean;
  /** Brings the linearizable registers over, once the cells are here. */
  readonly settle: (partition: number) => Promise<boolean>;
}

export interface Filler {
  /** Works on whatever is to be filled. One round at a time. */
  readonly round: () => Promise<void>;
  /** Partitions that this node is to own and has whole, in the present phase. */
  readonly filled: () => number[];
  /** Forgets what is no longer on its way here. */
  readonly follow: (configuration: Configuration) => void;
  readonly progress: () => { waiting: number; done: number; bytes: number };
}

/** Partitions asked about in one message. */
const GROUP = 1_024;

export function createFiller(deps: FillerDeps, options: FillerOptions): Filler {
  const { clock, log, current } = deps;
  const throttle = createThrottle(clock, options.bytesPerSecond);
  const records = createProgressRecord(deps.storage);
  /** By partition, the version since which it is filled. */
  const filled = new Map<number, number>();
  const counts = { done: 0, bytes: 0 };

  const waiting = (): number[] => {
    const configuration = current();
    if (configuration === undefined) return [];
    return [...configuration.moves].flatMap(([partition, { phase, since }]) => {
      if (phase !== "filling" || filled.get(partition) === since) return [];
      if (deps.isDropping(partition)) return [];
      const { before, after } = endsOf(configuration, partition);
      return after.includes(options.self) && !before.includes(options.self) ? [partition] : [];
    });
  };
  const finish = async (partition: number, since: number): Promise<void> => {
    await records.forget(partition);
    filled.set(partition, since);
    counts.done += 1;
  };
  const fillOne = async (partition: number): Promise<void> => {
    const move = current()?.moves.get(partition);
    if (move === undefined) return;
    const isCurrent = (): boolean => current()?.moves.get(partition)?.since === move.since;
    const source = sourcesOf(deps, partition).reachable[0];
    if (source !== undefined) {
      const isPulled = await pull({ ...deps, throttle, records, counts }, source, {
        partition,
        since: move.since,
        isCurrent,
      });
      if (!isPulled) return;
    }
    const { reachable, enough } = sourcesOf(deps, partition);
    const compared = await Promise.all(reachable.map((peer) => deps.compare(peer, partition)));
    if (compared.includes(false) || compared.length < enough) return;
    if (!(await deps.settle(partition)) || !isCurrent()) return;
    await finish(partition, move.since);
  };
  const fillEqual = createEqualFiller({ ...deps, finish });

  return {
    async round() {
      const all = waiting();
      for (let first = 0; first < all.length; first += GROUP) {
        await fillEqual(all.slice(first, first + GROUP));
      }
      const left = waiting();
      const lane = async (): Promise<void> => {
        for (let next = left.shift(); next !== undefined; next = left.shift()) {
          try {
            await fillOne(next);
          } catch (error) {
            log.error({ error, partition: next }, "a partition could not be filled");
          }
        }
      };
      await Promise.all(Array.from({ length: options.atOnceMax }, lane));
    },
    filled: () => [...filled.keys()],
    follow(configuration) {
      for (const [partition, since] of filled) {
        const move = configuration.moves.get(partition);
        if (move?.phase !== "filling" || move.since !== since) filled.delete(partition);
      }
    },
    progress: () => ({ waiting: waiting().length, ...counts }),
  };
}

/** The former owners of a partition that can be asked, and how many must have been. */
function sourcesOf(
  { current, isReachable }: Pick<FillerDeps, "current" | "isReachable">,
  partition: number,
): { reachable: string[]; enough: number } {
  const configuration = current();
  if (configuration === undefined) return { reachable: [], enough: 1 };
  const { before } = endsOf(configuration, partition);
  const gone = namesGone(configuration);
  const living = before.filter((name) => !gone.has(name));
  return {
    reachable: living.filter(isReachable),
    enough: enoughOf(before.length, living.length),
  };
}

/** Many partitions at once whose owners hold just what this node does: mostly nothing yet. */
function createEqualFiller(
  deps: FillerDeps & { finish: (partition: number, since: number) => Promise<void> },
): (partitions: readonly number[]) => Promise<void> {
  return async (partitions) => {
    const asked = new Map<string, number[]>();
    for (const partition of partitions) {
      for (const peer of sourcesOf(deps, partition).reachable) {
        const list = asked.get(peer) ?? [];
        list.push(partition);
        asked.set(peer, list);
      }
    }
    const equal = new Map(
      await Promise.all(
        [...asked].map(async ([peer, list]) => [peer, await deps.compareMany(peer, list)] as const),
      ),
    );
    for (const partition of partitions) {
      const since = deps.current()?.moves.get(partition)?.since;
      const { reachable, enough } = sourcesOf(deps, partition);
      const same = reachable.filter((peer) => equal.get(peer)?.has(partition));
      if (since === undefined || same.length < Math.max(enough, reachable.length)) continue;
      if (await deps.settle(partition)) await deps.finish(partition, since);
    }
  };
}

interface PullDeps extends Pick<FillerDeps, "ask" | "merge"> {
  readonly throttle: { passed(bytes: number): Promise<void> };
  readonly records: ReturnType<typeof createProgressRecord>;
  readonly counts: { bytes: number };
}

/** Goes through what one owner holds, from where it stopped last. False when it must be tried again. */
async function pull(
  { ask, merge, throttle, records, counts }: PullDeps,
  source: string,
  move: { partition: number; since: number; isCurrent: () => boolean },
): Promise<boolean> {
  const { partition, since } = move;
  let after = await records.load(partition, since);
  for (;;) {
    const reply = await ask(source, { kind: "pull", partition, after });
    if (reply?.kind !== "pulled" || !move.isCurrent()) return false;
    await Promise.all(reply.cells.map(merge));
    counts.bytes += reply.bytes;
    const last = reply.cells.at(-1);
    if (last === undefined) return true;
    after = last.place;
    // On the disk after what it speaks of; a crash that takes it costs a page.
    await records.save(partition, since, after);
    await throttle.passed(reply.bytes);
  }
}
