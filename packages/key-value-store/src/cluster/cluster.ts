/**
 * A node's part in its cluster: who lives, what is agreed, what moves.
 *
 *     membership   who lives                       every pingMs
 *     history      the configuration it acts by    as it hears of newer ones
 *     steward      the cluster's next step         on one node
 *     filler       partitions that come
 *     leftovers    partitions that went
 */
import type { Clock, Log, Random } from "@tenfold/core";
import type { PlacedCell, Reply, Request } from "../node/messages.ts";
import type { Network, Placement, Storage } from "../node/ports.ts";
import { memberOf, endsOf, type Configuration, type ConfiguredMember } from "./configuration.ts";
import { createFiller, type Filler } from "./filler.ts";
import { createHistory, type History, type HistoryDeps } from "./history.ts";
import { openIdentity } from "./identity.ts";
import type { PrefixCopies } from "./layout.ts";
import { createLeftovers, type Leftovers } from "./leftovers.ts";
import { createLivePlacement } from "./live-placement.ts";
import { Membership } from "./membership.ts";
import { createReports, type Reports } from "./reports.ts";
import { createOperations, type Operations } from "./operations.ts";
import { nextStep, stewardOf } from "./steward.ts";
import { foundCluster, withChanged, withMember } from "./transitions.ts";

export interface ClusterOptions {
  readonly self: string;
  /** Hybrid stamp of this start. */
  readonly incarnation: number;
  readonly member: Pick<ConfiguredMember, "address" | "clientAddress" | "zone" | "weight">;
  /** Addresses of members to ask for admission. With none, and nothing on the disk, it founds a cluster. */
  readonly seeds: readonly string[];
  /** What the first configuration is, where all members are known beforehand. */
  readonly first?: Configuration | undefined;
  /** What a cluster is founded with; one that is joined has its own. */
  readonly copies: number;
  readonly partitions: number;
  readonly prefixes?: readonly PrefixCopies[] | undefined;
  readonly pingMs: number;
  readonly requestTimeoutMs: number;
  /** Partitions filled at the same time, and bytes per second, at most. */
  readonly fillsAtOnceMax: number;
  readonly fillBytesPerSecond: number;
}

export interface ClusterDeps {
  readonly clock: Clock;
  readonly log: Log;
  readonly random: Random;
  readonly storage: Storage;
  readonly network: Network;
  readonly request: (to: string, request: Request, timeoutMs: number) => Promise<Reply | undefined>;
  readonly decide: HistoryDeps["decide"];
  readonly merge: (placed: PlacedCell) => Promise<boolean>;
  readonly compare: (peer: string, partition: number) => Promise<boolean>;
  readonly compareMany: (peer: string, partitions: readonly number[]) => Promise<Set<number>>;
  readonly settle: (partition: number) => Promise<boolean>;
  readonly drop: (partition: number) => Promise<void>;
  /** Hints that this node keeps for others. */
  readonly hintsHeld: () => number;
}

export interface Cluster {
  readonly placement: Placement;
  readonly membership: Membership;
  readonly history: History;
  readonly filler: Filler;
  readonly leftovers: Leftovers;
  readonly operations: Operations;
  /** Reads the disk. Before anything else, once. */
  readonly open: () => Promise<void>;
  /** A message came from a node that acts by that version. */
  readonly heard: (from: string, version: number) => void;
  /** Resolves when this node acts by that version, or cannot come to it. */
  readonly catchUp: (from: string, version: number) => Promise<void>;
  readonly answer: (from: string, request: ClusterRequest) => Promise<Reply>;
  /** Asks for admission, reports, and takes the cluster's next step when it is this node's turn. */
  readonly step: () => Promise<void>;
  /** Fills what is to come, until nothing waits. May take long. */
  readonly fill: () => Promise<void>;
  /** Lets go of what went. */
  readonly letGo: () => Promise<void>;
  /** Whether this node is who the configuration takes it for, with the disk it had. */
  readonly isItself: () => boolean;
}

export type ClusterRequest = Extract<
  Request,
  { kind: "ping" | "probe" | "configuration" | "join" | "report" | "take-over" }
>;

/** A ping to a slow peer may take so many times what a request may. */
const PING_TIMEOUT_SCALE = 4;

/** Constructing does nothing. */
export function createCluster(deps: ClusterDeps, options: ClusterOptions): Cluster {
  const { self, requestTimeoutMs } = options;
  const { clock, random, network, request } = deps;
  const placement = createLivePlacement();
  const reports = createReports();
  const ask = (to: string, message: Request): Promise<Reply | undefined> =>
    request(to, message, requestTimeoutMs);
  const membership = new Membership(
    { clock, random, ask: request },
    {
      self,
      incarnation: options.incarnation,
      pingMs: options.pingMs,
      pingTimeoutMsMin: requestTimeoutMs,
      pingTimeoutMsMax: PING_TIMEOUT_SCALE * requestTimeoutMs,
    },
  );
  const isReachable = (name: string): boolean => membership.isReachable(name);
  let id = 0;
  const history = createHistory({
    ...deps,
    ask,
    lists: (configuration) => isItself(configuration, self, id),
    adopted(next, before) {
      network.know?.(next.members.filter(({ name }) => name !== self));
      placement.use(next);
      membership.watch(placement.members);
      filler.follow(next);
      if (before !== undefined) leftovers.add(partitionsLeft(self, before, next));
    },
  });
  const leftovers = createLeftovers({ ...deps, self, placement, isReachable, ask });
  const filler = createFiller(
    {
      ...deps,
      ask,
      isReachable,
      current: history.current,
      isDropping: leftovers.isDropping,
    },
    {
      self,
      atOnceMax: options.fillsAtOnceMax,
      bytesPerSecond: options.fillBytesPerSecond,
    },
  );
  const isMember = (): boolean => isItself(history.current(), self, id);
  const parts: Parts = { deps, options, history, membership, reports, filler, leftovers };

  return {
    placement,
    membership,
    history,
    filler,
    leftovers,
    operations: createOperations(history),
    async open() {
      id = await openIdentity(deps.storage, random);
      const isFounder = options.first === undefined && options.seeds.length === 0;
      const founded = isFounder ? found(options, id, random) : undefined;
      await history.open(options.first ?? founded);
    },
    heard(from, version) {
      reports.heard(from, version);
      if (version <= placement.version) return;
      history.catchUp(from, version).catch((error: unknown) => {
        // The disk does not take it; this node goes on by what it has.
        deps.log.error({ error, version }, "a configuration could not be taken over");
      });
    },
    catchUp: history.catchUp,
    answer: createClusterAnswer(parts),
    step: createStep(parts, () => id),
    async fill() {
      if (isMember()) await filler.round();
    },
    async letGo() {
      if (isMember()) await leftovers.round();
    },
    isItself: isMember,
  };
}

interface Parts {
  readonly deps: ClusterDeps;
  readonly options: ClusterOptions;
  readonly history: History;
  readonly membership: Membership;
  readonly reports: Reports;
  readonly filler: Filler;
  readonly leftovers: Leftovers;
}

function found(options: ClusterOptions, id: number, random: Random): Configuration {
  const { self, member, copies, partitions, prefixes } = options;
  return foundCluster({
    clusterId: Buffer.from(random.bytes(8)).toString("hex"),
    members: [{ name: self, id, ...member, state: "member" }],
    copies,
    partitions,
    prefixes,
  });
}

/** Members of a configuration that was given, not joined, have no number: there it is not asked. */
function isItself(configuration: Configuration | undefined, self: string, id: number): boolean {
  const member = configuration === undefined ? undefined : memberOf(configuration, self);
  return member !== undefined && (member.id === id || member.id === 0);
}

/** The partitions that a node held a part of and does not any more. */
function partitionsLeft(self: string, before: Configuration, next: Configuration): number[] {
  const left: number[] = [];
  for (let partition = 0; partition < next.target.partitions; partition++) {
    if (!isPartOf(self, before, partition) || isPartOf(self, next, partition)) continue;
    left.push(partition);
  }
  return left;
}

function isPartOf(self: string, configuration: Configuration, partition: number): boolean {
  const { before, after } = endsOf(configuration, partition);
  return before.includes(self) || after.includes(self);
}

function createClusterAnswer({
  deps,
  history,
  membership,
  reports,
}: Parts): (from: string, request: ClusterRequest) => Promise<Reply> {
  return async (from, request) => {
    switch (request.kind) {
      case "ping":
        membership.take(request.rumours);
        return { kind: "rumours", rumours: membership.rumoursFor(from) };
      case "probe":
        return membership.answerProbe(request.target);
      case "configuration":
        return history.answer(request.above);
      case "join":
        await history.propose((current) => admit(current, request.member));
        return history.answer(0);
      case "report":
        reports.take(from, request);
        return { kind: "done" };
      default:
        return (await deps.compare(from, request.partition))
          ? { kind: "done" }
          : { kind: "refused" };
    }
  };
}

/** With the one that asks, unless it is in already just so. */
function admit(current: Configuration, member: ConfiguredMember): Configuration | undefined {
  const known = memberOf(current, member.name);
  if (known?.id !== member.id) return withMember(current, { ...member, state: "joining" });
  const { address, clientAddress } = member;
  if (isAt(known, member)) return undefined;
  return withChanged(current, member.name, { address, clientAddress });
}

type Whereabouts = Pick<ConfiguredMember, "address" | "clientAddress">;

const isAt = (one: Whereabouts, other: Whereabouts): boolean =>
  one.address === other.address && one.clientAddress === other.clientAddress;

function createStep(parts: Parts, id: () => number): () => Promise<void> {
  const { deps, options, history, membership, reports, filler, leftovers } = parts;
  const { self } = options;
  const ask = (to: string, message: Request): Promise<Reply | undefined> =>
    deps.request(to, message, options.requestTimeoutMs);

  const asked = (): ConfiguredMember => {
    return { name: self, id: id(), ...options.member, state: "joining" };
  };
  /** Whether it is a member, and elsewhere than the others are told. */
  const hasMoved = (): boolean => {
    const configuration = history.current();
    const own = configuration === undefined ? undefined : memberOf(configuration, self);
    return own?.id === id() && !isAt(own, options.member);
  };
  /** Asks to be taken in. One that was let go does not: that was somebody's wish. */
  const join = async (): Promise<void> => {
    const member = asked();
    for (const seed of options.seeds) {
      const reply = await deps.request(
        seed,
        { kind: "join", member },
        JOIN_TIMEOUT_SCALE * options.requestTimeoutMs,
      );
      if (reply?.kind !== "configuration") continue;
      await history.adopt(reply.bytes);
      if (isItself(history.current(), self, id()) && !hasMoved()) return;
    }
  };
  const report = async (configuration: Configuration, steward: string): Promise<void> => {
    const state = memberOf(configuration, self)?.state;
    const filled = filler.filled();
    if (filled.length === 0 && state !== "leaving") return;
    const message = { kind: "report", filled, held: leftovers.count() + deps.hintsHeld() } as const;
    const news = { ...message, version: configuration.version };
    if (steward === self) reports.take(self, news);
    else await ask(steward, news);
  };

  return async () => {
    const configuration = history.current();
    if (configuration === undefined) await join();
    if (configuration === undefined || !isItself(configuration, self, id())) return;
    // Members that all moved know no way to each other: those it was told of are the way.
    if (hasMoved()) await join();
    if (hasMoved()) await history.propose((current) => admit(current, asked()));
    const isUp = (name: string): boolean => membership.isReachable(name);
    const isLost = (name: string): boolean => membership.stateOf(name) === "down";
    const steward = stewardOf(configuration, isUp);
    if (steward !== undefined) await report(configuration, steward);
    if (steward !== self) return;
    reports.heard(self, configuration.version);
    await history.propose((current) => nextStep(current, { isUp, isLost, ...reports.view }));
  };
}

/** Admission is a decision of the voters: two round trips to each, with fsyncs. */
const JOIN_TIMEOUT_SCALE = 8;
