/** `./tenfold bench`: runs the side-by-side measurements of `bench/`. */
import { spawn } from "node:child_process";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { closest } from "fastest-levenshtein";
import type { Command } from "../cli/command.ts";
import { cliErrors } from "../errors.ts";
import { workspaceRoot } from "../workspace.ts";

const folder = join(workspaceRoot, "bench");

/** A benchmark is a file `bench/<name>.ts`; what several share lies in folders below. */
function benchNames(): string[] {
  return readdirSync(folder)
    .filter((file) => file.endsWith(".ts"))
    .map((file) => file.replace(/\.ts$/, ""))
    .toSorted();
}

export const benchCommand: Command = {
  name: "bench",
  summary: "Measure beside the peers; without names, list what there is",
  args: "[name…] [-- flags of its own]",
  flags: {},
  examples: [
    "./tenfold bench",
    "./tenfold bench redirects",
    "./tenfold bench kv-single -- --requests 20000",
    "./tenfold bench all",
  ],
  async run({ args, io, signal }) {
    const names = benchNames();
    // What follows `--` comes as arguments too.
    const end = args.findIndex((word) => word.startsWith("-"));
    const wanted = end < 0 ? args : args.slice(0, end);
    const own = end < 0 ? [] : args.slice(end);
    if (wanted.length === 0) {
      io.out(["Benchmarks:", ...names.map((name) => `  ${name}`)].join("\n"));
      return 0;
    }
    for (const name of wanted.includes("all") ? names : wanted) {
      if (!names.includes(name)) {
        throw cliErrors.usage({
          detail: `There is no benchmark "${name}". Did you mean ${closest(name, names)}?`,
        });
      }
      const code = await runFile([join(folder, `${name}.ts`), ...own], signal);
      if (code !== 0) return code ?? 1;
    }
    return 0;
  },
};

function runFile(words: readonly string[], signal: AbortSignal): Promise<number | null> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, words, { stdio: "inherit" });
    signal.addEventListener("abort", () => child.kill("SIGTERM"), { once: true });
    child.on("error", reject);
    child.on("close", resolve);
  });
}
