/**
 * Reads and writes of one cell over its owners.
 *
 *     write   an owner gives the dot and stores ─┬─▶ the others store ──▶ W answers
 *                                                └─▶ no answer: a hint on the next node
 *     read    R owners, more when one is slow ──▶ the first R, joined ──▶ those behind: repair
 *
 * Any node takes a call; a write is done by an owner, since only one that keeps the
 * cell may give dots. It is sent to one owner once: a time-out may have been a
 * write, and the caller is told so.
 */
import type { Log } from "@tenfold/core";
import { partitionOfCellKey } from "../cell-key.ts";
import { hasSameVersions, type Cell, type Vector } from "../cell.ts";
import { keyValueErrors } from "../errors.ts";
import { decodeTrusted } from "../record.ts";
import { createConfirming } from "./confirming.ts";
import { createCopier } from "./copier.ts";
import type { Hints } from "./hints.ts";
import { joinKnown } from "./known.ts";
import type { WriteCommand } from "./messages.ts";
import type { Peers } from "./peers.ts";
import type { Placement } from "./ports.ts";
import { askOwners, CHANGES_MAX, storeCopies } from "./quorums.ts";
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
  /** The same, without asking first whether all hold the same. */
  readonly readWhole: (place: Uint8Array, readQuorum: number) => Promise<Cell>;
  /**
   * What `readQuorum` owners hold alike, as a record: at once, where nobody else has to be
   * asked. `undefined` where that is not so, or not known soon; then `readWhole` finds out.
   */
  readonly record: (
    place: Uint8Array,
    readQuorum: number,
  ) => Promise<Uint8Array | undefined> | Uint8Array | undefined;
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

  const readFrom = async (
    owner: string,
    place: Uint8Array,
    slow: () => void,
  ): Promise<Answer | undefined> => {
    if (owner === self) {
      // Knowledge first: it may only be older than what it is said of.
      const knowledge = replica.knowledge(partitionOfCellKey(place));
      return { owner, cell: await replica.read(place), knowledge };
    }
    const reply = await peers.request(owner, { kind: "read", place }, requestTimeoutMs, slow);
    return reply?.kind === "cell" ? { owner, ...reply } : undefined;
  };

  const repair = async (place: Uint8Array, answers: readonly Answer[]): Promise<void> => {
    const cell = joinKnown(answers);
    const behind = answers.filter((answer) => !hasSameVersions(answer.cell, cell));
    await Promise.all(
      behind.map(({ owner }) =>
        owner === self
          ? replica.merge({ place, cell })
          : peers.request(owner, { kind: "merge", placed: { place, cell } }, requestTimeoutMs),
      ),
    );
  };

  const writeAsOwner = async ({
    place,
    command,
    writeQuorum,
  }: Write): Promise<Cell | undefined> => {
    const cell = await replica.write(place, command);
    const isEnough = await storeCopies({
      ...deps,
      partition: partitionOfCellKey(place),
      writeQuorum,
      copyTo: (owner) => copyTo(owner, [{ place, cell }], "disk"),
    });
    return isEnough ? cell : undefined;
  };

  /** Stale: the owner did nothing, and may be asked anew. */
  const writeThrough = async (owner: string, write: Write): Promise<Cell | "stale" | undefined> => {
    if (owner === self) return writeAsOwner(write);
    // The owner waits for others, and for those that take their place.
    const timeoutMs = 4 * requestTimeoutMs;
    const reply = await peers.request(owner, { kind: "write", ...write }, timeoutMs);
    if (reply?.kind === "stale") return "stale";
    return reply?.kind === "cell" ? reply.cell : undefined;
  };

  const readWhole: Coordinator["readWhole"] = async (place, readQuorum) => {
    const partition = partitionOfCellKey(place);
    const owners = placement.owners(partition);
    if (owners.length === 1 && owners[0] === self) return replica.read(place);
    const askOne = (owner: string, slow: () => void): Promise<Answer | undefined> =>
      readFrom(owner, place, slow);
    const poll = await askOwners({ self, placement, peers, partition, readQuorum, askOne });
    poll
      .later()
      .then((all) => repair(place, all))
      // The reader has its answer; what is not repaired now is found by comparison.
      .catch((error: unknown) => log.error({ error }, "a read could not be repaired"));
    return joinKnown(poll.answers);
  };
  const record = createConfirming(deps);

  return {
    writeAsOwner,
    async write(write) {
      for (let change = 0; change < CHANGES_MAX; change++) {
        const owners = placement.owners(partitionOfCellKey(write.place));
        const owner = owners.includes(self) ? self : (owners.find(peers.isReachable) ?? owners[0]);
        const cell = owner === undefined ? undefined : await writeThrough(owner, write);
        if (cell === undefined) break;
        if (cell !== "stale") return cell;
      }
      throw keyValueErrors.quorum_unavailable();
    },
    record,
    async read(place, readQuorum) {
      const held = await record(place, readQuorum);
      return held === undefined ? readWhole(place, readQuorum) : decodeTrusted(held);
    },
    readWhole,
  };
}
