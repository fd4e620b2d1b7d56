/** All commands, and finding the one that a client means. */
import { adminCommands } from "./admin.ts";
import { clusterCommands } from "./cluster.ts";
import { fitsArity, type CommandLookup, type CommandSpec, type Handler } from "./command.ts";
import { connectionCommands } from "./connection.ts";
import { hashCommands } from "./hashes.ts";
import { keyCommands } from "./keys.ts";
import { wrongArity } from "./refusal.ts";
import { NameTable } from "./name-table.ts";
import { serverCommands } from "./server.ts";
import { setCommands } from "./sets.ts";
import { sortedRangeCommands } from "./sorted-ranges.ts";
import { sortedSetCommands } from "./sorted-sets.ts";
import { stringCommands } from "./strings.ts";
import { versionCommands } from "./versions.ts";

const all: readonly CommandSpec[] = [
  ...connectionCommands,
  ...serverCommands,
  ...stringCommands,
  ...keyCommands,
  ...hashCommands,
  ...setCommands,
  ...sortedSetCommands,
  ...sortedRangeCommands,
  ...clusterCommands,
  ...versionCommands,
  ...adminCommands,
];

/** By name in lower and in upper case, which are how clients write it. */
const byName: ReadonlyMap<string, CommandSpec> = new Map(
  all
    .flatMap((spec) => [spec, ...(spec.subcommands ?? [])])
    .flatMap((spec) => [[spec.name, spec] as const, [spec.name.toUpperCase(), spec] as const]),
);

/** The command table. Names are found in any case; of subcommands as `client|id`. */
export const commandTable: CommandLookup = Object.freeze({
  all,
  find: (name: string) => byName.get(name) ?? byName.get(name.toLowerCase()),
});

/** A command to run, and how many words name it. */
export interface Runnable {
  spec: CommandSpec;
  run: Handler;
  nameWords: 1 | 2;
  writes: boolean;
}

/** What a client asked for, or why it cannot be had. */
export type Resolved = Runnable | { wrong: string };

const runnables: ReadonlyMap<CommandSpec, Runnable> = new Map(
  all
    .flatMap((spec) => [spec, ...(spec.subcommands ?? [])])
    .flatMap((spec) => {
      const { run, flags } = spec;
      const nameWords = spec.name.includes("|") ? 2 : 1;
      const writes = flags.includes("write");
      return run === undefined ? [] : [[spec, { spec, run, nameWords, writes }] as const];
    }),
);

/** Commands by the bytes of their names, so that none need be made into text. */
const byBytes = new NameTable(all.map((spec) => [spec.name, spec]));

/** Finds what `words` mean, and checks how many there are. */
export function resolveCommand(words: readonly Buffer[]): Resolved {
  const [name] = words;
  const spec = name === undefined ? undefined : byBytes.find(name);
  if (spec === undefined) return { wrong: unknownCommand(words) };
  const named = words[1];
  if (spec.subcommands === undefined || (named === undefined && spec.run !== undefined)) {
    return checked(spec, words.length);
  }
  if (named === undefined) return { wrong: wrongArity(spec.name) };
  const sub = commandTable.find(`${spec.name}|${named.toString("latin1")}`);
  if (sub !== undefined) return checked(sub, words.length);
  const known = `Try ${spec.name.toUpperCase()} HELP.`;
  return { wrong: `unknown subcommand '${named.toString("latin1", 0, 128)}'. ${known}` };
}

function checked(spec: CommandSpec, words: number): Resolved {
  const runnable = runnables.get(spec);
  if (runnable === undefined || !fitsArity(spec, words)) return { wrong: wrongArity(spec.name) };
  return runnable;
}

/** In Redis's words: the name, and as many arguments as fit 128 characters. */
function unknownCommand(words: readonly Buffer[]): string {
  const name = words[0]?.toString("latin1", 0, 128) ?? "";
  let shown = "";
  for (const word of words.slice(1)) {
    if (shown.length >= 128) break;
    const [upToNul = ""] = word.toString("latin1", 0, 128 - shown.length).split("\0");
    shown += `'${upToNul}' `;
  }
  return `unknown command '${name}', with args beginning with: ${shown}`;
}
