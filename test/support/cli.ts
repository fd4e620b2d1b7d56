/** Runs the program as people do, and keeps what it said. */
import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

const program = fileURLToPath(new URL("../../apps/tenfold/src/main.ts", import.meta.url));

export interface Ran {
  code: number | null;
  out: string;
  err: string;
}

export interface CliOptions {
  env?: Readonly<Record<string, string>>;
  /** Runs as this user; needs root. */
  uid?: number;
  gid?: number;
}

/** One command line, started. Of this machine's environment only the PATH is passed on. */
export function spawnCli(words: readonly string[], { env = {}, ...user }: CliOptions = {}) {
  const child = spawn(process.execPath, [program, ...words], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { PATH: process.env["PATH"], ...env },
    ...user,
  });
  const said = { out: "", err: "" };
  child.stdout.on("data", (chunk: Buffer) => (said.out += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (said.err += chunk.toString()));
  const ended = once(child, "close").then(([code]: unknown[]): Ran => ({
    code: typeof code === "number" ? code : null,
    ...said,
  }));
  return { child: child satisfies ChildProcess, said, ended };
}

/** Runs one command line to its end. */
export function runCli(words: readonly string[], options: CliOptions = {}): Promise<Ran> {
  return spawnCli(words, options).ended;
}
