/** Use cases of administrators: see the ring, and run the nodes that are here. */
import { TenfoldError, type Clock } from "@tenfold/core";
import type { NodeStatus } from "@tenfold/key-value-store";
import type { KeyValueStatus, Ring } from "./contract.ts";
import type { Nodes } from "./nodes.ts";

export interface KeyValueService extends Pick<Nodes, "add" | "drain" | "remove" | "repair"> {
  status(): Promise<KeyValueStatus>;
}

export interface ServiceDeps {
  clock: Clock;
  nodes: Nodes;
}

export function createKeyValueService(
  { clock, nodes }: ServiceDeps,
  { nodesMax }: { nodesMax: number },
): KeyValueService {
  return {
    async status() {
      const head = {
        readAt: new Date(clock.now()).toISOString(),
        where: nodes.where,
        address: nodes.address ?? null,
        nodesMax,
      };
      try {
        const ring = ringOf(await nodes.status(), new Set(nodes.local));
        return { ...head, ring, problem: null };
      } catch (error) {
        // The page must show that no node answers, and why.
        if (!(error instanceof Error)) throw error;
        const problem = error instanceof TenfoldError ? error.message : "No node answers.";
        return { ...head, ring: null, problem };
      }
    },
    add: () => nodes.add(),
    drain: (name) => nodes.drain(name),
    remove: (name) => nodes.remove(name),
    repair: () => nodes.repair(),
  };
}

function keysOf({ keys: { hottest, counted } }: NodeStatus): Ring["keys"] {
  return {
    hottest: [...hottest],
    counted:
      counted === undefined
        ? null
        : { ...counted, biggest: [...counted.biggest], ageMs: spanOf(counted.ageMs) ?? 0 },
  };
}

function ringOf(status: NodeStatus, local: ReadonlySet<string>): Ring {
  const { table, repair } = status;
  return {
    seenBy: status.name,
    state: status.state,
    reason: status.reason ?? null,
    table: {
      ...table,
      prefixes: [...table.prefixes],
      runs: table.runs.map(({ first, last, owners }) => ({ first, last, owners: [...owners] })),
    },
    members: status.members.map((member) => ({
      ...member,
      address: member.address ?? null,
      isLocal: local.has(member.name),
    })),
    moves: status.moves,
    keys: keysOf(status),
    hints: status.hints.map(({ node, count, oldestMs }) => ({
      node,
      count,
      oldestMs: spanOf(oldestMs),
    })),
    repair: { ...repair, lagMs: spanOf(repair.lagMs) },
    storage: status.storage,
  };
}

/** What began after the clock was read has taken no time. */
const spanOf = (ms: number | undefined): number | null =>
  ms === undefined ? null : Math.max(0, ms);
