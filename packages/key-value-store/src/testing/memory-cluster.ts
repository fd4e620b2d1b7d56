/**
 * Nodes in one process whose messages arrive at once, unless a link is cut. Nothing
 * goes on in the background but what a test sets going: `settle` compares all owners
 * until they hold the same.
 */
import { silentLog, type Clock, createSeededRandom } from "@tenfold/core";
import { foundCluster } from "../cluster/transitions.ts";
import { createKeyspace, type KeyspaceOptions } from "../keyspace/create-keyspace.ts";
import type { Keyspace } from "../keyspace.ts";
import type { Message } from "../node/messages.ts";
import { createStoreNode, type StoreNode } from "../node/node.ts";
import { createMemoryStorage } from "./memory-storage.ts";

export interface MemoryCluster {
  readonly names: readonly string[];
  readonly nodes: readonly StoreNode[];
  /** One over each node. */
  readonly keyspaces: readonly Keyspace[];
  readonly clock: { nowMs: number };
  /** Messages between the two sides are lost from here on. */
  readonly part: (side: readonly string[]) => void;
  readonly heal: () => void;
  readonly [Symbol.asyncDispose]: () => Promise<void>;
}

export interface MemoryClusterOptions extends KeyspaceOptions {
  readonly nodes: number;
  readonly partitions?: number;
  readonly seed?: number;
  /** Wall time; a test's own `clock.nowMs` when not given. */
  readonly now?: () => number;
}

const START_MS = 1_800_000_000_000;

/** All nodes own everything. */
export async function createMemoryCluster({
  nodes: count,
  partitions = 4,
  seed = 1,
  now,
  ...options
}: MemoryClusterOptions): Promise<MemoryCluster> {
  const names = Array.from({ length: count }, (_, index) => `n${index + 1}`);
  const clock = { nowMs: START_MS };
  const wall = now ?? ((): number => clock.nowMs);
  const where = { clientAddress: "", zone: "", weight: 1, state: "member" as const };
  const members = names.map((name) => ({ name, id: 0, address: name, ...where }));
  const first = foundCluster({ clusterId: "memory", members, copies: count, partitions });
  const sides = new Map<string, number>();
  const random = createSeededRandom(seed);
  const ending = new AbortController();
  const timers = createTimers(ending.signal);
  const nodes = names.map((self) => {
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
        storage: createMemoryStorage(),
      },
      {
        ...{ self, requestTimeoutMs: 20, tickMs: 5, repairMs: 10, hintsMax: 1_000, pingMs: 1_000 },
        stepMs: 1_000,
        cluster: {
          member: { address: self, clientAddress: "", zone: "", weight: 1 },
          ...{ seeds: [], first, copies: count, partitions },
          ...{ fillsAtOnceMax: 1, fillBytesPerSecond: Infinity },
        },
      },
    );
  });
  for (const node of nodes) await node.start(ending.signal);
  return {
    names,
    nodes,
    clock,
    keyspaces: nodes.map((node) => createKeyspace({ node, now: wall, partitions }, options)),
    part(side) {
      for (const name of names) sides.set(name, side.includes(name) ? 1 : 0);
    },
    heal: () => sides.clear(),
    async [Symbol.asyncDispose]() {
      ending.abort();
    },
  };
}

/** Time between nodes: it passes with the turns of the event loop, not with the wall clock. */
function createTimers(signal: AbortSignal): Pick<Clock, "monotonic" | "sleep"> {
  let nowMs = 0;
  const waiting = new Set<{ dueMs: number; wake: () => void }>();
  const turn = (): void => {
    if (signal.aborted) return;
    nowMs += 0.1;
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
