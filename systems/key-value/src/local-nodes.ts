/**
 * Nodes in this process: one on a platform of one machine, more for trying what a
 * cluster does. They talk to each other over loopback, as they would between machines.
 */
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { hasCode, type Clock, type Log, type Random } from "@tenfold/core";
import { createNode, type NodeStatus, type ServingNode } from "@tenfold/key-value-store";
import { keyValueSystemErrors } from "./errors.ts";
import type { Nodes } from "./nodes.ts";
import type { NodeStore } from "./store.ts";

export interface LocalDeps {
  clock: Clock;
  random: Random;
  log: Log;
  store: NodeStore;
}

export interface LocalOptions {
  folder: string;
  port: number;
  nodesMax: number;
}

/** How often a node that is being drained is looked at, and for how long. */
const DRAIN_POLL_MS = 500;
const DRAIN_MS_MAX = 3_600_000;

const host = "127.0.0.1";

export function localNodes(deps: LocalDeps, options: LocalOptions): Nodes {
  const { clock, random, log, store } = deps;
  const running = new Map<string, ServingNode>();
  const stopping = new AbortController();
  let draining: Promise<void> = Promise.resolve();
  let secret = "";

  const launch = async (name: string): Promise<void> => {
    const seeds = [...running.values()].map(({ peerPort }) => ({ host, port: peerPort }));
    const node = createNode(
      { clock, random, log: log.child({ node: name }) },
      {
        name,
        cluster: "platform",
        data: join(options.folder, name),
        listen: { host, port: running.size === 0 ? options.port : 0 },
        peer: { host, port: 0 },
        join: seeds,
        secret,
      },
    );
    await node.start();
    running.set(name, node);
  };
  const first = (): ServingNode => {
    const [node] = running.values();
    if (node === undefined) throw keyValueSystemErrors.kv_absent();
    return node;
  };
  /** The node, and another one that can be told about it. */
  const leaver = (name: string): { node: ServingNode; other: ServingNode } => {
    const node = running.get(name);
    if (node === undefined) {
      throw keyValueSystemErrors.kv_node_unknown({ detail: `No node "${name}" runs here.` });
    }
    const other = [...running.values()].find((each) => each !== node);
    if (other !== undefined) return { node, other };
    throw keyValueSystemErrors.kv_node_needed({ detail: `${name} is the last one.` });
  };
  const forget = async (name: string): Promise<void> => {
    const node = running.get(name);
    running.delete(name);
    await node?.stop();
    await store.remove(name);
    await rm(join(options.folder, name), { recursive: true, force: true });
  };
  /** It must run until it is let go: only it can say that it holds nothing any more. */
  const untilGone = async (name: string): Promise<void> => {
    const endMs = clock.monotonic() + DRAIN_MS_MAX;
    while (clock.monotonic() < endMs) {
      const { members } = await leaver(name).other.status();
      if (!members.some((member) => member.name === name)) return;
      await clock.sleep(DRAIN_POLL_MS, stopping.signal);
    }
  };

  return {
    where: "local",
    get address() {
      const [node] = running.values();
      return node === undefined ? undefined : `${host}:${node.respPort}`;
    },
    get local() {
      return [...running.keys()];
    },
    async start() {
      secret = Buffer.from(await store.secret(random.bytes(32))).toString("base64url");
      const names = await store.list();
      if (names.length === 0) {
        names.push(await store.nextName());
        await store.add(names[0] ?? "", new Date(clock.now()));
      }
      for (const name of names) await launch(name);
    },
    async stop() {
      stopping.abort();
      await draining.catch(() => undefined); // It was logged.
      await Promise.all([...running.values()].map((node) => node.stop()));
    },
    status: async (): Promise<NodeStatus> => await first().status(),
    async add() {
      if (running.size >= options.nodesMax) {
        throw keyValueSystemErrors.kv_nodes_too_many({
          detail: `This process runs ${running.size} nodes.`,
          hint: "On machines of their own, ./tenfold kv node takes as many as you like.",
        });
      }
      const name = await store.nextName();
      await launch(name);
      await store.add(name, new Date(clock.now()));
      return name;
    },
    async drain(name) {
      const { other } = leaver(name);
      await other.drain(name);
      draining = untilGone(name)
        .then(() => forget(name))
        .catch((error: unknown) => {
          if (!stopping.signal.aborted) log.warn({ error, name }, "the node was not drained");
        });
    },
    async remove(name) {
      const { node, other } = leaver(name);
      await node.stop();
      await other.remove(name).catch((error: unknown) => {
        // It may have left by itself.
        if (!hasCode(error, "member_unknown")) throw error;
      });
      await forget(name);
    },
    async repair() {
      for (const [name, node] of running) {
        node.repair().catch((error: unknown) => log.warn({ error, name }, "the repair has failed"));
      }
    },
  };
}
