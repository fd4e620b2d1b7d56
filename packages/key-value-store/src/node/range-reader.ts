/**
 * A range of cells, or of a sorted set's index, over its owners.
 *
 *     A   a b c d e f g │ more      trusted to g
 *     B   a b   d e     │ more      trusted to e     joined: a … e
 *     C   a b c d e f g h i         all
 *
 * Each owner gives a page; a page is only trusted up to the smallest last place of
 * an owner that had more, since what stands behind it may have a neighbour there
 * that was not told. A cell that one has and another has not is joined with what
 * the other knows to be gone.
 *
 * An index entry is a hint to a cell: where owners do not all say the same of it,
 * the cell is read from them.
 */
import { nameOf } from "../buffers.ts";
import { partitionOfCellKey } from "../cell-key.ts";
import { emptyCell, hasSameVersions, type Cell, type Vector } from "../cell.ts";
import type { CoordinatorDeps } from "./coordinator.ts";
import { joinKnown } from "./known.ts";
import type { PlacedCell } from "./messages.ts";
import { cellPlace } from "./page.ts";
import type { Range } from "./ports.ts";
import { askOwners } from "./quorums.ts";

export interface JointPage {
  /** In the order of reading. Entries of an index stand there with their element's joined cell. */
  readonly cells: readonly PlacedCell[];
  /** False when the range may have more, behind `upTo`. */
  readonly isWhole: boolean;
  /** The page has everything up to here; `undefined` when it is whole. */
  readonly upTo: Uint8Array | undefined;
}

export interface RangeReader {
  /** A range within one partition. Rejects with `quorum_unavailable`. */
  readonly read: (range: Range, readQuorum: number) => Promise<JointPage>;
}

export interface RangeReaderDeps extends Omit<CoordinatorDeps, "hints"> {
  readonly read: (place: Uint8Array, readQuorum: number) => Promise<Cell>;
}

interface Answer {
  readonly cells: readonly PlacedCell[];
  readonly isWhole: boolean;
  readonly knowledge: Vector;
}

export function createRangeReader(deps: RangeReaderDeps): RangeReader {
  const { self, placement, peers, replica, requestTimeoutMs } = deps;
  const pageOf = async (
    owner: string,
    range: Range,
    slow: () => void,
  ): Promise<Answer | undefined> => {
    if (owner === self) {
      // Knowledge first: it may only be older than what it is said of.
      const knowledge = replica.knowledge(partitionOfCellKey(range.from));
      return { ...(await replica.page(range)), knowledge };
    }
    const reply = await peers.request(owner, { kind: "page", range }, requestTimeoutMs, slow);
    return reply?.kind === "page" ? reply : undefined;
  };
  return {
    async read(range, readQuorum) {
      const { answers } = await askOwners({
        self,
        placement,
        peers,
        partition: partitionOfCellKey(range.from),
        readQuorum,
        askOne: (owner, slow) => pageOf(owner, range, slow),
      });
      const upTo = trustedUpTo(answers, range.reverse ?? false);
      const rows = rowsOf(answers, upTo, range.reverse ?? false);
      const cells = await Promise.all(
        rows.map(async ({ place, found }) => {
          const target = cellPlace(place);
          const isIndex = target !== place;
          const cell =
            isIndex && !isAgreed(found)
              ? await deps.read(target, readQuorum)
              : joinKnown(
                  found.map(({ cell, knowledge }) => ({ cell: cell ?? emptyCell, knowledge })),
                );
          return { place, cell };
        }),
      );
      return { cells, isWhole: upTo === undefined, upTo };
    },
  };
}

type Found = readonly { readonly cell: Cell | undefined; readonly knowledge: Vector }[];

/** The smallest last place of an answer that had more; the greatest when read in reverse. */
function trustedUpTo(answers: readonly Answer[], reverse: boolean): Uint8Array | undefined {
  return answers
    .filter(({ isWhole }) => !isWhole)
    .map(({ cells }) => cells.at(-1)?.place)
    .filter((place) => place !== undefined)
    .sort((one, other) => Buffer.compare(one, other) * (reverse ? -1 : 1))[0];
}

/** Every place up to the trusted one, in the order of reading, with what each answer has there. */
function rowsOf(
  answers: readonly Answer[],
  upTo: Uint8Array | undefined,
  reverse: boolean,
): { place: Uint8Array; found: Found }[] {
  const sign = reverse ? -1 : 1;
  const [only] = answers;
  if (answers.length === 1 && only !== undefined) {
    const { knowledge } = only;
    return only.cells.map(({ place, cell }) => ({ place, found: [{ cell, knowledge }] }));
  }
  const maps = answers.map(({ cells }) => new Map(cells.map((each) => [nameOf(each.place), each])));
  const places = new Map(maps.flatMap((map) => [...map].map(([name, { place }]) => [name, place])));
  return [...places]
    .filter(([, place]) => upTo === undefined || Buffer.compare(place, upTo) * sign <= 0)
    .sort(([, one], [, other]) => Buffer.compare(one, other) * sign)
    .map(([name, place]) => ({
      place,
      found: answers.map(({ knowledge }, at) => ({ cell: maps[at]?.get(name)?.cell, knowledge })),
    }));
}

function isAgreed(found: Found): boolean {
  const [first] = found;
  return found.every(
    ({ cell }) =>
      cell !== undefined && first?.cell !== undefined && hasSameVersions(cell, first.cell),
  );
}
