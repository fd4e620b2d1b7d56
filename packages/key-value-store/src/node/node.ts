/**
 * One node: answers other nodes, coordinates calls, and in the background hands
 * over hints, compares with other owners and forgets.
 *
 * It is driven by its ports alone: what a run does follows from the clock, the
 * messages, the disk's answers and the numbers drawn. `receive` may be called at
 * any time from `start()` on; a stopped node says nothing more.
 */
import type { Random } from "@tenfold/core";
import { createCluster, type Cluster, type ClusterOptions } from "../cluster/cluster.ts";
import { createAcceptor, silentAcceptor } from "../consensus/acceptor.ts";
import type { Voters } from "../consensus/poll.ts";
import { createHybridClock } from "../hybrid-clock.ts";
import { createAnswer } from "./answer.ts";
import { createAntiEntropy } from "./anti-entropy.ts";
import { createCoordinator, type Coordinator, type CoordinatorDeps } from "./coordinator.ts";
import { createHeadReader, type HeadReader } from "./head-reader.ts";
import { createHousekeeping, type HousekeepingDeps } from "./housekeeping.ts";
import { createHints, type Hints } from "./hints.ts";
import { createLinearizable, type Linearizable } from "./linearizable.ts";
import { createKeyCoordinator, type KeyCoordinator } from "./key-coordinator.ts";
import { createDigests } from "./digests.ts";
import { createHandOver, type HandOverDeps } from "./hand-over.ts";
import type { Message } from "./messages.ts";
import { createPeers, type Peers, type PeersDeps } from "./peers.ts";
import { createInventory, type InventoryDeps, type InventoryTaker } from "./inventory.ts";
import type { NodePorts, Placement } from "./ports.ts";
import { createRangeReader, type RangeReader } from "./range-reader.ts";
import { createRepair, type Repair, type RepairDeps } from "./repair.ts";
import { createReplica, type Replica, type ReplicaDeps } from "./replica.ts";

export interface NodeOptions {
  readonly self: string;
  /** How long another node may take for one request. */
  readonly requestTimeoutMs: number;
  /** How often deadlines are looked at. */
  readonly tickMs: number;
  /** How often one other member is pinged. */
  readonly pingMs: number;
  /** How often hints are tried and one partition is compared. */
  readonly repairMs: number;
  readonly hintsMax: number;
  /** What cells that were used lately may take in memory. Default 128 MiB. */
  readonly cacheBytes?: number;
  /** What hints may take on the disk. Default 1 GiB. */
  readonly hintBytesMax?: number;
  /** How fast hints are handed over. Default 16 MiB/s. */
  readonly hintBytesPerSecond?: number;
  /** False for a node that lost its disk, and with it its word as a voter. Default true. */
  readonly isVoter?: boolean;
  /** How often what the cluster has to do next is looked at. */
  readonly stepMs: number;
  /** How often a page of the disk is counted. Never when absent. */
  readonly inventoryMs?: number;
  readonly cluster: Omit<ClusterOptions, "self" | "incarnation" | "pingMs" | "requestTimeoutMs">;
}

export interface StoreNode
  extends
    Pick<Coordinator, "read" | "readWhole" | "record" | "write">,
    Pick<KeyCoordinator, "edit" | "survey" | "inspect"> {
  /** A range of a key's cells, or of its index by score. */
  readonly range: RangeReader["read"];
  /** Heads of keys of the whole cluster, in the order of their places. */
  readonly heads: HeadReader["read"];
  /** Reads the disk, then serves until the signal ends it. */
  readonly start: (signal: AbortSignal) => Promise<void>;
  /** After the signal: ends it so that the next start goes on from here, reading little. */
  readonly close: () => Promise<void>;
  readonly receive: (from: string, message: Message) => void;
  readonly registers: Linearizable["registers"];
  /** The connection to a peer broke or was refused: it is not waited for, and asked anew. */
  readonly lost: (peer: string) => void;
  readonly placement: Placement;
  readonly cluster: Pick<
    Cluster,
    "membership" | "history" | "filler" | "leftovers" | "operations" | "isItself"
  >;
  /** For people and tests: hints held here, and the replica's own cells. */
  readonly hints: Pick<Hints, "count" | "targets">;
  /** A round compares this node with all other owners that can be reached. */
  readonly repair: Repair;
  readonly inventory: Pick<InventoryTaker, "last">;
  readonly replica: Pick<Replica, "read" | "page" | "knowledge" | "tombstones">;
}

const CACHE_BYTES = 128 * 2 ** 20;
const HINT_BYTES_PER_SECOND = 16 * 2 ** 20;

/** Constructing does nothing but draw this start's actor. */
export function createStoreNode(ports: NodePorts, options: NodeOptions): StoreNode {
  const { clock, random } = ports;
  const boot = draw48(random);
  const stamps = createHybridClock(() => clock.now());
  const basis = { ...ports, ...options, boot, stamps, drawActor: () => draw48(random) };
  const holding = holdingOf(options.self, () => placement);
  const replica = createReplica({ cacheBytes: CACHE_BYTES, ...basis, ...holding });
  const hints = createHints(ports, options);
  const acceptor = (options.isVoter ?? true) ? createAcceptor(ports.storage) : silentAcceptor;
  const peers = createPeers({
    ...basis,
    ...ofCluster(() => cluster),
    answer: (from, incoming) => answer(from, incoming),
  });
  const quorums = (partition: number): Voters => placement.quorums(partition);
  const { registers, ...agreement } = createLinearizable({ ...basis, peers, acceptor, quorums });
  const cluster = createCluster(
    {
      ...ports,
      request: peers.request,
      ...agreement,
      merge: replica.merge,
      compare: (peer, partition) => antiEntropy.compare(peer, partition),
      compareMany: (peer, partitions) => antiEntropy.compareMany(peer, partitions),
      drop: replica.drop,
      hintsHeld: hints.count,
    },
    { ...options, ...options.cluster, incarnation: stamps.tick() },
  );
  const { placement } = cluster;
  const shared = { ...ports, ...options, placement, peers, replica };
  const { coordinator, ranges, heads, keys } = createCoordination({ ...shared, hints });
  const acting = { ...shared, hints, digests: createDigests(shared), cluster };
  const antiEntropy = createAntiEntropy(acting);
  const answer = createAnswer({ ...acting, coordinator, keys, acceptor });
  const background = createBackground({ ...acting, keys, antiEntropy }, options);
  let isOpen = false;

  return {
    async start(signal) {
      for (const part of [hints, replica, cluster]) await part.open();
      isOpen = true;
      startLoops({ ports, options, signal }, { peers, cluster, ...background });
    },
    async close() {
      isOpen = false;
      await replica.close();
    },
    receive(from, message) {
      if (isOpen) peers.receive(from, message);
    },
    lost(peer) {
      if (isOpen) peers.lost(peer);
    },
    placement,
    cluster,
    ...coordinator,
    edit: keys.edit,
    survey: keys.survey,
    inspect: keys.inspect,
    range: ranges.read,
    heads: heads.read,
    registers,
    hints,
    repair: background.repair,
    inventory: background.inventory,
    replica,
  };
}

/** What peers need of the cluster, which in turn needs them. */
function ofCluster(cluster: () => Cluster): Pick<PeersDeps, "liveness" | "versions"> {
  return {
    liveness: {
      isReachable: (peer) => cluster().membership.isReachable(peer),
      heard: (peer) => cluster().membership.heard(peer),
      missed: (peer) => cluster().membership.missed(peer),
    },
    versions: {
      own: () => cluster().placement.version,
      heard: (from, version) => cluster().heard(from, version),
      catchUp: (from, version) => cluster().catchUp(from, version),
    },
  };
}

interface Working {
  readonly peers: Peers;
  readonly cluster: Cluster;
  readonly repair: Repair;
  readonly handOver: () => Promise<void>;
  readonly housekeeping: () => Promise<void>;
  readonly inventory: InventoryTaker;
}

/** Everything a node does on its own account, each at its own pace. */
function startLoops(
  { ports, options, signal }: { ports: NodePorts; options: NodeOptions; signal: AbortSignal },
  { peers, cluster, repair, handOver, housekeeping, inventory }: Working,
): void {
  const every = (everyMs: number, round: () => Promise<void>): void => {
    void loop({ ports, everyMs, signal }, round);
  };
  every(options.tickMs, async () => peers.tick());
  every(options.pingMs, async () => cluster.membership.round());
  every(options.stepMs, cluster.step);
  every(options.stepMs, cluster.fill);
  every(options.stepMs, cluster.letGo);
  every(options.repairMs, handOver);
  every(options.repairMs, repair.turn);
  every(options.repairMs, housekeeping);
  if (options.inventoryMs !== undefined) every(options.inventoryMs, inventory.round);
}

/** What this node is of a partition now. */
function holdingOf(self: string, placement: () => Placement): Pick<ReplicaDeps, "owns" | "takes"> {
  const owns = (partition: number): boolean => placement().owners(partition).includes(self);
  return {
    owns,
    takes: (partition) => owns(partition) || placement().joining(partition).includes(self),
  };
}

/** What is done for others and for later. */
function createBackground(
  deps: RepairDeps & HousekeepingDeps & InventoryDeps & Omit<HandOverDeps, "hintBytesPerSecond">,
  { hintBytesPerSecond = HINT_BYTES_PER_SECOND }: NodeOptions,
): Pick<Working, "repair" | "handOver" | "housekeeping" | "inventory"> {
  return {
    repair: createRepair(deps),
    handOver: createHandOver({ ...deps, hintBytesPerSecond }),
    housekeeping: createHousekeeping(deps),
    inventory: createInventory(deps),
  };
}

/** Everything that asks several owners. */
function createCoordination(deps: CoordinatorDeps) {
  const coordinator = createCoordinator(deps);
  const ranges = createRangeReader({ ...deps, read: coordinator.read });
  const heads = createHeadReader({ ...deps, read: coordinator.read });
  return { coordinator, ranges, heads, keys: createKeyCoordinator({ ...deps, ranges }) };
}

const draw48 = (random: Random): number => random.below(2 ** 24) * 2 ** 24 + random.below(2 ** 24);

async function loop(
  { ports, everyMs, signal }: { ports: NodePorts; everyMs: number; signal: AbortSignal },
  round: () => Promise<void>,
): Promise<void> {
  for (;;) {
    try {
      await ports.clock.sleep(everyMs, signal);
    } catch {
      // Only the signal ends a sleep early.
      return;
    }
    try {
      await round();
    } catch (error) {
      // The disk failed; what was to be repaired is looked for again in the next round.
      ports.log.error({ error }, "a round in the background failed");
    }
  }
}
