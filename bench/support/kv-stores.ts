/** Stores under measurement: redis-server, an etcd cluster, and ours, as processes on loopback. */
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { ChildProcess } from "node:child_process";
import { freePorts } from "@tenfold/core";
import type { KvPlan, KvResult } from "./kv-load.ts";
import { spawnPinned } from "./pinned.ts";

export interface Store extends AsyncDisposable {
  readonly name: string;
  readonly protocol: KvPlan["protocol"];
  /** For clients. */
  readonly ports: readonly number[];
  readonly processes: readonly ChildProcess[];
}

/** Runs a load on `core`, or on any. */
export async function runKvLoad(plan: KvPlan, core: string | null = null): Promise<KvResult> {
  const file = fileURLToPath(new URL("./kv-load.ts", import.meta.url));
  const told: KvPlan = { ...plan, shared: core === null };
  const child = spawnPinned(core, [process.execPath, file, JSON.stringify(told)]);
  let said = "";
  for await (const chunk of child.stdout ?? []) said += String(chunk);
  const result: KvResult = JSON.parse(said);
  return result;
}

/** redis-server; `fsync` has it answer a write once it is on the disk. */
export async function startRedisStore(
  core: string | null,
  { fsync }: { fsync: boolean },
): Promise<Store> {
  const folder = await mkdtemp(join(tmpdir(), "kv-bench-redis-"));
  const [port = 0] = await freePorts(1);
  const durable = fsync ? ["--appendonly", "yes", "--appendfsync", "always"] : [];
  const words = ["--port", String(port), "--bind", "127.0.0.1", "--dir", folder, "--save", ""];
  const child = spawnPinned(core, ["redis-server", ...words, ...durable]);
  child.stdout?.resume();
  await untilListening(port);
  return {
    name: fsync ? "redis-server, appendfsync always" : "redis-server",
    protocol: "resp",
    ports: [port],
    processes: [child],
    [Symbol.asyncDispose]: () => endAll([child], folder),
  };
}

/** Three etcd processes that form a cluster, with the settings they come with. */
export async function startEtcdCluster(core: string | null = null): Promise<Store> {
  const folder = await mkdtemp(join(tmpdir(), "kv-bench-etcd-"));
  const ports = await freePorts(6);
  const members = ["a", "b", "c"].map((name, index) => ({
    name,
    client: ports[index] ?? 0,
    peer: ports[index + 3] ?? 0,
  }));
  const cluster = members.map(({ name, peer }) => `${name}=http://127.0.0.1:${peer}`).join(",");
  const processes = members.map(({ name, client, peer }) => {
    const flags = {
      name,
      "data-dir": join(folder, name),
      "log-level": "error",
      "listen-client-urls": `http://127.0.0.1:${client}`,
      "advertise-client-urls": `http://127.0.0.1:${client}`,
      "listen-peer-urls": `http://127.0.0.1:${peer}`,
      "initial-advertise-peer-urls": `http://127.0.0.1:${peer}`,
      "initial-cluster": cluster,
      "initial-cluster-state": "new",
    };
    const words = ["etcd", ...Object.entries(flags).flatMap(([flag, to]) => [`--${flag}`, to])];
    // It says much, and nothing that a measurement needs.
    const child = spawnPinned(core, words, { quiet: true });
    child.stdout?.resume();
    return child;
  });
  const clients = members.map(({ client }) => client);
  for (const port of clients) await untilListening(port);
  return {
    name: "etcd 3.4, three nodes",
    protocol: "etcd",
    ports: clients,
    processes,
    [Symbol.asyncDispose]: () => endAll(processes, folder),
  };
}

/** Kills what was started and removes what it wrote. */
export async function endAll(processes: readonly ChildProcess[], folder: string): Promise<void> {
  for (const child of processes) {
    if (child.exitCode !== null || child.signalCode !== null) continue;
    const exited = once(child, "exit");
    child.kill("SIGKILL");
    await exited;
  }
  await rm(folder, { recursive: true, force: true });
}

/** Until somebody takes connections there; 30 s at most. */
export async function untilListening(port: number): Promise<void> {
  for (let attempt = 0; attempt < 1_200; attempt++) {
    const socket = connect(port, "127.0.0.1");
    try {
      await once(socket, "connect");
      return;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 25));
    } finally {
      socket.destroy();
    }
  }
  throw new Error(`nobody listens on port ${port}`);
}
