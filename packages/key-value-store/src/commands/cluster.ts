/**
 * CLUSTER: which node holds which slots, so that a client which understands it
 * sends a key straight to one of its replicas. Every node takes every command;
 * the first replica is shown as the master of a slot because clients want one.
 */
import { createHash } from "node:crypto";
import type { ClusterView } from "../keyspace.ts";
import type { Reply } from "../resp/reply.ts";
import type { Call, CommandSpec, Handler } from "./command.ts";
import { keySlot } from "./key-slot.ts";
import { refuse } from "./refusal.ts";

const SLOTS = 16_384;
const group = "cluster";
const flags = ["stale"] as const;

/** Neighbouring slots with the same replicas; both ends belong to it. */
interface SlotRange {
  first: number;
  last: number;
  owners: readonly string[];
}

type ClusterNode = ClusterView["nodes"][number];

export const clusterCommands: readonly CommandSpec[] = [
  {
    name: "cluster",
    arity: -2,
    flags: [],
    group,
    since: "3.0.0",
    summary: "Nodes and slots",
    subcommands: [
      sub("slots", "Which nodes hold which slots", withCluster(slots)),
      sub("shards", "Which nodes hold the same slots", withCluster(shards)),
      sub("nodes", "Nodes and their slots, as text", withCluster(nodes)),
      sub(
        "myid",
        "The name of this node",
        withCluster((view) => nodeId(view.self)),
      ),
      sub("info", "State of the cluster", withCluster(state)),
      {
        ...sub("keyslot", "The slot of a key", (args) => keySlot(args.bytes())),
        arity: 3,
      },
    ],
  },
];

function sub(name: string, summary: string, run: Handler): CommandSpec {
  return { name: `cluster|${name}`, arity: 2, flags, group, since: "3.0.0", summary, run };
}

function withCluster(answer: (view: ClusterView) => Reply): Handler {
  return (_, { front }: Call) =>
    front.cluster === undefined
      ? refuse("This instance has cluster support disabled")
      : answer(front.cluster);
}

/** 40 hexadecimal digits, as clients expect a node's ID to be, from its name. */
function nodeId(name: string): string {
  return createHash("sha1").update(name).digest("hex");
}

const computed = new WeakMap<ClusterView, { version: number; ranges: readonly SlotRange[] }>();

/** All slots that have owners, in order. Kept until the view changes. */
function slotRanges(view: ClusterView): readonly SlotRange[] {
  const kept = computed.get(view);
  if (kept?.version === view.version) return kept.ranges;
  const ranges: SlotRange[] = [];
  for (let slot = 0; slot < SLOTS; slot++) {
    const owners = view.owners(slot);
    const before = ranges.at(-1);
    if (before?.last === slot - 1 && isSame(before.owners, owners)) before.last = slot;
    else if (owners.length > 0) ranges.push({ first: slot, last: slot, owners });
  }
  computed.set(view, { version: view.version, ranges });
  return ranges;
}

function isSame(one: readonly string[], other: readonly string[]): boolean {
  return one.length === other.length && one.every((name, i) => name === other[i]);
}

function nodesOf(view: ClusterView, names: readonly string[]): ClusterNode[] {
  return names
    .map((name) => view.nodes.find((node) => node.name === name))
    .filter((node) => node !== undefined);
}

function slots(view: ClusterView): Reply {
  return slotRanges(view).map(({ first, last, owners }): Reply => [
    first,
    last,
    ...nodesOf(view, owners).map(({ host, port, name }): Reply => [host, port, nodeId(name), []]),
  ]);
}

function shards(view: ClusterView): Reply {
  const byOwners = new Map<string, { owners: readonly string[]; bounds: number[] }>();
  for (const { first, last, owners } of slotRanges(view)) {
    const key = JSON.stringify(owners);
    const shard = byOwners.get(key) ?? { owners, bounds: [] };
    shard.bounds.push(first, last);
    byOwners.set(key, shard);
  }
  return [...byOwners.values()].map(({ owners, bounds }): Reply => ({
    map: [
      ["slots", bounds],
      ["nodes", nodesOf(view, owners).map(shardNode)],
    ],
  }));
}

function shardNode(node: ClusterNode, place: number): Reply {
  return {
    map: [
      ["id", nodeId(node.name)],
      ["port", node.port],
      ["ip", node.host],
      ["endpoint", node.host],
      ["role", place === 0 ? "master" : "replica"],
      ["replication-offset", 0],
      ["health", node.state === "up" ? "online" : "failed"],
    ],
  };
}

function nodes(view: ClusterView): Reply {
  const lines = view.nodes.map((node) => {
    const own = slotRanges(view).filter(({ owners }) => owners[0] === node.name);
    const ranges = own.map(({ first, last }) => (first === last ? `${first}` : `${first}-${last}`));
    const failing = { up: "", suspect: ",fail?", down: ",fail" }[node.state];
    const marks = `${node.name === view.self ? "myself," : ""}master${failing}`;
    const link = node.state === "down" ? "disconnected" : "connected";
    // The second port is that of Redis's bus, which no client speaks.
    const address = `${node.host}:${node.port}@${node.port}`;
    return [nodeId(node.name), address, marks, "-", "0", "0", view.version, link, ...ranges].join(
      " ",
    );
  });
  return { verbatim: lines.map((line) => `${line}\n`).join("") };
}

function state(view: ClusterView): Reply {
  const assigned = slotRanges(view).reduce((sum, { first, last }) => sum + last - first + 1, 0);
  const lines = [
    `cluster_state:${assigned === SLOTS ? "ok" : "fail"}`,
    `cluster_slots_assigned:${assigned}`,
    `cluster_known_nodes:${view.nodes.length}`,
    `cluster_size:${view.nodes.length}`,
    `cluster_current_epoch:${view.version}`,
  ];
  return { verbatim: lines.map((line) => `${line}\r\n`).join("") };
}
