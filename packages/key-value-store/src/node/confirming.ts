/**
 * Most reads: this node is an owner and has the cell in memory, and R − 1 other owners
 * only have to say that they hold the same. A dot names one version for ever, so
 * who holds the same one alone holds the same value, and none of it has to travel.
 */
import { partitionOfCellKey } from "../cell-key.ts";
import type { Dot } from "../cell.ts";
import { onlyDotOf } from "../record.ts";
import type { Coordinator, CoordinatorDeps } from "./coordinator.ts";
import type { Peers } from "./peers.ts";
import type { Placement } from "./ports.ts";
import type { Replica } from "./replica.ts";

export interface ConfirmingDeps extends Pick<CoordinatorDeps, "self" | "requestTimeoutMs"> {
  readonly placement: Pick<Placement, "owners">;
  readonly peers: Pick<Peers, "isReachable" | "request">;
  readonly replica: Pick<Replica, "record">;
}

export function createConfirming(deps: ConfirmingDeps): Coordinator["record"] {
  const { self, placement, peers, replica, requestTimeoutMs } = deps;
  /** False when it does not hold the same, or takes longer than others usually do. */
  const confirms = (owner: string, place: Uint8Array, dot: Dot): Promise<boolean> =>
    new Promise((resolve) => {
      const request = { kind: "confirm", place, dot } as const;
      void peers
        .request(owner, request, requestTimeoutMs, () => resolve(false))
        .then((reply) => resolve(reply?.kind === "done"));
    });
  return (place, readQuorum) => {
    const owners = placement.owners(partitionOfCellKey(place));
    if (!owners.includes(self)) return undefined;
    const record = replica.record(place);
    const others = Math.min(readQuorum, owners.length) - 1;
    if (record === undefined || others < 1) return record;
    const dot = onlyDotOf(record);
    const asked = owners.filter((owner) => owner !== self && peers.isReachable(owner));
    if (dot === undefined || asked.length < others) return undefined;
    const answers = asked.slice(0, others).map((owner) => confirms(owner, place, dot));
    return Promise.all(answers).then((same) => (same.includes(false) ? undefined : record));
  };
}
