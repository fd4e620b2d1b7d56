/**
 * Brings cells to an owner, or to a node that keeps them for the owner.
 *
 *     owner answers ──▶ stored
 *     it does not   ──▶ a stand-in: the owner's own zone first, then zones that hold
 *                       no copy yet, then any; not one that has a copy itself
 *     nobody can    ──▶ a hint here, which is no further copy, but is handed over
 */
import { partitionOfCellKey } from "../cell-key.ts";
import type { Durability } from "./edit.ts";
import type { Hints } from "./hints.ts";
import type { PlacedCell } from "./messages.ts";
import type { Peers } from "./peers.ts";
import type { Placement } from "./ports.ts";

export interface CopierDeps {
  readonly self: string;
  readonly placement: Placement;
  readonly peers: Peers;
  readonly hints: Hints;
  readonly requestTimeoutMs: number;
}

/** How many stand-ins are asked for one copy: the first may be full or gone. */
const STAND_INS_MAX = 2;

/** Copies cells of one partition. Resolves to whether they were stored somewhere else than before. */
export type Copier = (
  owner: string,
  cells: readonly PlacedCell[],
  durability: Durability,
) => Promise<boolean>;

export function createCopier(deps: CopierDeps): Copier {
  const { self, placement, peers, hints, requestTimeoutMs } = deps;
  /** One hint for each cell: a stand-in keeps all of them or does not count. */
  const keepAt = async (
    standIn: string,
    target: string,
    cells: readonly PlacedCell[],
  ): Promise<boolean> => {
    const kept = await Promise.all(
      cells.map(({ place, cell }) =>
        peers.request(standIn, { kind: "hint", target, place, cell }, requestTimeoutMs),
      ),
    );
    return kept.every((reply) => reply?.kind === "done");
  };
  return async (owner, cells, durability) => {
    const [first] = cells;
    if (first === undefined) return true;
    if (peers.isReachable(owner)) {
      const isPlain = cells.length === 1 && durability === "disk";
      const request = isPlain
        ? ({ kind: "merge", placed: first } as const)
        : ({ kind: "merge-all", cells, durability } as const);
      const reply = await peers.request(owner, request, requestTimeoutMs);
      if (reply?.kind === "done") return true;
    }
    const candidates = standIns(placement, owner, partitionOfCellKey(first.place));
    for (const standIn of candidates.filter(peers.isReachable).slice(0, STAND_INS_MAX)) {
      if (await keepAt(standIn, owner, cells)) return true;
    }
    // No further copy, but the owner will be told.
    if (owner !== self) {
      await Promise.all(cells.map((each) => hints.keep({ target: owner, ...each })));
    }
    return false;
  };
}

/**
 * Who may keep a copy for an owner, the best first. Starts at another member for
 * each partition, so that what one lost node would have got is shared by all.
 */
export function standIns(placement: Placement, owner: string, partition: number): string[] {
  const holders = new Set([...placement.owners(partition), ...placement.joining(partition)]);
  const zones = new Set([...holders].filter((each) => each !== owner).map(placement.zoneOf));
  const own = placement.zoneOf(owner);
  const rank = (member: string): number => {
    const zone = placement.zoneOf(member);
    if (zones.has(zone)) return 2;
    return zone === own ? 0 : 1;
  };
  const { members } = placement;
  return members
    .map((_, at) => members[(at + partition) % members.length] ?? "")
    .filter((member) => !holders.has(member))
    .sort((one, other) => rank(one) - rank(other));
}
