/** What people see of a node's part in its cluster. */
import type { MemberStatus, NodeStatus } from "../admin.ts";
import type { StoreNode } from "../node/node.ts";
import { endsOf, type Configuration, type ConfiguredMember } from "./configuration.ts";

/** The fields of a node's status that its cluster knows. */
export type RingStatus = Pick<
  NodeStatus,
  "cluster" | "table" | "members" | "moves" | "hints" | "repair"
>;

/** `nowMs` is monotonic, of the node's clock. O(partitions × copies). */
export function ringStatus(self: string, node: StoreNode, nowMs: number): RingStatus {
  const configuration = node.cluster.history.current();
  const { waiting, done, bytes } = node.cluster.filler.progress();
  return {
    cluster: configuration?.clusterId ?? "",
    table: tableStatus(configuration),
    members: configuration === undefined ? [] : membersStatus(self, node, configuration),
    moves: { waiting: Math.max(waiting, configuration?.moves.size ?? 0), done, bytes },
    hints: node.hints.targets().map(({ name, count, oldestAtMs }) => ({
      node: name,
      count,
      oldestMs: nowMs - oldestAtMs,
    })),
    repair: node.repair.progress(),
  };
}

function tableStatus(configuration: Configuration | undefined): NodeStatus["table"] {
  if (configuration === undefined)
    return { version: 0, partitions: 0, copies: 0, prefixes: [], runs: [] };
  const { version, target } = configuration;
  const runs: { first: number; last: number; owners: readonly string[] }[] = [];
  for (let partition = 0; partition < target.partitions; partition++) {
    const owners = ownersNow(configuration, partition);
    const last = runs.at(-1);
    if (last !== undefined && last.owners.join() === owners.join()) last.last = partition;
    else runs.push({ first: partition, last: partition, owners });
  }
  const { partitions, prefixes, tables } = target;
  return { version, partitions, copies: tables[0].copies, prefixes, runs };
}

/** Who counts for a partition now, not where it is going. */
function ownersNow(configuration: Configuration, partition: number): string[] {
  const { before, after } = endsOf(configuration, partition);
  return configuration.moves.get(partition)?.phase === "filling" ? before : after;
}

function membersStatus(
  self: string,
  node: StoreNode,
  configuration: Configuration,
): MemberStatus[] {
  const held = new Map<string, { partitions: number; firstOf: number }>();
  for (let partition = 0; partition < configuration.target.partitions; partition++) {
    for (const [seat, name] of ownersNow(configuration, partition).entries()) {
      const count = held.get(name) ?? { partitions: 0, firstOf: 0 };
      held.set(name, count);
      count.partitions += 1;
      if (seat === 0) count.firstOf += 1;
    }
  }
  return configuration.members.map((member) => ({
    name: member.name,
    state: stateOf(self, node, member),
    zone: member.zone,
    weight: member.weight,
    address: member.clientAddress === "" ? undefined : member.clientAddress,
    ...(held.get(member.name) ?? { partitions: 0, firstOf: 0 }),
  }));
}

/** One that does not answer is shown as that, whatever it is about to become. */
function stateOf(
  self: string,
  node: StoreNode,
  { name, state }: ConfiguredMember,
): MemberStatus["state"] {
  const life = name === self ? "up" : node.cluster.membership.stateOf(name);
  if (life !== "up") return life;
  if (state === "removed") return "down";
  return state === "member" ? "up" : state;
}
