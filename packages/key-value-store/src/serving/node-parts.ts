/** The parts of a running node, begun in order: disk, network, node, keyspace, front. */
import { join } from "node:path";
import { freePort, type Clock, type Log, type LogFields, type Random } from "@tenfold/core";
import type { Admin } from "../admin.ts";
import type { Layout } from "../cluster/layout.ts";
import { createKeyspace } from "../keyspace/create-keyspace.ts";
import { createHotKeys, type HotKeys } from "../keyspace/hot-keys.ts";
import type { Keyspace } from "../keyspace.ts";
import { createStoreNode, type StoreNode } from "../node/node.ts";
import type { NodePorts } from "../node/ports.ts";
import { createRespServer, type RespServer } from "../resp/server.ts";
import { createLevelStorage, type LevelStorage } from "../storage/level-storage.ts";
import { createTcpNetwork, type TcpNetwork } from "../wire/tcp-network.ts";
import { createClusterView } from "./cluster-view.ts";
import {
  bucketsOf,
  copiesOf,
  messageLimits,
  moveLimits,
  type nodeDefaults,
  requireCopies,
  paces,
  showAddress,
  type Address,
  type NodeConfig,
} from "./node-config.ts";

export interface NodeDeps {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
}

export type Given = NodeConfig & typeof nodeDefaults;

export interface Parts {
  readonly storage: LevelStorage;
  readonly network: TcpNetwork;
  readonly node: StoreNode;
  readonly keyspace: Keyspace;
  readonly hotKeys: HotKeys;
  readonly front: RespServer;
  readonly startedMs: number;
}

/** How often a node that asks for admission looks whether it is in, and says so in the log. */
const ADMISSION_POLL_MS = 20;
const ADMISSION_LOG_MS = 5_000;
export interface Start {
  readonly deps: NodeDeps;
  readonly given: Given;
  readonly admin: Admin;
  /** What has begun, in order; undone from the end. */
  readonly undo: (() => Promise<void>)[];
  readonly signal: AbortSignal;
}

export async function startParts({ deps, given, admin, undo, signal }: Start): Promise<Parts> {
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
      ...messageLimits(given),
      ...(given.tls === undefined ? {} : { tls: given.tls }),
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
  const layout = layoutOf(node);
  requireCopies(given, layout);
  const hotKeys = createHotKeys({ random, monotonic: () => clock.monotonic() });
  const keyspace = createKeyspace(
    { node, now: () => clock.now(), noted: hotKeys.note },
    { ...given.limits, buckets: bucketsOf(given, layout), secret: given.secret },
  );
  const front = createRespServer(
    { keyspace, clock, log, admin, cluster: createClusterView(given.name, node) },
    { ...listen, password: given.password },
  );
  undo.push(() => front.stop());
  await front.start();
  return { storage, network, node, keyspace, hotKeys, front, startedMs };
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
      ...copiesOf(given),
      partitions: given.partitions,
    },
  });
}

function layoutOf({ cluster }: StoreNode): Layout {
  const configuration = cluster.history.current();
  if (configuration === undefined) throw new Error("the node is not a member");
  return configuration.target;
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
