/**
 * Nodes in one process whose messages arrive at once, unless a link is cut. Between
 * them time passes with the turns of the event loop; wall time is the test's to move.
 */
import { silentLog, type Clock, createSeededRandom } from "@tenfold/core";
import type { Configuration } from "../cluster/configuration.ts";
import { foundCluster } from "../cluster/transitions.ts";
import { createKeyspace, type KeyspaceOptions } from "../keyspace/create-keyspace.ts";
import type { Keyspace } from "../keyspace.ts";
import type { Message } from "../node/messages.ts";
import { createStoreNode, type NodeOptions, type StoreNode } from "../node/node.ts";
import { createMemoryStorage } from "./memory-storage.ts";
import type { Storage } from "../node/ports.ts";

export interface MemoryCluster {
  readonly names: readonly string[];
  readonly nodes: readonly StoreNode[];
  /** One over each node. */
  readonly keyspaces: readonly Keyspace[];
  readonly clock: { nowMs: number };
  /** Messages only go between nodes of one group from here on, by place; others are alone. */
  readonly part: (...groups: readonly (readonly number[])[]) => void;
  readonly heal: () => void;
  /** Lets hints be handed over and owners that hear of each other compare, more than once. */
  readonly settle: () => Promise<void>;
  /** What each node stores, to look at or to damage. */
  readonly storages: readonly Storage[];
  readonly [Symbol.asyncDispose]: () => Promise<void>;
}

export interface MemoryClusterOptions extends KeyspaceOptions {
  readonly nodes: number;
  readonly partitions?: number;
  readonly seed?: number;
  /** As of a node. */
  readonly inventoryMs?: number;
  /** Wall time; a test's own `clock.nowMs` when not given. */
  readonly now?: () => number;
}

const START_MS = 1_800_000_000_000;
const REPAIR_MS = 5;
/** Per partition: long enough for suspicions to end and each pair to compare several times. */
const SETTLE_MS = 120;

/** All nodes own everything. */
export async function createMemoryCluster({
  nodes: count,
  partitions = 4,
  seed = 1,
  now,
  inventoryMs,
  ...options
}: MemoryClusterOptions): Promise<MemoryCluster> {
  const names = Array.from({ length: count }, (_, index) => `n${index + 1}`);
  const clock = { nowMs: START_MS };
  const wall = now ?? ((): number => clock.nowMs);
  const where = { clientAddress: "", zone: "", weight: 1, state: "member" as const };
  const members = names.map((name) => ({ name, id: 0, address: name, ...where }));
  const sides = new Map<string, number>();
  const random = createSeededRandom(seed);
  const ending = new AbortController();
  const timers = createTimers(ending.signal);
  const storages = names.map(() => createMemoryStorage());
  const nodes = names.map((self, at) => {
    const send = (to: string, message: Message): void => {
      if (sides.get(self) !== sides.get(to)) return;
      setImmediate(() => nodes[names.indexOf(to)]?.receive(self, message));
    };
    const nodeClock: Clock = { now: wall, monotonic: timers.monotonic, sleep: timers.sleep };
    return createStoreNode(
      {
        clock: nodeClock,
        log: silentLog,
        random,
        network: { send },
        storage: storages[at] ?? createMemoryStorage(),
      },
      {
        ...optionsOf(
          self,
          foundCluster({ clusterId: "memory", members, copies: count, partitions }),
        ),
        ...(inventoryMs === undefined ? {} : { inventoryMs }),
      },
    );
  });
  for (const node of nodes) await node.start(ending.signal);
  return {
    names,
    nodes,
    storages,
    clock,
    keyspaces: nodes.map((node) => createKeyspace({ node, now: wall }, options)),
    part(...groups) {
      for (const [at, name] of names.entries()) {
        const group = groups.findIndex((each) => each.includes(at));
        sides.set(name, group < 0 ? -1 - at : group);
      }
    },
    heal: () => sides.clear(),
    settle: () => timers.sleep(SETTLE_MS * partitions),
    async [Symbol.asyncDispose]() {
      ending.abort();
    },
  };
}

function optionsOf(self: string, first: Configuration): NodeOptions {
  const [{ copies, partitions }] = first.target.tables;
  return {
    self,
    requestTimeoutMs: 20,
    tickMs: 5,
    repairMs: REPAIR_MS,
    hintsMax: 1_000,
    pingMs: 10,
    stepMs: 1_000,
    cluster: {
      member: { address: self, clientAddress: "", zone: "", weight: 1 },
      seeds: [],
      first,
      copies,
      partitions,
      fillsAtOnceMax: 1,
      fillBytesPerSecond: Infinity,
    },
  };
}

/** A message takes one turn, an answer another: a request's time-out is many. */
const TURN_MS = 0.25;

/** Time between nodes: it passes with the turns of the event loop, not with the wall clock. */
function createTimers(signal: AbortSignal): Pick<Clock, "monotonic" | "sleep"> {
  let nowMs = 0;
  const waiting = new Set<{ dueMs: number; wake: () => void }>();
  const turn = (): void => {
    if (signal.aborted) return;
    nowMs += TURN_MS;
    for (const each of waiting) {
      if (each.dueMs > nowMs) continue;
      waiting.delete(each);
      each.wake();
    }
    setImmediate(turn);
  };
  setImmediate(turn);
  return {
    monotonic: () => nowMs,
    sleep: (ms) =>
      new Promise((wake) => {
        waiting.add({ dueMs: nowMs + ms, wake });
      }),
  };
}
