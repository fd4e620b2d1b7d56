/**
 * Heads of keys over the whole cluster, in the order of their places: each member
 * is asked for a page of those it owns, and a page is trusted as far as each that
 * had more goes. Where the owners of a key do not all say the same, its head is read.
 */
import { nameOf } from "../buffers.ts";
import {
  elementsRange,
  isHeadPlace,
  headPlace,
  lastPlace,
  partitionOfCellKey,
  positionPlace,
} from "../cell-key.ts";
import { hasSameVersions, type Cell } from "../cell.ts";
import { keyValueErrors } from "../errors.ts";
import { tryDecode } from "./damage.ts";
import type { CoordinatorDeps } from "./coordinator.ts";
import type { PlacedCell } from "./messages.ts";
import type { Page } from "./page.ts";
import type { Placement, Storage } from "./ports.ts";
import type { JointPage } from "./range-reader.ts";

export interface HeadReader {
  /** Up to about `limit` heads from a place on. Rejects with `quorum_unavailable`. */
  readonly read: (from: Uint8Array, limit: number) => Promise<JointPage>;
}

export interface HeadReaderDeps extends Omit<CoordinatorDeps, "hints"> {
  readonly read: (place: Uint8Array, readQuorum: number) => Promise<Cell>;
}

/** A majority: what SCAN and DBSIZE ask, whatever a key's bucket says. */
const quorumOf = (owners: readonly string[]): number => Math.floor(owners.length / 2) + 1;

export function createHeadReader(deps: HeadReaderDeps): HeadReader {
  const { self, placement, peers, replica, requestTimeoutMs } = deps;
  const pageOf = async (
    member: string,
    from: Uint8Array,
    limit: number,
  ): Promise<({ member: string } & Page) | undefined> => {
    if (member === self) return { member, ...(await replica.heads(from, limit)) };
    const request = { kind: "heads", from, limit } as const;
    const reply = await peers.request(member, request, requestTimeoutMs);
    return reply?.kind === "page" ? { member, ...reply } : undefined;
  };
  return {
    async read(from, limit) {
      const asked = placement.members.map((member) => pageOf(member, from, limit));
      const answers = (await Promise.all(asked)).filter((answer) => answer !== undefined);
      const upTo = answers
        .filter(({ isWhole }) => !isWhole)
        .map(({ cells }) => cells.at(-1)?.place)
        .filter((place) => place !== undefined)
        .sort((one, other) => Buffer.compare(one, other))[0];
      const answered = new Set(answers.map(({ member }) => member));
      if (answers.length < placement.members.length) refuseGaps(placement, answered, from, upTo);
      const rows = new Map<string, { place: Uint8Array; cells: Map<string, Cell> }>();
      for (const { member, cells } of answers) {
        for (const { place, cell } of cells) {
          const row = rows.get(nameOf(place)) ?? { place, cells: new Map<string, Cell>() };
          rows.set(nameOf(place), row);
          row.cells.set(member, cell);
        }
      }
      const trusted = [...rows.values()]
        .filter(({ place }) => upTo === undefined || Buffer.compare(place, upTo) <= 0)
        .sort((one, other) => Buffer.compare(one.place, other.place));
      const cells = await Promise.all(
        trusted.map(async ({ place, cells: held }): Promise<PlacedCell> => {
          const owners = placement.owners(partitionOfCellKey(place));
          const agreed = agreedCell(
            held,
            owners.filter((owner) => answered.has(owner)),
          );
          return { place, cell: agreed ?? (await deps.read(place, quorumOf(owners))) };
        }),
      );
      return { cells, isWhole: upTo === undefined, upTo };
    },
  };
}

/** What all the owners hold alike. */
function agreedCell(held: ReadonlyMap<string, Cell>, owners: readonly string[]): Cell | undefined {
  const [first] = owners.map((owner) => held.get(owner));
  if (first === undefined) return undefined;
  const isAgreed = owners.every((owner) => {
    const cell = held.get(owner);
    return cell !== undefined && hasSameVersions(cell, first);
  });
  return isAgreed ? first : undefined;
}

/** A key of a partition that too few speak for would be missing without a word. */
function refuseGaps(
  placement: Placement,
  answered: ReadonlySet<string>,
  from: Uint8Array,
  upTo: Uint8Array | undefined,
): void {
  const last = upTo === undefined ? placement.partitions - 1 : partitionOfCellKey(upTo);
  for (let partition = partitionOfCellKey(from); partition <= last; partition++) {
    const owners = placement.owners(partition);
    const speaking = owners.filter((owner) => answered.has(owner)).length;
    if (speaking < quorumOf(owners)) throw keyValueErrors.quorum_unavailable();
  }
}

export interface HeadsDeps {
  readonly storage: Storage;
  readonly load: (place: Uint8Array) => Promise<Cell>;
  readonly owns: (partition: number) => boolean;
}

/** Heads that one replica holds, from a place on: elements and partitions of others are leapt over. */
export async function readHeads(
  { storage, load, owns }: HeadsDeps,
  from: Uint8Array,
  limit: number,
): Promise<Page> {
  const cells: PlacedCell[] = [];
  let start = from;
  while (cells.length < limit) {
    const wanted = Math.min(64, limit - cells.length);
    const entries = await storage.range({ from: start, to: lastPlace(), limit: wanted });
    let leap: Uint8Array | undefined;
    for (const [place, record] of entries) {
      const partition = partitionOfCellKey(place);
      if (!owns(partition)) leap = positionPlace(partition + 1, 0);
      else if (isHeadPlace(place)) {
        cells.push({ place, cell: tryDecode(record) ?? (await load(place)) });
        start = elementsRange(place).from;
      } else leap = elementsRange(headPlace(place)).to;
      if (leap !== undefined) break;
    }
    if (leap !== undefined) start = leap;
    else if (entries.length < wanted) return { cells, isWhole: true };
  }
  return { cells, isWhole: false };
}
