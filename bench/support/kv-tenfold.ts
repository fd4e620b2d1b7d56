/** Our nodes under measurement: each `./tenfold kv node`, as a person starts it. */
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { spawn, type ChildProcess } from "node:child_process";
import { systemClock } from "@tenfold/core";
import { openKvClient, type NodeStatus } from "../../packages/key-value-store/src/client/index.ts";
import { freePorts } from "@tenfold/core";
import { untilListening, type Store } from "./kv-stores.ts";

const main = fileURLToPath(new URL("../../apps/tenfold/src/main.ts", import.meta.url));
/** As `./tenfold` starts Node. */
const launcherFlags = ["--max-semi-space-size=32", "--heap-growing-percent=30"];

export interface TenfoldNode {
  readonly name: string;
  readonly port: number;
  readonly process: ChildProcess;
}

export interface TenfoldStore extends Store {
  readonly nodes: readonly TenfoldNode[];
  /** Starts one more, which joins. */
  add(): Promise<TenfoldNode>;
  /** Starts one again that was killed. */
  restart(name: string): Promise<TenfoldNode>;
  status(node: TenfoldNode): Promise<NodeStatus>;
  /** Resolves when `isSo` of every node's status; answers how long that took, in ms. */
  until(isSo: (status: NodeStatus) => boolean, withinMs?: number): Promise<number>;
}

export interface TenfoldOptions {
  nodes: number;
  /** Pins all of them. */
  core?: string | null;
  env?: Readonly<Record<string, string>>;
  /** Kept after the run; a temporary one when absent. */
  folder?: string;
}

/** Starts a cluster and waits until it has settled. */
export async function startTenfold(options: TenfoldOptions): Promise<TenfoldStore> {
  const folder = options.folder ?? (await mkdtemp(join(tmpdir(), "kv-bench-tenfold-")));
  const nodes: TenfoldNode[] = [];
  const ports = new Map<string, { port: number; peerPort: number }>();
  const launch = async (name: string): Promise<TenfoldNode> => {
    const [port = 0, peerPort = 0] = await freePorts(2);
    const place = ports.get(name) ?? { port, peerPort };
    ports.set(name, place);
    const seeds = [...ports].filter(([other]) => other !== name).map(([, other]) => other.peerPort);
    const pinned =
      options.core === undefined || options.core === null ? [] : ["taskset", "-c", options.core];
    const words = [...pinned, process.execPath, ...launcherFlags, main, "kv", "node"];
    const [program = "", ...args] = words;
    const child = spawn(program, args, {
      stdio: ["ignore", "ignore", "inherit"],
      env: {
        PATH: process.env["PATH"],
        TENFOLD_KV_NAME: name,
        TENFOLD_KV_DATA: join(folder, name),
        TENFOLD_KV_LISTEN: `127.0.0.1:${place.port}`,
        TENFOLD_KV_PEERS: `127.0.0.1:${place.peerPort}`,
        TENFOLD_KV_JOIN:
          nodes.length === 0 ? "" : seeds.map((each) => `127.0.0.1:${each}`).join(","),
        ...options.env,
      },
    });
    const node = { name, port: place.port, process: child };
    const at = nodes.findIndex((each) => each.name === name);
    if (at < 0) nodes.push(node);
    else nodes[at] = node;
    await untilListening(node.port);
    return node;
  };
  const status = async ({ port }: TenfoldNode): Promise<NodeStatus> => {
    using client = await openKvClient({ clock: systemClock }, { host: "127.0.0.1", port });
    const read: NodeStatus = JSON.parse(String(await client.call("KV.STATUS")));
    return read;
  };
  const store: TenfoldStore = {
    name: options.nodes === 1 ? "tenfold, one node" : `tenfold, ${options.nodes} nodes`,
    protocol: "resp",
    nodes,
    get ports() {
      return nodes.map(({ port }) => port);
    },
    get processes() {
      return nodes.map((node) => node.process);
    },
    add: () => launch(String.fromCharCode(97 + nodes.length)),
    restart: launch,
    status,
    async until(isSo, withinMs = 120_000) {
      const fromMs = performance.now();
      for (;;) {
        const seen = await Promise.all(nodes.map(status)).catch(() => []);
        const tookMs = performance.now() - fromMs;
        if (seen.length > 0 && seen.every(isSo)) return tookMs;
        if (tookMs > withinMs) throw new Error(`not within ${withinMs} ms`);
        await new Promise((resolve) => setTimeout(resolve, 50));
      }
    },
    async [Symbol.asyncDispose]() {
      for (const { process: child } of nodes) {
        if (child.exitCode !== null || child.signalCode !== null) continue;
        const exited = once(child, "exit");
        child.kill("SIGKILL");
        await exited;
      }
      if (options.folder === undefined) await rm(folder, { recursive: true, force: true });
    },
  };
  for (let count = 0; count < options.nodes; count++) await store.add();
  await store.until((each) => isSettled(each, options.nodes));
  return store;
}

/** All members up with their share, nothing on its way. */
export function isSettled({ members, moves }: NodeStatus, nodes: number): boolean {
  const up = members.filter(({ state, partitions }) => state === "up" && partitions > 0);
  return up.length === nodes && moves.waiting === 0;
}
