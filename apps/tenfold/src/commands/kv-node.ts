/** `./tenfold kv node`: one node of the key-value store, until it is told to stop. */
import { systemClock, systemRandom } from "@tenfold/core";
import type { Command } from "../cli/command.ts";
import { showAddress } from "../kv/address.ts";
import { kvNodeFlags, readKvNodeConfig } from "../kv/node-settings.ts";
import { settingsSource } from "./platform-flags.ts";

export const kvNodeCommand: Command = {
  name: "kv node",
  summary: "Run one node of the key-value store, and print where clients connect",
  flags: kvNodeFlags,
  examples: [
    "./tenfold kv node --name a --data /srv/kv/a --listen 127.0.0.1:7001",
    "./tenfold kv node --name b --data /srv/kv/b --listen 127.0.0.1:7002 --join 127.0.0.1:17001",
    "TENFOLD_KV_SECRET=… ./tenfold kv node --name c --data /srv/kv/c --listen 10.0.0.3:7001 \\",
    "    --join 10.0.0.1:17001,10.0.0.2:17001 --zone east --metrics 9101",
  ],
  async run({ flags, env, io, signal }) {
    const source = settingsSource(flags, kvNodeFlags, env);
    const config = readKvNodeConfig(source);
    const [{ createNode }, { createMetricsServer }, { lineLog }] = await Promise.all([
      import("@tenfold/key-value-store"),
      import("../kv/metrics-server.ts"),
      import("../kv/line-log.ts"),
    ]);
    const log = lineLog(config.logLevel);
    const { metricsPort, logLevel: _, ...options } = config;
    await using node = createNode({ clock: systemClock, random: systemRandom, log }, options);
    // A start waits for the members it is to join, and may be told to stop meanwhile.
    let isOver = false;
    const over = ended(signal).then(() => {
      isOver = true;
      io.err(`  ${config.name} is stopping …`);
      return node.stop();
    });
    await node.start().catch((error: unknown) => {
      if (!isOver) throw error;
    });
    if (isOver) return 0;
    await using metrics =
      metricsPort === undefined
        ? undefined
        : createMetricsServer(node, { host: config.listen.host, port: metricsPort });
    await metrics?.start();
    io.err(
      `  ${config.name} takes other nodes at ${showAddress({ ...config.peer, port: node.peerPort })}`,
    );
    io.out(showAddress({ ...config.listen, port: node.respPort }));
    await over;
    return 0;
  },
};

/** Told to stop, or left behind by the process that started it and holds a channel to it. */
function ended(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener("abort", () => resolve(), { once: true });
    process.once("disconnect", () => resolve());
    // The channel alone must not keep a node that has stopped.
    process.channel?.unref();
  });
}
