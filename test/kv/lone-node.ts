/** One node, started from the command line. */
import { freePorts } from "@tenfold/core";
import { Redis } from "ioredis";
import { spawnCli } from "../support/cli.ts";
import { until } from "./target.ts";

export interface LoneNode extends AsyncDisposable {
  readonly redis: Redis;
  /** For clients, and for other nodes: `host:port`. */
  readonly listen: string;
  readonly peers: string;
  /** What it has said so far. */
  said(): string;
}

export interface LoneNodeOptions {
  /** Further settings, by their environment names. */
  readonly env?: Readonly<Record<string, string>>;
  /** False for one that is not going to be taken in. Default true. */
  readonly doesServe?: boolean;
}

/** Resolves when it answers clients. */
export async function startLoneNode(
  folder: string,
  { env = {}, doesServe = true }: LoneNodeOptions = {},
): Promise<LoneNode> {
  const [port = 0, peerPort = 0] = await freePorts(2);
  const [listen, peers] = [`127.0.0.1:${port}`, `127.0.0.1:${peerPort}`];
  const words = ["kv", "node", "--data", folder, "--listen", listen, "--peers", peers];
  const node = spawnCli(words, { env });
  const redis = new Redis({ port, retryStrategy: () => 50, maxRetriesPerRequest: null });
  redis.on("error", () => undefined); // Until it listens.
  if (doesServe) await until("the node", () => redis.ping().then(() => true), 20_000);
  return {
    redis,
    listen,
    peers,
    said: () => node.said.out + node.said.err,
    async [Symbol.asyncDispose]() {
      redis.disconnect();
      node.child.kill("SIGTERM");
      await node.ended;
    },
  };
}
