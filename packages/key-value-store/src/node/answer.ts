/** What a node answers to another one. */
import { partitionOfCellKey } from "../cell-key.ts";
import { compareDots } from "../cell.ts";
import type { Cluster, ClusterRequest } from "../cluster/cluster.ts";
import type { Acceptor } from "../consensus/acceptor.ts";
import { onlyDotOf } from "../record.ts";
import { answerKeys } from "./answer-keys.ts";
import { answerHashes, answerLeaf, answerRoots } from "./anti-entropy.ts";
import type { Coordinator } from "./coordinator.ts";
import type { Digests } from "./digests.ts";
import { createFence } from "./fence.ts";
import type { Hints } from "./hints.ts";
import type { KeyCoordinator } from "./key-coordinator.ts";
import type { Reply, Request } from "./messages.ts";
import type { Incoming } from "./peers.ts";
import type { Storage } from "./ports.ts";
import { answerPull } from "./pull.ts";
import type { Replica } from "./replica.ts";

export interface AnswerDeps {
  readonly self: string;
  readonly storage: Storage;
  readonly replica: Replica;
  readonly digests: Digests;
  readonly hints: Hints;
  readonly coordinator: Coordinator;
  readonly keys: KeyCoordinator;
  readonly acceptor: Acceptor;
  readonly cluster: Cluster;
}

/** `undefined`: nothing is said, and the asker's deadline will pass. */
export function createAnswer(
  deps: AnswerDeps,
): (from: string, incoming: Incoming) => Promise<Reply | undefined> {
  const { self, cluster } = deps;
  const fence = createFence({ self, placement: cluster.placement, catchUp: cluster.catchUp });
  const refuseOrAnswer = async (
    refusal: Promise<Reply | undefined>,
    from: string,
    request: Exclude<Request, ClusterRequest>,
  ): Promise<Reply> => (await refusal) ?? answerAsOwner(deps, from, request);
  return (from, { request, version }) => {
    if (isClusterRequest(request)) return cluster.answer(from, request);
    // Who lost its disk has lost its word as a voter.
    if (isDecision(request)) {
      return cluster.isItself() ? deps.acceptor.answer(request) : refused;
    }
    const refusal = fence(from, request, version);
    if (refusal instanceof Promise) return refuseOrAnswer(refusal, from, request);
    return refusal === undefined ? answerAsOwner(deps, from, request) : Promise.resolve(refusal);
  };
}

const refused: Promise<Reply> = Promise.resolve({ kind: "refused" });
const done: Reply = Object.freeze({ kind: "done" });
const stale: Reply = Object.freeze({ kind: "stale" });
const confirmed: Promise<Reply> = Promise.resolve(done);

const clusterKinds = new Set<Request["kind"]>([
  "ping",
  "probe",
  "configuration",
  "join",
  "report",
  "take-over",
]);

function isClusterRequest(request: Request): request is ClusterRequest {
  return clusterKinds.has(request.kind);
}

type Vote = Extract<Request, { kind: "prepare" | "accept" | "inspect" }>;

/** First byte of the registers in which configurations are decided. */
const DECISION = 0x63;

function isDecision(request: Request): request is Vote {
  return "register" in request && request.register[0] === DECISION;
}

/** Copies and confirmations are most of what owners are asked for: they take the shortest way. */
function answerAsOwner(
  deps: AnswerDeps,
  from: string,
  request: Exclude<Request, ClusterRequest>,
): Promise<Reply> {
  switch (request.kind) {
    case "merge":
      return deps.replica.merge(request.placed).then((isTaken) => (isTaken ? done : stale));
    case "confirm":
      return isConfirmed(deps.replica, request) ? confirmed : refused;
    default:
      return answerOther(deps, from, request);
  }
}

/** Only of what is in memory: the asker reads all of it otherwise, here too. */
function isConfirmed(
  replica: Replica,
  { place, dot }: Extract<Request, { kind: "confirm" }>,
): boolean {
  const record = replica.record(place);
  const held = record === undefined ? undefined : onlyDotOf(record);
  return held !== undefined && compareDots(held, dot) === 0;
}

async function answerOther(
  deps: AnswerDeps,
  from: string,
  request: Exclude<Request, ClusterRequest | { kind: "merge" | "confirm" }>,
): Promise<Reply> {
  const { replica, hints, coordinator, keys, acceptor, storage } = deps;
  switch (request.kind) {
    case "read": {
      const knowledge = replica.knowledge(partitionOfCellKey(request.place));
      return { kind: "cell", cell: await replica.read(request.place), knowledge };
    }
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
    case "summary":
      return { kind: "summary", groups: deps.digests.summary(from) };
    case "roots":
      return answerRoots(replica, request);
    case "leaf":
      return answerLeaf(replica, request);
    case "registers":
      return { kind: "registers", ...(await acceptor.list(request.partition, request.after)) };
    case "pull":
      return answerPull(storage, request);
    default:
      return acceptor.answer(request);
  }
}
