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
import {
  createService,
  freePort,
  type Clock,
  type Log,
  type LogFields,
  type Random,
} from "@tenfold/core";
import type { ServingNode } from "./admin.ts";
import { createKeyspace } from "./keyspace/create-keyspace.ts";
import type { Keyspace } from "./keyspace.ts";
import { createStoreNode, type StoreNode } from "./node/node.ts";
import type { NodePorts } from "./node/ports.ts";
import { createRespServer, type RespServer } from "./resp/server.ts";
import { createClusterView } from "./serving/cluster-view.ts";
import {
  bucketsOf,
  moveLimits,
  nodeDefaults,
  paces,
  showAddress,
  type Address,
  type NodeConfig,
} from "./serving/node-config.ts";
import { renderMetrics } from "./serving/node-metrics.ts";
import { readStatus } from "./serving/node-status.ts";
import { createLevelStorage, type LevelStorage } from "./storage/level-storage.ts";
import { createTcpNetwork, type TcpNetwork } from "./wire/tcp-network.ts";

export type { Address, NodeConfig } from "./serving/node-config.ts";

export interface NodeDeps {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

export interface KeyValueNode extends ServingNode {
  /** For who is in the same process; after `start()`. */
  readonly keyspace: Keyspace;
}

interface Parts {
  readonly storage: LevelStorage;
  readonly network: TcpNetwork;
  readonly node: StoreNode;
  readonly keyspace: Keyspace;
  readonly front: RespServer;
  readonly startedMs: number;
}

/** How often a node that asks for admission looks whether it is in, and says so in the log. */
const ADMISSION_POLL_MS = 20;
const ADMISSION_LOG_MS = 5_000;

/**
 * `start()` resolves when the node serves: it has opened its disk and is a member,
 * which takes as long as the members it is told to join take to answer. `stop()` ends
 * an admission too.
 */
export function createNode(deps: NodeDeps, config: NodeConfig): KeyValueNode {
  const given = {
    ...nodeDefaults,
    ...withoutUndefined(config),
    secret: config.secret ?? nodeDefaults.secret,
  };
  const ending = new AbortController();
  const undo: (() => Promise<void>)[] = [];
  let parts: Parts | undefined;
  const running = (): Parts => {
    if (parts === undefined) throw new Error("the node has not been started");
    return parts;
  };
  const status: ServingNode["status"] = () => {
    const { node, storage, startedMs } = running();
    return readStatus({
      name: given.name,
      cluster: given.cluster,
      clock: deps.clock,
      node,
      startedMs,
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
    start: async () => {
      parts = await startParts({ deps, given, admin, undo, signal: ending.signal });
    },
    stop: async () => {
      ending.abort();
      for (let step = undo.pop(); step !== undefined; step = undo.pop()) await step();
    },
  });
  return Object.defineProperties({ ...service, ...admin } as KeyValueNode, {
    keyspace: { get: () => running().keyspace },
    respPort: { get: () => running().front.port },
    peerPort: { get: () => running().network.port },
  });
}

interface Start {
  readonly deps: NodeDeps;
  readonly given: NodeConfig & typeof nodeDefaults;
  readonly admin: Pick<
    ServingNode,
    "status" | "metrics" | "rebalance" | "drain" | "remove" | "repair" | "backup"
  >;
  /** What has begun, in order; undone from the end. */
  readonly undo: (() => Promise<void>)[];
  readonly signal: AbortSignal;
}

async function startParts({ deps, given, admin, undo, signal }: Start): Promise<Parts> {
  const { clock, random } = deps;
  const log = untilAborted(deps.log, signal);
  const startedMs = clock.monotonic();
  const storage = createLevelStorage({ log }, { folder: join(given.data, "store") });
  undo.push(() => storage.stop());
  await storage.start();
  let receiver: Pick<StoreNode, "receive" | "lost"> | undefined;
  const network = createTcpNetwork(
    {
      clock,
      random,
      log,
      message: (from, message) => receiver?.receive(from, message),
      lost: (peer) => receiver?.lost(peer),
    },
    {
      name: given.name,
      cluster: given.cluster,
      secret: given.secret,
      listen: given.peer,
      ...(given.dial === undefined ? {} : { dial: given.dial }),
    },
  );
  undo.push(() => network.stop());
  await network.start();
  const listen = {
    ...given.listen,
    port: given.listen.port || (await freePort(given.listen.host)),
  };
  const node = openNode(
    { clock, random, log, network, storage },
    { given, peerPort: network.port, listen },
  );
  receiver = node;
  undo.push(() => closeNode(node, log));
  await node.start(signal);
  await untilAdmitted(deps, node, signal);
  const keyspace = createKeyspace(
    { node, now: () => clock.now(), partitions: given.partitions },
    { buckets: bucketsOf(given), secret: given.secret },
  );
  const front = createRespServer(
    { keyspace, clock, log, admin, cluster: createClusterView(given.name, node) },
    { ...listen, password: given.password },
  );
  undo.push(() => front.stop());
  await front.start();
  return { storage, network, node, keyspace, front, startedMs };
}

/** A disk that takes no writes has no clean stop: the next start reads what this one knew anew. */
async function closeNode(node: StoreNode, log: Log): Promise<void> {
  try {
    await node.close();
  } catch (error) {
    log.warn({ error }, "the node does not stop cleanly");
  }
}

/** Rounds in the background that a stop overtakes find the disk closed; that is no news. */
function untilAborted(log: Log, signal: AbortSignal): Log {
  const passing =
    (level: Exclude<keyof Log, "child">) =>
    (fields: LogFields, message: string): void => {
      if (!signal.aborted) log[level](fields, message);
    };
  return {
    debug: passing("debug"),
    info: passing("info"),
    warn: passing("warn"),
    error: passing("error"),
    child: (fields) => untilAborted(log.child(fields), signal),
  };
}

interface Place {
  readonly given: Start["given"];
  readonly peerPort: number;
  readonly listen: Address;
}

function openNode(ports: NodePorts, { given, peerPort, listen }: Place): StoreNode {
  return createStoreNode(ports, {
    ...paces,
    self: given.name,
    cluster: {
      ...moveLimits,
      member: {
        address: showAddress({ ...given.peer, port: peerPort }),
        clientAddress: showAddress(listen),
        zone: given.zone,
        weight: given.weight,
      },
      seeds: (given.join ?? []).map(showAddress),
      copies: given.copies,
      partitions: given.partitions,
    },
  });
}

async function untilAdmitted({ clock, log }: NodeDeps, node: StoreNode, signal: AbortSignal) {
  let saidMs = clock.monotonic();
  while (node.placement.version === 0) {
    await clock.sleep(ADMISSION_POLL_MS, signal);
    if (clock.monotonic() - saidMs < ADMISSION_LOG_MS) continue;
    saidMs = clock.monotonic();
    log.warn({}, "waiting to be taken into the cluster; do its members run?");
  }
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
