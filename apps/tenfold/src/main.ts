/** The program: one command line in, one exit code out. */
import { enableCompileCache } from "node:module";
import { createInterface } from "node:readline/promises";
import { Writable } from "node:stream";
import { TenfoldError } from "@tenfold/core";
import type { Io } from "./cli/command.ts";
import { renderCommandHelp, renderGroupHelp, renderHelp } from "./cli/help.ts";
import { parseCommandLine } from "./cli/parse.ts";
import { commands } from "./commands/index.ts";
import { readVersion } from "./version.ts";
import { compileCacheFolder } from "./workspace.ts";

const io: Io = {
  out: (line) => void process.stdout.write(`${line}\n`),
  err: (line) => void process.stderr.write(`${line}\n`),
  interactive: process.stdout.isTTY === true,
  askSecret,
};

/** SIGINT and SIGTERM abort; a second one ends the program at once. */
function abortOnSignals(): AbortSignal {
  const controller = new AbortController();
  for (const name of ["SIGINT", "SIGTERM"] as const) {
    process.on(name, () => {
      if (controller.signal.aborted) process.exit(130);
      controller.abort(new Error(`stopped by ${name}`));
    });
  }
  return controller.signal;
}

async function askSecret(question: string): Promise<string | undefined> {
  if (process.stdin.isTTY !== true) return undefined;
  process.stderr.write(question);
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() });
  const reader = createInterface({ input: process.stdin, output: silent, terminal: true });
  try {
    return await reader.question("");
  } finally {
    reader.close();
    process.stderr.write("\n");
  }
}

async function main(words: readonly string[]): Promise<number> {
  const parsed = parseCommandLine(words, commands);
  if (parsed.kind === "help") {
    const { command, group } = parsed;
    if (group !== undefined) io.out(renderGroupHelp(group));
    else io.out(command === undefined ? renderHelp(commands) : renderCommandHelp(command));
    return 0;
  }
  if (parsed.kind === "version") {
    io.out(`tenfold ${readVersion()} (node ${process.version})`);
    return 0;
  }
  const { command, flags, args } = parsed;
  // Commands load the large parts when they run. A folder that cannot be written is passed over.
  enableCompileCache(compileCacheFolder);
  return await command.run({ flags, args, env: process.env, io, signal: abortOnSignals() });
}

// `./tenfold settings | head` stops reading early; that is no failure of ours.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error;
});

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  process.exitCode = error instanceof TenfoldError && error.status < 500 ? 2 : 1;
  if (error instanceof TenfoldError) {
    io.err(`tenfold: ${error.message}`);
    if (error.cause instanceof Error) io.err(`  because: ${error.cause.message}`);
  } else {
    io.err(`tenfold: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`);
  }
}
