/**
 * A whole node in this process: storage on disk, frames to the other nodes, RESP to
 * clients, and what runs between them. A cluster of one is the same with nobody else.
 *
 *     clients ──RESP──▶ keyspace ──▶ node ──▶ storage (LevelDB)
 *                                     │ ▲
 *     other nodes ◀────── frames ─────┘ └── clock, random
 */
import { join } from "node:path";
import process from "node:process";
import { createService } from "@tenfold/core";
import type { ServingNode } from "./admin.ts";
import type { Keyspace } from "./keyspace.ts";
import type { StoreNode } from "./node/node.ts";
import { nodeDefaults, type NodeConfig } from "./serving/node-config.ts";
import { renderMetrics } from "./serving/node-metrics.ts";
import type { NodeDeps, Parts } from "./serving/node-parts.ts";
import { readStatus } from "./serving/node-status.ts";
import { createOpening } from "./serving/opening.ts";
import type { LevelStorage } from "./storage/level-storage.ts";

export type { Address, BucketConfig, NodeConfig, TlsFiles } from "./serving/node-config.ts";
export type { NodeDeps } from "./serving/node-parts.ts";

export interface KeyValueNode extends ServingNode {
  /** For who is in the same process; after `start()`. Another one once the node has opened its disk anew. */
  readonly keyspace: Keyspace;
}

/**
 * `start()` resolves when the node serves: it has opened its disk and is a member,
 * which takes as long as the members it is told to join take to answer. `stop()` ends
 * an admission too.
 *
 * A disk that takes no more leaves the node read-only. Once there is room, it does what
 * a restart would, at the same addresses: what it knew in memory may differ from what
 * the disk got, so it begins from the disk.
 */
export function createNode(deps: NodeDeps, config: NodeConfig): KeyValueNode {
  const given = {
    ...nodeDefaults,
    ...withoutUndefined(config),
    secret: config.secret ?? nodeDefaults.secret,
  };
  const opening = createOpening(deps, given);
  const running = (): Parts => opening.parts();
  const status: ServingNode["status"] = () => {
    const { node, storage, hotKeys, startedMs } = running();
    return readStatus({
      name: given.name,
      cluster: given.cluster,
      clock: deps.clock,
      node,
      startedMs,
      hotKeys,
      storage: { readOnly: storage.readOnly, bytes: () => sizeOf(storage) },
      residentBytes: () => process.memoryUsage.rss(),
    });
  };
  const admin = {
    status,
    metrics: async () => renderMetrics(await status()),
    rebalance: async () => ({ moves: running().node.cluster.history.current()?.moves.size ?? 0 }),
    drain: (name: string) => running().node.cluster.operations.drain(name),
    remove: (name: string) => running().node.cluster.operations.remove(name),
    repair: () => repairNow(running().node),
    async backup(folder: string) {
      const { entries, bytes } = await running().storage.copyTo(join(folder, "store"));
      return { cells: entries, bytes };
    },
  };
  const service = createService({
    start: () => opening.begin(admin),
    stop: () => opening.end(),
  });
  /** A start may wait for members for ever, and a stop waits for the start. */
  const stop = (): Promise<void> => {
    opening.abort();
    return service.stop();
  };
  const stops = { stop, [Symbol.asyncDispose]: stop };
  const node: object = { ...service, ...stops, ...admin };
  return Object.defineProperties(node as KeyValueNode, {
    keyspace: { get: () => running().keyspace },
    respPort: { get: () => running().front.port },
    peerPort: { get: () => running().network.port },
  });
}

/** A round sees every owner that can be reached; one that is busy takes several. */
const REPAIR_ROUNDS_MAX = 64;

async function repairNow(node: StoreNode): Promise<{ partitions: number; cellsRepaired: number }> {
  const before = node.repair.progress();
  for (let round = 0; round < REPAIR_ROUNDS_MAX; round++) {
    await node.repair.round();
    if (node.repair.progress().divergent === 0) break;
  }
  const after = node.repair.progress();
  return {
    partitions: after.comparisons - before.comparisons,
    cellsRepaired: after.cellsRepaired - before.cellsRepaired,
  };
}

/** About the whole of it: kind bytes are letters. */
const sizeOf = (storage: LevelStorage): Promise<number> =>
  storage.approximateBytes(Buffer.of(0), Buffer.of(0xff));

function withoutUndefined<Value extends object>(value: Value): Value {
  return Object.fromEntries(
    Object.entries(value).filter(([, field]) => field !== undefined),
  ) as Value;
}
