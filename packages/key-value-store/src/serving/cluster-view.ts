/** The cluster as Redis's cluster commands show it, from what the node acts by. */
import { livingMembers } from "../cluster/configuration.ts";
import type { ClusterView } from "../keyspace.ts";
import type { StoreNode } from "../node/node.ts";
import { readAddress } from "./node-config.ts";

/** Live: each look is at the configuration of that moment. */
export function createClusterView(self: string, node: StoreNode): ClusterView {
  const { placement, cluster } = node;
  let heardOf = 0;
  let version = 0;
  let shown = "";
  /** Clients ask again when it rises, so it also rises with who is up. */
  const look = (): number => {
    const states = cluster.membership.list().map(({ name, state }) => `${name} ${state}`);
    const next = states.join();
    if (next !== shown || placement.version !== heardOf) version += 1;
    shown = next;
    heardOf = placement.version;
    return version;
  };
  return {
    self,
    get version() {
      return look();
    },
    get nodes() {
      const configuration = cluster.history.current();
      if (configuration === undefined) return [];
      return livingMembers(configuration).flatMap(({ name, clientAddress }) => {
        const address = readAddress(clientAddress);
        if (address === undefined) return [];
        return [{ name, ...address, state: cluster.membership.stateOf(name) }];
      });
    },
    owners: (slot) => placement.owners(placement.partitionOfSlot(slot)),
  };
}
