/**
 * A real `redis-server` for tests: on a free loopback port, keeping nothing,
 * in a temporary folder. Only for tests; nothing here is used by a driver.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { freePort } from "@tenfold/core";

export interface TestRedis extends AsyncDisposable {
  /** With several equal addresses when started as a cluster. */
  readonly url: string;
  /** Freezes it: connections stay open, nothing answers. */
  pause(): void;
  resume(): void;
  /** As a crash would. Resolves when it is gone. */
  kill(): Promise<void>;
  /** On the same port, empty; after `kill`. */
  restart(): Promise<void>;
  /** Kills it and removes its folder. Idempotent. */
  stop(): Promise<void>;
}

export interface TestRedisOptions {
  /** One node that speaks as a cluster and owns all slots. */
  cluster?: boolean;
}

const MISSING = "redis-server is not on the PATH; on Debian: apt-get install -y redis-server";

/** Starts one and waits until it answers; rejects with how to get it when it is missing. */
export async function startRedis(options: TestRedisOptions = {}): Promise<TestRedis> {
  const folder = await mkdtemp(join(tmpdir(), "tenfold-redis-"));
  const cluster = options.cluster ?? false;
  const port = await freePort();
  let server = await launch(port, folder, cluster);
  const kill = async (): Promise<void> => {
    if (server.exitCode !== null || server.signalCode !== null) return;
    const exited = once(server, "exit");
    server.kill("SIGKILL");
    await exited;
  };
  const stop = async (): Promise<void> => {
    await kill();
    await rm(folder, { recursive: true, force: true });
  };
  const address = `127.0.0.1:${port}`;
  return {
    url: cluster ? `redis://${address},${address}` : `redis://${address}`,
    pause: () => void server.kill("SIGSTOP"),
    resume: () => void server.kill("SIGCONT"),
    kill,
    async restart() {
      server = await launch(port, folder, cluster);
    },
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

async function launch(port: number, folder: string, cluster: boolean): Promise<ChildProcess> {
  const settings = {
    port: String(port),
    bind: "127.0.0.1",
    dir: folder,
    save: "",
    appendonly: "no",
    // A node that never met another does not know its own address.
    ...(cluster ? { "cluster-enabled": "yes", "cluster-announce-ip": "127.0.0.1" } : {}),
  };
  const args = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value]);
  const server = spawn("redis-server", args, { stdio: "ignore" });
  const failed = once(server, "error").then(([error]) => {
    throw new Error(MISSING, { cause: error });
  });
  const exited = once(server, "exit").then(([code]) => {
    throw new Error(`redis-server ended with ${code} instead of listening on port ${port}`);
  });
  const expectations = Promise.race([failed, exited]);
  expectations.catch(() => undefined); // It also exits when a test ends it.
  await Promise.race([answering(port), expectations]);
  if (cluster) {
    await send(port, "CLUSTER ADDSLOTSRANGE 0 16383");
    await answering(port, "CLUSTER INFO", "cluster_state:ok");
  }
  return server;
}

async function answering(port: number, question = "PING", sign = "+PONG"): Promise<void> {
  for (let attempt = 0; attempt < 400; attempt++) {
    const answer = await send(port, question).catch(() => "");
    if (answer.includes(sign)) return;
    await delay(25);
  }
  throw new Error(`redis-server does not answer on port ${port}`);
}

/** One inline command and its answer. */
async function send(port: number, command: string): Promise<string> {
  const socket = connect(port, "127.0.0.1");
  try {
    socket.end(`${command}\r\n`);
    const chunks: Buffer[] = [];
    for await (const chunk of socket) chunks.push(chunk);
    return Buffer.concat(chunks).toString();
  } finally {
    socket.destroy();
  }
}
