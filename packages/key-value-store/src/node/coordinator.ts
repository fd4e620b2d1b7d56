/**
 * Reads and writes of one cell over its owners.
 *
 *     write   an owner gives the dot and stores ─┬─▶ the others store ──▶ W answers
 *                                                └─▶ no answer: a hint on the next node
 *     read    all owners ──▶ the first R, joined ──▶ the rest, when they come: repair
 *
 * Any node takes a call; a write is done by an owner, since only one that keeps the
 * cell may give dots. It is sent to one owner once: a time-out may have been a
 * write, and the caller is told so.
 */
import type { Log } from "@tenfold/core";
import { partitionOfCellKey } from "../cell-key.ts";
import { hasSameVersions, type Cell, type Vector } from "../cell.ts";
import { keyValueErrors } from "../errors.ts";
import { arrivals } from "./arrivals.ts";
import { createCopier } from "./copier.ts";
import type { Hints } from "./hints.ts";
import { joinKnown } from "./known.ts";
import type { Reply, WriteCommand } from "./messages.ts";
import type { Peers } from "./peers.ts";
import type { Placement } from "./ports.ts";
import type { Replica } from "./replica.ts";

export interface CoordinatorDeps {
  readonly self: string;
  readonly placement: Placement;
  readonly peers: Peers;
  readonly replica: Replica;
  readonly hints: Hints;
  readonly requestTimeoutMs: number;
  readonly log: Log;
}

export interface Write {
  readonly place: Uint8Array;
  readonly command: WriteCommand;
  readonly writeQuorum: number;
}

export interface Coordinator {
  /** The cell after the write. Rejects with `quorum_unavailable`; the write may then still be in effect. */
  readonly write: (write: Write) => Promise<Cell>;
  /** What the first `readQuorum` owners have, joined. Rejects with `quorum_unavailable`. */
  readonly read: (place: Uint8Array, readQuorum: number) => Promise<Cell>;
  /** The part of an owner: dot, own disk, the other owners. `undefined` when W was not reached. */
  readonly writeAsOwner: (write: Write) => Promise<Cell | undefined>;
}

interface Answer {
  readonly owner: string;
  readonly cell: Cell;
  readonly knowledge: Vector;
}

export function createCoordinator(deps: CoordinatorDeps): Coordinator {
  const { self, placement, peers, replica, requestTimeoutMs, log } = deps;
  const copyTo = createCopier(deps);

  const readFrom = async (owner: string, place: Uint8Array): Promise<Answer | undefined> => {
    if (owner === self) {
      // Knowledge first: it may only be older than what it is said of.
      const knowledge = replica.knowledge(partitionOfCellKey(place));
      return { owner, cell: await replica.read(place), knowledge };
    }
    const reply = await peers.request(owner, { kind: "read", place }, requestTimeoutMs);
    return reply?.kind === "cell" ? { owner, ...reply } : undefined;
  };

  const repair = async (place: Uint8Array, answers: readonly Answer[]): Promise<void> => {
    const cell = joinKnown(answers);
    const behind = answers.filter((answer) => !hasSameVersions(answer.cell, cell));
    await Promise.all(
      behind.map(({ owner }) =>
        owner === self
          ? replica.merge(place, cell)
          : peers.request(owner, { kind: "merge", place, cell }, requestTimeoutMs),
      ),
    );
  };

  const writeAsOwner = async ({
    place,
    command,
    writeQuorum,
  }: Write): Promise<Cell | undefined> => {
    const cell = await replica.write(place, command);
    const partition = partitionOfCellKey(place);
    const [owners, joining] = [placement.owners(partition), placement.joining(partition)];
    const copies = [...owners, ...joining]
      .filter((owner) => owner !== self)
      .map((owner) => copyTo(owner, [{ place, cell }], "disk"));
    // A cluster that is still growing has fewer owners than the bucket asks for.
    const needed = Math.min(writeQuorum, owners.length) + joining.length - 1;
    const stored = await arrivals(copies, (isStored) => isStored, needed);
    return stored.length >= needed ? cell : undefined;
  };

  return {
    writeAsOwner,
    async write(write) {
      const owners = placement.owners(partitionOfCellKey(write.place));
      if (owners.includes(self)) {
        const cell = await writeAsOwner(write);
        if (cell === undefined) throw keyValueErrors.quorum_unavailable();
        return cell;
      }
      const owner = owners.find(peers.isReachable) ?? owners[0];
      // The owner waits for others, and for those that take their place.
      const timeoutMs = 4 * requestTimeoutMs;
      const reply: Reply | undefined =
        owner === undefined
          ? undefined
          : await peers.request(owner, { kind: "write", ...write }, timeoutMs);
      if (reply?.kind !== "cell") throw keyValueErrors.quorum_unavailable();
      return reply.cell;
    },
    async read(place, readQuorum) {
      const owners = placement.owners(partitionOfCellKey(place));
      if (owners.length === 1 && owners[0] === self) return replica.read(place);
      const asked = owners.map((owner) => readFrom(owner, place));
      const needed = Math.max(1, Math.min(readQuorum, owners.length));
      const first = await arrivals(asked, (answer) => answer !== undefined, needed);
      const answers = first.filter((answer) => answer !== undefined);
      if (answers.length < needed) throw keyValueErrors.quorum_unavailable();
      Promise.all(asked)
        .then((all) =>
          repair(
            place,
            all.filter((answer) => answer !== undefined),
          ),
        )
        // The reader has its answer; what is not repaired now is found by comparison.
        .catch((error: unknown) => log.error({ error }, "a read could not be repaired"));
      return joinKnown(answers);
    },
  };
}
