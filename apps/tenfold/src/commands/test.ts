/** `./tenfold test`: installs what the tests need, then runs everything. */
import { readdirSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import type { Command, CommandCall } from "../cli/command.ts";
import { ensureEngines } from "../engines.ts";
import { buildWebApp } from "../web-build.ts";
import { workspaceRoot } from "../workspace.ts";
import { quickSteps, runSteps, type Step } from "./steps.ts";
import { openTestFolder } from "./test-folder.ts";

export const testCommand: Command = {
  name: "test",
  summary: "Every test: quick checks, unit, conformance, scenario, crash, browser",
  args: "[file…]",
  flags: { "no-install": { help: "Do not install missing engines; say what is missing" } },
  examples: ["./tenfold test", "./tenfold test platform/sql/src/leases.test.ts"],
  async run({ args, flags, io, signal }) {
    if (args.length > 0) return await runNodeTests(args, { io, signal });
    const missing = await ensureEngines({ io, signal, install: flags["no-install"] === undefined });
    if (missing) return 1;
    await buildWebApp(() => io.out("Building the web app …"));
    // The whole list runs even when an early step fails: one run tells everything.
    const quick = await runSteps(
      quickSteps.filter(({ name }) => name !== "tidy"),
      { io, signal, atOnce: 2 },
    );
    if (signal.aborted) return 130;
    await using folder = await openTestFolder();
    const env = { TMPDIR: folder.path };
    const tests = await runNodeTests(findTests(), { io, signal, env });
    return quick === 0 ? tests : quick;
  },
};

/**
 * Every test file of the workspace. Those of the whole platform take longest
 * and come first, so that none of them is left to run alone at the end.
 */
function findTests(): string[] {
  const files = ["packages", "platform", "systems", "apps", "test"].flatMap((folder) =>
    readdirSync(join(workspaceRoot, folder), { recursive: true, encoding: "utf8" })
      .filter((file) => file.endsWith(".test.ts") && !file.includes("node_modules"))
      .map((file) => `${folder}/${file}`),
  );
  return files.toSorted((a, b) => Number(b.startsWith("test/")) - Number(a.startsWith("test/")));
}

/** Tests of real engines wait for them as much as they compute: one more file than processors. */
const filesAtOnce = availableParallelism() + 1;

function runNodeTests(
  files: readonly string[],
  { env = {}, ...run }: Pick<CommandCall, "io" | "signal"> & Pick<Step, "env">,
): Promise<number> {
  const step = {
    name: "tests",
    program: "node",
    args: ["--test", `--test-concurrency=${filesAtOnce}`, "--test-reporter=spec", ...files],
    env,
    live: true,
  };
  return runSteps([step], { ...run, atOnce: 1 });
}
