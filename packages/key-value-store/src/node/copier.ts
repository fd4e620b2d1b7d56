/**
 * Brings a cell to an owner, or to a node that keeps it for the owner.
 *
 *     owner answers ──▶ stored
 *     it does not   ──▶ a stand-in: the owner's own zone first, then zones that hold
 *                       no copy yet, then any; not one that has a copy itself
 *     nobody can    ──▶ a hint here, which is no further copy, but is handed over
 */
import { partitionOfCellKey } from "../cell-key.ts";
import type { Cell } from "../cell.ts";
import type { Hints } from "./hints.ts";
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

/** Resolves to whether the cell was stored somewhere else than it was before. */
export function createCopier(
  deps: CopierDeps,
): (owner: string, place: Uint8Array, cell: Cell) => Promise<boolean> {
  const { self, placement, peers, hints, requestTimeoutMs } = deps;
  return async (owner, place, cell) => {
    if (peers.isReachable(owner)) {
      const reply = await peers.request(owner, { kind: "merge", place, cell }, requestTimeoutMs);
      if (reply?.kind === "done") return true;
    }
    const hint = { kind: "hint", target: owner, place, cell } as const;
    const candidates = standIns(placement, owner, partitionOfCellKey(place));
    for (const standIn of candidates.filter(peers.isReachable).slice(0, STAND_INS_MAX)) {
      const reply = await peers.request(standIn, hint, requestTimeoutMs);
      if (reply?.kind === "done") return true;
    }
    // No further copy, but the owner will be told.
    if (owner !== self) await hints.keep({ target: owner, place, cell });
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
