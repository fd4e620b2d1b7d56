/** Redis's own programs for tests: a server on a free loopback port, and its clients. */
import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { promisify } from "node:util";
import { freePort } from "@tenfold/core";

/** Why tests that need it cannot run, or `false` when they can. */
export function missing(program: string): string | false {
  const paths = ["/usr/bin", "/usr/local/bin", "/opt/homebrew/bin"];
  return paths.some((path) => existsSync(join(path, program)))
    ? false
    : `${program} is not installed; on Debian: apt-get install -y redis-server`;
}

/** A redis-server that keeps nothing, with databases and limits as they come. */
export async function startRedisServer(): Promise<AsyncDisposable & { readonly port: number }> {
  const folder = await mkdtemp(join(tmpdir(), "kv-redis-"));
  const port = await freePort();
  const flags = ["--port", String(port), "--bind", "127.0.0.1", "--dir", folder, "--save", ""];
  const server = spawn("redis-server", flags, { stdio: "ignore" });
  const exited = once(server, "exit");
  for (let attempt = 0; !(await answers(port)); attempt++) {
    if (attempt === 400) throw new Error(`redis-server does not answer on port ${port}`);
    await delay(25);
  }
  return {
    port,
    async [Symbol.asyncDispose]() {
      server.kill("SIGKILL");
      await exited;
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Runs one of Redis's clients; its output. */
export async function runProgram(program: string, args: readonly string[]): Promise<string> {
  const { stdout } = await promisify(execFile)(program, [...args], { timeout: 60_000 });
  return stdout;
}

async function answers(port: number): Promise<boolean> {
  const socket = connect(port, "127.0.0.1");
  try {
    socket.write("PING\r\n");
    const [reply] = await once(socket, "data");
    return String(reply).startsWith("+PONG");
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}
