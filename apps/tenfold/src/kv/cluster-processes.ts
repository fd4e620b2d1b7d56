/** The processes of a local cluster: each node is one, started like a person would start it. */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as delay } from "node:timers/promises";
import type { Io } from "../cli/command.ts";
import { cliErrors } from "../errors.ts";
import { workspaceRoot } from "../workspace.ts";
import type { ClusterNode, LocalCluster } from "./cluster-file.ts";

/** One that ended by itself is started again after this long, so that its absence can be seen. */
const RESTART_MS = 3_000;

export interface ClusterProcesses {
  readonly io: Io;
  readonly folder: string;
  readonly cluster: LocalCluster;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal;
}

/** Starts all and resolves when each has said where it listens; they run until the signal. */
export async function runClusterProcesses(
  run: ClusterProcesses,
): Promise<{ ended: Promise<void> }> {
  const nodes = run.cluster.nodes.map((node) => keepNode(run, node));
  await Promise.all(nodes.map(({ ready }) => ready));
  return { ended: Promise.all(nodes.map(({ ended }) => ended)).then(() => undefined) };
}

interface KeptNode {
  ready: Promise<void>;
  ended: Promise<void>;
}

function keepNode(run: ClusterProcesses, node: ClusterNode): KeptNode {
  const ready = Promise.withResolvers<void>();
  const keep = async (): Promise<void> => {
    for (let isFirst = true; !run.signal.aborted; isFirst = false) {
      const child = startNode(run, node, () => ready.resolve());
      const stop = (): void => void child.kill("SIGTERM");
      run.signal.addEventListener("abort", stop, { once: true });
      const [code, killedBy]: unknown[] = await once(child, "close");
      run.signal.removeEventListener("abort", stop);
      if (run.signal.aborted) return;
      const how = typeof code === "number" ? `with code ${code}` : `by ${String(killedBy)}`;
      if (isFirst && typeof code === "number") {
        ready.reject(
          cliErrors.kv_node_ended({ detail: `Node ${node.name} ended ${how}; see above.` }),
        );
      }
      run.io.err(`  ${node.name} was ended ${how}; it starts again in ${RESTART_MS / 1_000} s`);
      await delay(RESTART_MS, undefined, { signal: run.signal }).catch(() => undefined);
    }
  };
  return { ready: ready.promise, ended: keep() };
}

function startNode(
  { io, folder, cluster, env }: ClusterProcesses,
  node: ClusterNode,
  onReady: () => void,
): ChildProcess {
  const others = cluster.nodes.filter(({ name }) => name !== node.name);
  const main = join(workspaceRoot, "apps/tenfold/src/main.ts");
  const child = spawn(process.execPath, [...process.execArgv, main, "kv", "node"], {
    // The channel tells it when this process is gone, however it went.
    stdio: ["ignore", "pipe", "pipe", "ipc"],
    // Ctrl-C reaches the whole group; each node is told to stop by us, once.
    detached: true,
    env: {
      ...env,
      TENFOLD_KV_NAME: node.name,
      TENFOLD_KV_DATA: join(folder, node.name),
      TENFOLD_KV_LISTEN: `127.0.0.1:${node.port}`,
      TENFOLD_KV_PEERS: `127.0.0.1:${node.peerPort}`,
      // The first one makes the cluster; that it exists, a node knows from its data.
      TENFOLD_KV_JOIN:
        node === cluster.nodes[0]
          ? ""
          : others.map((each) => `127.0.0.1:${each.peerPort}`).join(","),
      TENFOLD_KV_SECRET: cluster.secret,
      TENFOLD_KV_ZONE: node.zone,
      TENFOLD_KV_COPIES: String(cluster.copies),
    },
  });
  for (const stream of [child.stdout, child.stderr]) {
    if (stream === null) continue;
    createInterface({ input: stream }).on("line", (line) => {
      if (stream === child.stdout && /:\d+$/.test(line)) onReady();
      else if (!/takes other nodes at|is stopping/.test(line)) io.err(`  ${node.name}: ${line}`);
    });
  }
  return child;
}
