/** Processes on a core of their own, so that server and load do not share one. */
import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import type { LoadPlan, LoadResult } from "./generator.ts";

/** The server's core and the load's. */
export const cores = { server: "0", load: "1" };

/** As `./tenfold` starts Node. */
const launcherFlags = ["--max-semi-space-size=16", "--heap-growing-percent=30"];

const hasTaskset = spawnSync("taskset", ["--version"]).status === 0;

/** Starts `words` on `core`; on any core without one, or where `taskset` is missing. */
export function spawnPinned(
  core: string | null,
  words: readonly string[],
  { quiet = false } = {},
): ChildProcess {
  const [program = "", ...args] =
    hasTaskset && core !== null ? ["taskset", "-c", core, ...words] : words;
  return spawn(program, args, { stdio: ["ignore", "pipe", quiet ? "ignore" : "inherit"] });
}

export interface Server extends AsyncDisposable {
  port: number;
  pid: number;
}

/** Starts a server script that prints its port (or URL) as its first line. */
export async function startServer(
  script: string,
  args: readonly string[] = [],
  core: string | null = cores.server,
): Promise<Server> {
  const file = fileURLToPath(new URL(script, import.meta.url));
  const child = spawnPinned(core, [process.execPath, ...launcherFlags, file, ...args]);
  const line = await firstLine(child);
  return {
    port: Number(/(\d+)\/?$/.exec(line)?.[1]),
    pid: child.pid ?? 0,
    async [Symbol.asyncDispose]() {
      child.kill("SIGTERM");
      await once(child, "exit");
    },
  };
}

async function firstLine(child: ChildProcess): Promise<string> {
  let said = "";
  for await (const chunk of child.stdout ?? []) {
    said += String(chunk);
    if (said.includes("\n")) break;
  }
  if (!said.includes("\n")) throw new Error("the server ended before it was ready");
  return said.split("\n")[0] ?? "";
}

/** Writes requests to a file that generators read. */
export function writeRequests(requests: readonly string[]): string {
  const file = join(mkdtempSync(join(tmpdir(), "tenfold-bench-")), "requests.json");
  writeFileSync(file, JSON.stringify(requests));
  return file;
}

/** Runs the generator, on the load's core unless told otherwise. */
export async function runLoad(
  plan: LoadPlan,
  core: string | null = plan.shared === true ? null : cores.load,
): Promise<LoadResult> {
  const file = fileURLToPath(new URL("./generator.ts", import.meta.url));
  const child = spawnPinned(core, [process.execPath, file, JSON.stringify(plan)]);
  let said = "";
  for await (const chunk of child.stdout ?? []) said += String(chunk);
  const result: LoadResult = JSON.parse(said);
  return result;
}

/** The one in the middle, by `key`. */
export function medianBy<Item>(items: readonly Item[], key: (item: Item) => number): Item {
  const middle = items.toSorted((a, b) => key(a) - key(b))[Math.floor(items.length / 2)];
  if (middle === undefined) throw new Error("the median of nothing");
  return middle;
}
