/** A real `redis-server` for tests, on a free loopback port, keeping nothing. */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { freePort } from "@tenfold/core";

export interface TestRedis extends AsyncDisposable {
  readonly port: number;
  /** Freezes it: connections stay open, nothing answers. */
  pause(): void;
  resume(): void;
  /** As a crash would. */
  kill(): Promise<void>;
  /** On the same port, empty; after `kill`. */
  restart(): Promise<void>;
}

const MISSING = "redis-server is not on the PATH; on Debian: apt-get install -y redis-server";

/** Starts one and waits until it answers. `cluster`: one node that owns all slots. */
export async function startRedis({ cluster = false } = {}): Promise<TestRedis> {
  const folder = await mkdtemp(join(tmpdir(), "rate-limiter-redis-"));
  const port = await freePort();
  let server = await launch(port, folder, cluster);
  const kill = async (): Promise<void> => {
    if (server.exitCode !== null || server.signalCode !== null) return;
    const exited = once(server, "exit");
    server.kill("SIGKILL");
    await exited;
  };
  return {
    port,
    pause: () => void server.kill("SIGSTOP"),
    resume: () => void server.kill("SIGCONT"),
    kill,
    async restart() {
      server = await launch(port, folder, cluster);
    },
    async [Symbol.asyncDispose]() {
      await kill();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

async function launch(port: number, folder: string, cluster: boolean): Promise<ChildProcess> {
  const flags = ["--port", String(port), "--bind", "127.0.0.1", "--dir", folder, "--save", ""];
  if (cluster) flags.push("--cluster-enabled", "yes", "--cluster-announce-ip", "127.0.0.1");
  const server = spawn("redis-server", flags, { stdio: "ignore" });
  const failed = once(server, "error").then(([error]) => {
    throw new Error(MISSING, { cause: error });
  });
  failed.catch(() => undefined); // Nobody waits for it once the server answers.
  await Promise.race([answering(port, "PING", "+PONG"), failed]);
  if (cluster) {
    await send(port, "CLUSTER ADDSLOTSRANGE 0 16383");
    await answering(port, "CLUSTER INFO", "cluster_state:ok");
  }
  return server;
}

async function answering(port: number, question: string, sign: string): Promise<void> {
  for (let attempt = 0; attempt < 400; attempt++) {
    const answer = await send(port, question).catch(() => "");
    if (answer.includes(sign)) return;
    await delay(25);
  }
  throw new Error(`redis-server does not answer on port ${port}`);
}

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
