/**
 * One node: answers other nodes, coordinates calls, and in the background hands
 * over hints, compares with other owners and forgets.
 *
 * It is driven by its ports alone: what a run does follows from the clock, the
 * messages, the disk's answers and the numbers drawn. `receive` may be called at
 * any time from `start()` on; a stopped node says nothing more.
 */
import { partitionOfCellKey } from "../cell-key.ts";
import { Membership, type Liveness } from "../cluster/membership.ts";
import { createAcceptor, type Acceptor } from "../consensus/acceptor.ts";
import { createRegisters, type ChangeOf, type Changed } from "../consensus/registers.ts";
import { createHybridClock } from "../hybrid-clock.ts";
import { answerKeys } from "./answer-keys.ts";
import { answerHashes, answerLeaf, createAntiEntropy, type AntiEntropy } from "./anti-entropy.ts";
import { createCoordinator, type Coordinator } from "./coordinator.ts";
import { createHeadReader, type HeadReader } from "./head-reader.ts";
import { createHints, type Hints } from "./hints.ts";
import { createKeyCoordinator, type KeyCoordinator } from "./key-coordinator.ts";
import type { Message, Reply } from "./messages.ts";
import { createPeers, type Incoming, type Peers } from "./peers.ts";
import type { NodePorts } from "./ports.ts";
import { createRangeReader, type RangeReader } from "./range-reader.ts";
import { createReplica, type Replica } from "./replica.ts";

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
}

/** Hints handed over to one owner in one round, so that it is not flooded. */
const HINTS_PER_ROUND = 32;

/** A ping to a slow peer may take so many times what a request may. */
const PING_TIMEOUT_SCALE = 4;

export interface StoreNode
  extends Pick<Coordinator, "read" | "write">, Pick<KeyCoordinator, "edit" | "survey" | "inspect"> {
  /** A range of a key's cells, or of its index by score. */
  readonly range: RangeReader["read"];
  /** Heads of keys of the whole cluster, in the order of their places. */
  readonly heads: HeadReader["read"];
  /** Reads the disk, then serves until the signal ends it. */
  readonly start: (signal: AbortSignal) => Promise<void>;
  readonly receive: (from: string, message: Message) => void;
  /** Linearizable: one value per place, apart from the cells. See `consensus/registers.ts`. */
  readonly registers: {
    readonly change: (place: Uint8Array, fn: ChangeOf) => Promise<Changed>;
    readonly read: (place: Uint8Array) => Promise<Uint8Array | undefined>;
  };
  /** The connection to a peer broke or was refused: it is not waited for, and asked anew. */
  readonly lost: (peer: string) => void;
  /** What this node makes of the others. */
  readonly liveness: () => Liveness[];
  /** For people and tests: hints held here, and the replica's own cells. */
  readonly hints: Pick<Hints, "count">;
  readonly replica: Pick<Replica, "read" | "leaf" | "knowledge" | "tombstones">;
}

/** Constructing does nothing but draw this start's actor. */
export function createStoreNode(ports: NodePorts, options: NodeOptions): StoreNode {
  const { clock, random, network, storage, placement } = ports;
  const { self, requestTimeoutMs } = options;
  const boot = random.below(2 ** 24) * 2 ** 24 + random.below(2 ** 24);
  const stamps = createHybridClock(() => clock.now());
  const owns = (partition: number): boolean => placement.owners(partition).includes(self);
  const replica = createReplica({ storage, stamps, actor: boot, owns });
  const hints = createHints(storage, options);
  const membership = new Membership(
    { clock, random, ask: (to, request, timeoutMs) => peers.request(to, request, timeoutMs) },
    {
      self,
      incarnation: stamps.tick(),
      pingMs: options.pingMs,
      pingTimeoutMsMin: requestTimeoutMs,
      pingTimeoutMsMax: PING_TIMEOUT_SCALE * requestTimeoutMs,
    },
  );
  const peers = createPeers({
    boot,
    clock,
    log: ports.log,
    stamps,
    network,
    liveness: membership,
    versions: { own: () => placement.version, heard: () => undefined },
    answer: (from, incoming) => answer(from, incoming),
  });
  const shared = { self, placement, peers, replica, requestTimeoutMs, log: ports.log };
  const coordinator = createCoordinator({ ...shared, hints });
  const ranges = createRangeReader({ ...shared, read: coordinator.read });
  const heads = createHeadReader({ ...shared, read: coordinator.read });
  const keys = createKeyCoordinator({ ...shared, hints, ranges });
  const antiEntropy = createAntiEntropy(shared);
  const acceptor = createAcceptor(storage);
  const answer = createAnswer({ replica, hints, coordinator, keys, acceptor, membership });
  let isOpen = false;

  return {
    async start(signal) {
      await hints.open();
      await replica.open(placement.partitions);
      membership.watch(placement.members);
      isOpen = true;
      void loop({ ports, everyMs: options.tickMs, signal }, async () => peers.tick());
      void loop({ ports, everyMs: options.pingMs, signal }, async () => membership.round());
      void loop(
        { ports, everyMs: options.repairMs, signal },
        createRepairRound({ ...shared, hints, antiEntropy, ports }),
      );
    },
    receive(from, message) {
      if (isOpen) peers.receive(from, message);
    },
    lost(peer) {
      if (isOpen) peers.lost(peer);
    },
    liveness: () => membership.list(),
    read: coordinator.read,
    edit: keys.edit,
    survey: keys.survey,
    inspect: keys.inspect,
    range: ranges.read,
    heads: heads.read,
    write: coordinator.write,
    registers: createKeyRegisters({ boot, ports, options, peers, acceptor }),
    hints,
    replica,
  };
}

/** Registers whose voters are the owners of their place. */
function createKeyRegisters(deps: {
  boot: number;
  ports: NodePorts;
  options: NodeOptions;
  peers: Peers;
  acceptor: Acceptor;
}): StoreNode["registers"] {
  const { boot, ports, options, peers, acceptor } = deps;
  const { clock, random, placement } = ports;
  const { self, requestTimeoutMs } = options;
  const registers = createRegisters(
    {
      boot,
      clock,
      random,
      ask: (to, request) =>
        to === self ? acceptor.answer(request) : peers.request(to, request, requestTimeoutMs),
    },
    // As long as a write may take, and about one round trip for the first wait.
    { timeoutMs: 4 * requestTimeoutMs, backoffMs: requestTimeoutMs / 50 },
  );
  const votersOf = (place: Uint8Array) => () => [placement.owners(partitionOfCellKey(place))];
  return {
    change: (place, fn) => registers.change(place, votersOf(place), fn),
    read: (place) => registers.read(place, votersOf(place)),
  };
}

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

function createAnswer({
  replica,
  hints,
  coordinator,
  keys,
  acceptor,
  membership,
}: {
  replica: Replica;
  hints: Hints;
  coordinator: Coordinator;
  keys: KeyCoordinator;
  acceptor: Acceptor;
  membership: Membership;
}): (from: string, incoming: Incoming) => Promise<Reply | undefined> {
  return async (from, { request }) => {
    switch (request.kind) {
      case "ping":
        membership.take(request.rumours);
        return { kind: "rumours", rumours: membership.rumoursFor(from) };
      case "probe":
        return membership.answerProbe(request.target);
      case "configuration":
        return { kind: "refused" };
      case "read": {
        const knowledge = replica.knowledge(partitionOfCellKey(request.place));
        return { kind: "cell", cell: await replica.read(request.place), knowledge };
      }
      case "merge":
        await replica.merge(request.place, request.cell);
        return { kind: "done" };
      case "hint":
        return (await hints.keep(request)) ? { kind: "done" } : { kind: "refused" };
      case "write": {
        const cell = await coordinator.writeAsOwner(request);
        const knowledge = replica.knowledge(partitionOfCellKey(request.place));
        return cell === undefined ? { kind: "refused" } : { kind: "cell", cell, knowledge };
      }
      case "survey":
      case "merge-all":
      case "page":
      case "heads":
      case "edit":
        return answerKeys(request, { replica, keys });
      case "hashes":
        return answerHashes(replica, request);
      case "leaf":
        return answerLeaf(replica, request);
      default:
        return acceptor.answer(request);
    }
  };
}

interface RepairDeps {
  readonly self: string;
  readonly peers: Peers;
  readonly hints: Hints;
  readonly antiEntropy: AntiEntropy;
  readonly ports: NodePorts;
  readonly requestTimeoutMs: number;
}

/** One round: hand over hints, compare one partition with one owner. */
function createRepairRound(deps: RepairDeps): () => Promise<void> {
  const { self, peers, hints, antiEntropy, ports, requestTimeoutMs } = deps;
  const { placement, clock } = ports;
  const others = placement.members.filter((member) => member !== self);
  // In turns rather than by lot, so that every pair is compared within a known time.
  const pairs = Array.from({ length: placement.partitions }, (_, partition) => partition).flatMap(
    (partition) => {
      const owners = placement.owners(partition);
      if (!owners.includes(self)) return [];
      return owners.filter((owner) => owner !== self).map((owner) => ({ partition, owner }));
    },
  );
  let turn = 0;

  const handOver = async (target: string): Promise<void> => {
    for (const hint of await hints.list(target, HINTS_PER_ROUND)) {
      const { place, cell } = hint;
      const reply = await peers.request(target, { kind: "merge", place, cell }, requestTimeoutMs);
      if (reply?.kind !== "done") return;
      await hints.forget(hint);
    }
  };

  return async () => {
    if (hints.count() > 0) await Promise.all(others.filter(peers.isReachable).map(handOver));
    const pair = pairs[turn % pairs.length];
    turn += 1;
    if (pair === undefined || !peers.isReachable(pair.owner)) return;
    await antiEntropy.compare(pair.owner, pair.partition);
    await antiEntropy.forget(pair.partition, clock.now());
  };
}
