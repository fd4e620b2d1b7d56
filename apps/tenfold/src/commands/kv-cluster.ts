/** `./tenfold kv cluster`: several nodes on this machine, for trying. */
import { resolve } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { systemRandom } from "@tenfold/core";
import type { NodeStatus } from "@tenfold/key-value-store/client";
import type { Command, CommandCall } from "../cli/command.ts";
import { cliErrors } from "../errors.ts";
import { askNode } from "../kv/ask-node.ts";
import type { LocalCluster } from "../kv/cluster-file.ts";

export const kvClusterCommand: Command = {
  name: "kv cluster",
  summary: "Start a key-value store of several nodes on this machine, for trying",
  flags: {
    nodes: { value: "number", help: "How many nodes (default 3, or as many as there are)" },
    port: {
      value: "number",
      help: "The first node's port for clients; 0 takes free ones (default 7001)",
    },
    data: { value: "folder", help: "Where their data lies (default ./data/key-value-cluster)" },
    zones: { value: "number", help: "Spread the nodes over so many zones (default 1)" },
  },
  examples: [
    "./tenfold kv cluster --nodes 3",
    "./tenfold kv cluster --nodes 6 --zones 3 --port 7101 --data /tmp/six",
    "redis-cli -c -p 7001 set hello world    # in another terminal",
  ],
  async run({ flags, env, io, signal }) {
    const startedMs = performance.now();
    const folder = resolve(textOf(flags["data"]) ?? "./data/key-value-cluster");
    const wish = {
      folder,
      nodes: flags["nodes"] === undefined ? undefined : wholeNumber(flags, "nodes", 1),
      port: flags["port"] === undefined ? 7001 : wholeNumber(flags, "port", 0),
      zones: flags["zones"] === undefined ? 1 : wholeNumber(flags, "zones", 1),
    };
    const [{ openLocalCluster }, { runClusterProcesses }] = await Promise.all([
      import("../kv/cluster-file.ts"),
      import("../kv/cluster-processes.ts"),
    ]);
    const cluster = await openLocalCluster(systemRandom, wish);
    io.err(`  starting ${cluster.nodes.length} nodes in ${folder} …`);
    const own = new AbortController();
    // Not AbortSignal.any: what it makes can be collected while its listeners wait.
    signal.addEventListener("abort", () => own.abort(signal.reason), { once: true });
    const running = await runClusterProcesses({
      io,
      folder,
      cluster,
      env,
      signal: own.signal,
    }).catch((error: unknown) => {
      own.abort(error);
      throw error;
    });
    await untilSettled(cluster, env, own.signal);
    const seconds = ((performance.now() - startedMs) / 1000).toFixed(1);
    io.err(`  ready in ${seconds} s; stop with Ctrl-C, start again with the same command`);
    io.out(describe(cluster));
    await running.ended;
    return 0;
  },
};

/** Nodes that have just joined hold nothing yet: a person should meet a whole cluster. 20 s at most. */
async function untilSettled(
  { nodes }: LocalCluster,
  env: CommandCall["env"],
  signal: AbortSignal,
): Promise<void> {
  const node = `127.0.0.1:${nodes[0]?.port ?? 0}`;
  const untilMs = performance.now() + 20_000;
  while (!signal.aborted && performance.now() < untilMs) {
    const text = await askNode({ flags: { node }, env }, (client) => client.call("KV.STATUS"));
    const { members, moves }: NodeStatus = JSON.parse(String(text));
    const up = members.filter(({ state, partitions }) => state === "up" && partitions > 0);
    if (up.length >= nodes.length && moves.waiting === 0) return;
    await delay(50, undefined, { signal }).catch(() => undefined);
  }
}

function describe({ nodes }: LocalCluster): string {
  const port = nodes[0]?.port ?? 0;
  return [
    ...nodes.map(({ name, port: own, zone }) => `  ${name}  127.0.0.1:${own}  ${zone}`.trimEnd()),
    "",
    "Try, in another terminal:",
    `  redis-cli -p ${port} set hello world`,
    `  redis-cli -c -p ${port} get hello          # as a cluster client`,
    `  redis-cli -p ${port} kv.explain hello      # where it lives`,
    `  ./tenfold kv status --node 127.0.0.1:${port}`,
  ].join("\n");
}

const textOf = (flag: string | true | undefined): string | undefined =>
  typeof flag === "string" ? flag : undefined;

function wholeNumber(flags: CommandCall["flags"], name: string, least: number): number {
  const text = textOf(flags[name]) ?? "";
  const value = Number(text);
  if (/^\d{1,5}$/.test(text) && value >= least && value <= 65_535) return value;
  throw cliErrors.usage({
    detail: `--${name} must be a whole number from ${least}, not "${text}".`,
    hint: "See: ./tenfold kv cluster --help",
  });
}
