/** A node's status: what its cluster knows, with its own disk and process. */
import type { Clock } from "@tenfold/core";
import type { NodeStatus } from "../admin.ts";
import { ringStatus } from "../cluster/status.ts";
import type { StoreNode } from "../node/node.ts";

const VERSION = "0.1.0";

export interface StatusDeps {
  readonly name: string;
  readonly cluster: string;
  readonly clock: Clock;
  readonly node: StoreNode;
  readonly startedMs: number;
  readonly storage: {
    readonly readOnly: string | undefined;
    readonly bytes: () => Promise<number>;
  };
  /** Of this process. */
  readonly residentBytes: () => number;
}

/** O(partitions × copies). */
export async function readStatus(deps: StatusDeps): Promise<NodeStatus> {
  const { name, cluster, clock, node, storage } = deps;
  const ring = ringStatus(name, node, clock.monotonic());
  return {
    ...ring,
    name,
    cluster,
    version: VERSION,
    state: stateOf(ring.members.find((member) => member.name === name)?.state, storage.readOnly),
    reason: storage.readOnly,
    uptimeMs: clock.monotonic() - deps.startedMs,
    storage: { bytes: await storage.bytes(), residentBytes: deps.residentBytes() },
  };
}

function stateOf(
  own: NodeStatus["members"][number]["state"] | undefined,
  readOnly: string | undefined,
): NodeStatus["state"] {
  if (readOnly !== undefined) return "read-only";
  if (own === undefined || own === "joining") return "joining";
  return own === "leaving" ? "leaving" : "serving";
}
