/** Steps of checking: a program each, run with its output kept until it fails. */
import { spawn } from "node:child_process";
import { join } from "node:path";
import type { Io } from "../cli/command.ts";
import { compileCacheFolder, workspaceRoot } from "../workspace.ts";

export interface Step {
  name: string;
  /** A program of node_modules, or `node` for the running one. */
  program: string;
  args: readonly string[];
  env?: Readonly<Record<string, string>>;
  /** Output goes to the terminal as it comes, not only on failure. */
  live?: boolean;
}

const modules = (path: string): string => join(workspaceRoot, "node_modules", path);

/**
 * Quick enough to run after every change; the longest come first, so that no
 * lane waits at the end. Types and lint run on one thread each: a further
 * thread brings a checker of its own that infers the same types again, and two
 * steps already run side by side (lint took 17 s of processor time on two
 * threads and 8 s on one, `tsc` 16 s and 5 s).
 */
export const quickSteps: readonly Step[] = [
  {
    name: "lint",
    program: modules(".bin/oxlint"),
    args: ["--deny-warnings"],
    env: { GOMAXPROCS: "1" },
  },
  { name: "types", program: modules(".bin/tsc"), args: ["-p", ".", "--singleThreaded"] },
  {
    name: "types of the web app",
    program: modules(".bin/tsc"),
    args: ["-p", "apps/web", "--singleThreaded"],
  },
  { name: "dead code", program: modules(".bin/knip"), args: ["--no-progress"] },
  { name: "tidy", program: "node", args: ["--test", "--test-reporter=dot", "test/tidy.test.ts"] },
  { name: "format", program: modules(".bin/oxfmt"), args: ["--check"] },
];

interface RunOptions {
  io: Io;
  signal: AbortSignal;
  atOnce: number;
}

/** Runs all steps, also after a failure; answers 0 only when every one passed. */
export async function runSteps(steps: readonly Step[], options: RunOptions): Promise<number> {
  const waiting = [...steps];
  const failed: string[] = [];
  const lane = async (): Promise<void> => {
    for (let step = waiting.shift(); step !== undefined; step = waiting.shift()) {
      if (options.signal.aborted) return;
      if (!(await runStep(step, options))) failed.push(step.name);
    }
  };
  await Promise.all(Array.from({ length: options.atOnce }, lane));
  if (options.signal.aborted) return 130;
  if (failed.length > 0) options.io.err(`failed: ${failed.join(", ")}`);
  return failed.length === 0 ? 0 : 1;
}

async function runStep(step: Step, { io, signal }: RunOptions): Promise<boolean> {
  const startedMs = performance.now();
  if (step.live) io.out(`· ${step.name}`);
  const { code, said } = await run(step, signal);
  const seconds = ((performance.now() - startedMs) / 1000).toFixed(1);
  io.out(`${code === 0 ? "✓" : "✗"} ${step.name.padEnd(22)} ${seconds} s`);
  if (code !== 0) io.out(said);
  return code === 0;
}

function run(step: Step, signal: AbortSignal): Promise<{ code: number | null; said: string }> {
  return new Promise((resolve) => {
    const said: string[] = [];
    const child = spawn(step.program === "node" ? process.execPath : step.program, step.args, {
      cwd: workspaceRoot,
      // The pinned Node first: programs of node_modules begin with `env node`.
      env: {
        NODE_COMPILE_CACHE: compileCacheFolder,
        ...process.env,
        PATH: `${modules("node/bin")}:${process.env["PATH"]}`,
        ...step.env,
      },
      stdio: ["ignore", step.live ? "inherit" : "pipe", step.live ? "inherit" : "pipe"],
    });
    const stop = (): void => void child.kill("SIGTERM");
    signal.addEventListener("abort", stop, { once: true });
    child.stdout?.on("data", (chunk: Buffer) => said.push(chunk.toString()));
    child.stderr?.on("data", (chunk: Buffer) => said.push(chunk.toString()));
    child.on("error", (error) => resolve({ code: 1, said: error.message }));
    child.on("close", (code) => {
      signal.removeEventListener("abort", stop);
      resolve({ code, said: said.join("") });
    });
  });
}
