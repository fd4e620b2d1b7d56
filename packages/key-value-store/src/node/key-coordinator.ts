/**
 * Reads and edits of all cells of one key over its owners.
 *
 *     edit    an owner asks R − 1 others what they hold ─▶ judges and writes all of it
 *             with one fsync ─▶ the others store ──▶ W answers
 *     survey  several cells of the key from R owners, joined; late or older ones repaired
 *
 * An edit that ends a collection needs a floor: all that any owner was told of its
 * elements. Owners know that of their own dots, so all of them are asked; what one
 * that does not answer had written is looked for element by element, and removed so.
 */
import { elementsRange, partitionOfCellKey, placeAfter } from "../cell-key.ts";
import {
  covers,
  coversAll,
  hasSameVersions,
  joinVectors,
  type Cell,
  type Vector,
} from "../cell.ts";
import { keyValueErrors } from "../errors.ts";
import { aboveFloor, floorOf, isPresent, readHead, type Head } from "../head.ts";
import { createCopier } from "./copier.ts";
import type { CoordinatorDeps } from "./coordinator.ts";
import type { EditOutcome, KeyEdit } from "./edit.ts";
import { isAsking, type Told } from "./editing.ts";
import { joinAt, jointKnowledge, type Survey } from "./known.ts";
import type { EditRequest, PlacedCell } from "./messages.ts";
import { askOwners, CHANGES_MAX, storeCopies } from "./quorums.ts";
import type { RangeReader } from "./range-reader.ts";

export interface KeyRead {
  readonly readQuorum: number;
  /** Further owners are asked until what they hold has seen all of this. */
  readonly atLeast?: Vector;
}

export interface Seen {
  readonly cells: readonly Cell[];
  /** What those asked know of the partition together. */
  readonly knowledge: Vector;
}

export interface KeyCoordinator {
  /** Rejects with `quorum_unavailable`; the edit may then still be in effect. */
  readonly edit: (request: EditRequest) => Promise<EditOutcome>;
  /** The part of an owner. */
  readonly editAsOwner: (request: EditRequest) => Promise<EditOutcome>;
  /** For people: what each owner holds, and for which of them a hint is held here. */
  readonly inspect: (place: Uint8Array) => Promise<Inspection>;
  /** Cells of one partition. Rejects with `quorum_unavailable`. */
  readonly survey: (places: readonly Uint8Array[], read: KeyRead) => Promise<Seen>;
}

export interface Inspection {
  /** In the table's order; no cell of one that did not answer. */
  readonly owners: readonly { readonly owner: string; readonly cell: Cell | undefined }[];
  readonly hints: readonly string[];
}

export interface KeyCoordinatorDeps extends CoordinatorDeps {
  readonly ranges: RangeReader;
}

interface Answer extends Survey {
  readonly owner: string;
}

/**
 * What goes to the other owners. Elements are not to be seen without their head, and
 * one that was there already may still be on its way by another edit that will fail.
 */
function withHead(
  { place, edit }: KeyEdit,
  { outcome, written }: { outcome: EditOutcome; written: readonly PlacedCell[] },
): readonly PlacedCell[] {
  const head = outcome.kind === "edited" ? outcome.after[0] : undefined;
  const isThere = written.length === 0 || written.some((each) => each.place === place);
  return edit.kind !== "open" || head === undefined || isThere
    ? written
    : [{ place, cell: head }, ...written];
}

/** Elements removed at once where a floor cannot be had. */
const SWEEP = 64;

export function createKeyCoordinator(deps: KeyCoordinatorDeps): KeyCoordinator {
  const { self, placement, peers, replica, requestTimeoutMs, log } = deps;
  const copyTo = createCopier(deps);
  const ask = createAsker(deps);
  const askAny = async (
    owner: string,
    places: readonly Uint8Array[],
    slow?: () => void,
  ): Promise<Answer | undefined> =>
    owner === self ? { owner, ...(await replica.readAll(places)) } : ask(owner, places, slow);
  const repair = createRepair(deps);

  const editAsOwner = async (request: EditRequest): Promise<EditOutcome> => {
    const { edit, readQuorum, durability } = request;
    const partition = partitionOfCellKey(edit.place);
    const askOne = async (owner: string, slow: () => void): Promise<Answer | "self" | undefined> =>
      owner === self ? "self" : ask(owner, placesOf(edit), slow);
    const asksNobody = readQuorum <= 1 || placement.owners(partition).length === 1;
    const poll = asksNobody
      ? undefined
      : await askOwners({ self, placement, peers, partition, readQuorum, askOne });
    const others = poll?.answers.filter((each) => each !== "self") ?? [];
    let edited = await replica.edit(edit, { others, elements: "unasked", durability });
    if (isAsking(edited.outcome)) {
      edited = await replica.edit(edit, await lookAtElements(request));
    }
    await spread(request, withHead(edit, edited));
    return edited.outcome;
  };

  /** Brings what was written to the other owners. Rejects when fewer than W have it. */
  const spread = async (
    { edit, writeQuorum, durability }: EditRequest,
    written: readonly PlacedCell[],
  ): Promise<void> => {
    if (written.length === 0) return;
    const partition = partitionOfCellKey(edit.place);
    if (isAlone(partition)) return;
    const isEnough = await storeCopies({
      self,
      placement,
      partition,
      writeQuorum,
      copyTo: (owner) => copyTo(owner, written, durability),
    });
    if (!isEnough) throw keyValueErrors.quorum_unavailable();
  };

  /** Whether the key has elements, and what any owner was told of them; or fewer than R said so. */
  const lookAtElements = async (request: EditRequest): Promise<Told> => {
    const { edit, readQuorum, durability } = request;
    const owners = placement.owners(partitionOfCellKey(edit.place));
    // One that is suspected would only be waited for; what it alone knows cannot be asked now.
    const asked = owners.filter((owner) => owner !== self && peers.isReachable(owner));
    const answers = (await Promise.all(asked.map((owner) => ask(owner, placesOf(edit))))).filter(
      (answer) => answer !== undefined,
    );
    if (answers.length + 1 < Math.min(readQuorum, owners.length)) {
      throw keyValueErrors.quorum_unavailable();
    }
    const all = [await replica.readAll(placesOf(edit)), ...answers];
    const seen = jointKnowledge(all);
    const isWhole = all.length === owners.length && all.every(({ told }) => coversAll(seen, told));
    const head = joinAt(all, 0);
    const isSweep = !isWhole && endsElements(edit, readHead(head, edit.nowMs));
    const elements = await lookThrough(request, floorOf(head), isSweep ? seen : undefined);
    return { others: answers, elements, durability };
  };

  /** Goes through the elements: to the first that is there, or removing each that `seen` has not. */
  const lookThrough = async (
    request: EditRequest,
    floor: Vector | undefined,
    seen: Vector | undefined,
  ): Promise<"present" | "none"> => {
    const { place: head, nowMs } = request.edit;
    let { from } = elementsRange(head);
    const { to } = elementsRange(head);
    let found = false;
    for (;;) {
      const limit = seen === undefined ? 8 : SWEEP;
      const page = await deps.ranges.read({ from, to, limit }, request.readQuorum);
      const present = page.cells
        .map(({ place, cell }) => ({ place, cell: aboveFloor(cell, floor) }))
        .filter(({ cell }) => isPresent(cell));
      found ||= present.length > 0;
      if (found && seen === undefined) return "present";
      const unseen = present.filter(({ cell }) =>
        cell.versions.some((each) => seen !== undefined && !covers(seen, each)),
      );
      if (unseen.length > 0) await removeEach(request, unseen, nowMs);
      if (page.isWhole || page.upTo === undefined) return found ? "present" : "none";
      from = placeAfter(page.upTo);
    }
  };

  const removeEach = async (
    request: EditRequest,
    cells: readonly PlacedCell[],
    nowMs: number,
  ): Promise<void> => {
    const elements = cells.map(({ place }) => ({ place, edit: { kind: "remove" as const } }));
    const edit: KeyEdit = { place: request.edit.place, edit: { kind: "any" }, elements, nowMs };
    await editAsOwner({ ...request, edit });
  };

  /** Stale: the owner did nothing, and may be asked anew. */
  const editThrough = async (
    owner: string,
    request: EditRequest,
  ): Promise<EditOutcome | "stale"> => {
    if (owner === self) return editAsOwner(request);
    // The owner waits for others, and for those that take their place.
    const reply = await peers.request(owner, { kind: "edit", request }, 4 * requestTimeoutMs);
    if (reply?.kind === "stale") return "stale";
    if (reply?.kind !== "edited") throw keyValueErrors.quorum_unavailable();
    return reply.outcome;
  };

  const isAlone = (partition: number): boolean => {
    const owners = placement.owners(partition);
    return owners.length === 1 && owners[0] === self && placement.joining(partition).length === 0;
  };
  /**
   * The edit of most calls: this node is an owner, nothing that others hold is to be judged,
   * and what is edited is in memory. `undefined`, and nothing is done, for any other.
   */
  const editQuickly = (request: EditRequest): Promise<EditOutcome> | undefined => {
    const { edit, readQuorum, durability } = request;
    const owners = placement.owners(partitionOfCellKey(edit.place));
    const asksNobody = readQuorum <= 1 || owners.length === 1;
    if (!asksNobody || !owners.includes(self)) return undefined;
    const acted = replica.editNow(edit, { others: [], elements: "unasked", durability });
    if (acted === undefined || isAsking(acted.outcome)) return undefined;
    const { outcome, stored } = acted;
    const bring = (): EditOutcome | Promise<EditOutcome> =>
      isAlone(partitionOfCellKey(edit.place))
        ? outcome
        : spread(request, withHead(edit, acted)).then(() => outcome);
    return stored === undefined ? Promise.resolve(bring()) : stored.then(bring);
  };
  const editAnywhere = async (request: EditRequest): Promise<EditOutcome> => {
    for (let change = 0; change < CHANGES_MAX; change++) {
      const owners = placement.owners(partitionOfCellKey(request.edit.place));
      const owner = owners.includes(self) ? self : (owners.find(peers.isReachable) ?? owners[0]);
      if (owner === undefined) break;
      const outcome = await editThrough(owner, request);
      if (outcome !== "stale") return outcome;
    }
    throw keyValueErrors.quorum_unavailable();
  };

  return {
    editAsOwner,
    edit: (request) => editQuickly(request) ?? editAnywhere(request),
    async inspect(place) {
      const owners = placement.owners(partitionOfCellKey(place));
      const answers = await Promise.all(owners.map((owner) => askAny(owner, [place])));
      return {
        owners: owners.map((owner, at) => ({ owner, cell: answers[at]?.cells[0] })),
        hints: await deps.hints.targetsOf(place, owners),
      };
    },
    async survey(places, { readQuorum, atLeast }) {
      const partition = partitionOfCellKey(places[0] ?? new Uint8Array());
      const owners = placement.owners(partition);
      if (owners.length === 1 && owners[0] === self) return replica.readAll(places);
      const askOne = (owner: string, slow: () => void): Promise<Answer | undefined> =>
        askAny(owner, places, slow);
      const poll = await askOwners({ self, placement, peers, partition, readQuorum, askOne });
      let { answers } = poll;
      if (atLeast !== undefined && !haveSeen(answers, atLeast)) {
        answers = await poll.everybody();
        if (!haveSeen(answers, atLeast)) throw keyValueErrors.quorum_unavailable();
      }
      poll
        .later()
        .then((all) => repair(places, all))
        // The reader has its answer; what is not repaired now is found by comparison.
        .catch((error: unknown) => log.error({ error }, "a read could not be repaired"));
      const cells = places.map((_, at) => joinAt(answers, at));
      return { cells, knowledge: jointKnowledge(answers) };
    },
  };
}

const placesOf = ({ place, elements }: KeyEdit): readonly Uint8Array[] => [
  place,
  ...elements.map((element) => element.place),
];

/** Whether the edit takes all elements away: those that are there, or those of what has expired. */
function endsElements({ edit }: KeyEdit, head: Head): boolean {
  if (head.type === undefined) return edit.kind !== "expire";
  if (edit.kind === "set") return !edit.wantsString && edit.when !== "if-absent";
  return edit.kind === "remove" && !edit.wantsString;
}

function haveSeen(answers: readonly Answer[], vector: Vector): boolean {
  const seen = answers.reduce<Vector>(
    (joined, { cells, knowledge }) =>
      [...cells.map(({ clock }) => clock), knowledge].reduce(joinVectors, joined),
    new Map(),
  );
  return coversAll(seen, vector);
}

/** Asks another owner for cells. */
function createAsker({
  peers,
  requestTimeoutMs,
}: CoordinatorDeps): (
  owner: string,
  places: readonly Uint8Array[],
  slow?: () => void,
) => Promise<Answer | undefined> {
  return async (owner, places, slow) => {
    const reply = await peers.request(owner, { kind: "survey", places }, requestTimeoutMs, slow);
    return reply?.kind === "survey" ? { owner, ...reply } : undefined;
  };
}

/** Tells owners that have less what the others have. */
function createRepair({
  self,
  peers,
  replica,
  requestTimeoutMs,
}: CoordinatorDeps): (places: readonly Uint8Array[], answers: readonly Answer[]) => Promise<void> {
  return async (places, answers) => {
    const joined = places.map((place, at) => ({ place, cell: joinAt(answers, at) }));
    for (const { owner, cells: held } of answers) {
      const cells = joined.filter(({ cell }, at) => {
        const own = held[at];
        return own !== undefined && !hasSameVersions(own, cell);
      });
      if (cells.length === 0) continue;
      const request = { kind: "merge-all", cells, durability: "disk" } as const;
      if (owner === self) await replica.mergeAll(cells);
      else await peers.request(owner, request, requestTimeoutMs);
    }
  };
}
