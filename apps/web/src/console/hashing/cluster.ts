/** The cluster on the page: its members, what it was before the last change, and what that change moved. */
import {
  createJump,
  createMaglev,
  createPartitionTable,
  createRendezvous,
  createRing,
  diff,
  diffKeys,
  murmur3,
  plan,
  type Locator,
  type PartitionTable,
  type RangedLocator,
} from "@tenfold/consistent-hashing";

export interface ClusterMember {
  id: string;
  weight: number;
  /** Index into the colours; kept for life. */
  colour: number;
}

export interface Cluster {
  members: readonly ClusterMember[];
  virtualNodes: number;
  ring: RangedLocator;
  table: PartitionTable;
  /** Before the last change of members; absent at first. */
  before?: { members: readonly ClusterMember[]; ring: RangedLocator; table: PartitionTable };
  /** "s5 came". */
  change?: string;
  /** Members ever made, for the next name. */
  made: number;
}

export type ClusterAction =
  | { kind: "add" }
  | { kind: "remove"; id: string }
  | { kind: "weigh"; id: string; weight: number }
  | { kind: "virtualNodes"; count: number }
  | { kind: "reset" };

export const MEMBERS_MAX = 12;
export const WEIGHT_MAX = 5;
const MEMBERS_FIRST = 4;
const VIRTUAL_NODES_FIRST = 10;

const sampleKeys = Array.from({ length: 3_000 }, (_, n) => `key${n}`);

/** s0 to s3, each with ten virtual nodes. */
export function firstCluster(): Cluster {
  const members = Array.from({ length: MEMBERS_FIRST }, (_, n) => ({
    id: `s${n}`,
    weight: 1,
    colour: n,
  }));
  return {
    members,
    virtualNodes: VIRTUAL_NODES_FIRST,
    ring: createRing(members, { virtualNodes: VIRTUAL_NODES_FIRST }),
    table: createPartitionTable(members),
    made: MEMBERS_FIRST,
  };
}

/** The next state. What cannot be done (a 13th member, removing the last) changes nothing. */
export function reduceCluster(cluster: Cluster, action: ClusterAction): Cluster {
  const { members, made } = cluster;
  switch (action.kind) {
    case "reset":
      return firstCluster();
    case "virtualNodes":
      return withVirtualNodes(cluster, action.count);
    case "add": {
      if (members.length === MEMBERS_MAX) return cluster;
      const used = new Set(members.map(({ colour }) => colour));
      const colour = Array.from({ length: MEMBERS_MAX }, (_, n) => n).find((n) => !used.has(n));
      const id = `s${made}`;
      const next = [...members, { id, weight: 1, colour: colour ?? 0 }];
      return change({ ...cluster, made: made + 1 }, next, `${id} came`);
    }
    case "remove": {
      if (members.length === 1) return cluster;
      const rest = members.filter(({ id }) => id !== action.id);
      return change(cluster, rest, `${action.id} went`);
    }
    default: {
      const weight = Math.min(WEIGHT_MAX, Math.max(1, action.weight));
      if (members.find(({ id }) => id === action.id)?.weight === weight) return cluster;
      const next = members.map((each) => (each.id === action.id ? { ...each, weight } : each));
      return change(cluster, next, `${action.id} weighs ${weight} now`);
    }
  }
}

function change(cluster: Cluster, members: readonly ClusterMember[], what: string): Cluster {
  const { ring, table, virtualNodes } = cluster;
  return {
    ...cluster,
    members,
    ring: createRing(members, { virtualNodes }),
    table: plan(table, members).after,
    before: { members: cluster.members, ring, table },
    change: what,
  };
}

/** Other points for all: what moved before says nothing any more, but is shown with the new ones. */
function withVirtualNodes(cluster: Cluster, virtualNodes: number): Cluster {
  const { before, members } = cluster;
  return {
    ...cluster,
    virtualNodes,
    ring: createRing(members, { virtualNodes }),
    ...(before && { before: { ...before, ring: createRing(before.members, { virtualNodes }) } }),
  };
}

export interface MovedRow {
  name: string;
  /** 0 to 1. */
  moved: number;
  betweenSurvivors: number;
}

export interface LastChange {
  minimum: number;
  rows: MovedRow[];
}

/** What the last change moved, by each way of dividing. Empty before the first one. */
export function lastChange({ before, members, ring, table }: Cluster): LastChange | undefined {
  if (before === undefined) return undefined;
  const exact = [
    { name: "Partition table", ...diff(before.table, table) },
    { name: "Ring", ...diff(before.ring, ring) },
  ];
  const pairs: [name: string, source: Locator, target: Locator][] = [
    ["Rendezvous", createRendezvous(before.members), createRendezvous(members)],
    ["Maglev", createMaglev(before.members), createMaglev(members)],
  ];
  const isEven = [...before.members, ...members].every(({ weight }) => weight === 1);
  if (isEven) {
    pairs.push(["Jump", createJump(before.members), createJump(members)]);
    pairs.push(["hash mod n", moduloLocator(before.members), moduloLocator(members)]);
  }
  const sampled = pairs.map(([name, source, target]) => ({
    name,
    ...diffKeys(source, target, sampleKeys),
  }));
  return {
    minimum: exact[0]?.minimum ?? 0,
    rows: [...exact, ...sampled].map(({ name, moved, betweenSurvivors }) => ({
      name,
      moved,
      betweenSurvivors,
    })),
  };
}

/** The way that needs no library, and moves nearly every key: serverIndex = hash(key) % n. */
function moduloLocator(members: readonly ClusterMember[]): Locator {
  return {
    algorithm: "jump",
    members: members.map(({ id, weight }) => ({ id, weight, zone: "" })),
    locate: (key) => members[murmur3(key) % members.length]?.id,
    walk: () => undefined,
    replicas: () => [],
  };
}

export interface SampleKey {
  key: string;
  /** 0 to 1 around the ring. */
  at: number;
  owner: string;
  /** Another than `owner` when the last change moved it. */
  formerOwner: string | undefined;
}

/** A few keys, to follow with the eye. */
export function followKeys(
  cluster: Cluster,
  locator: "ring" | "table",
  count: number,
): SampleKey[] {
  const now = cluster[locator];
  const before = cluster.before?.[locator];
  return sampleKeys.slice(0, count).map((key) => ({
    key,
    at: murmur3(key) / 2 ** 32,
    owner: now.locate(key) ?? "",
    formerOwner: before?.locate(key),
  }));
}
