/** All commands, and finding the one that a client means. */
import { adminCommands } from "./admin.ts";
import { clusterCommands } from "./cluster.ts";
import { fitsArity, type CommandLookup, type CommandSpec, type Handler } from "./command.ts";
import { connectionCommands } from "./connection.ts";
import { hashCommands } from "./hashes.ts";
import { keyCommands } from "./keys.ts";
import { wrongArity } from "./refusal.ts";
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

/** What a client asked for: a command to run, and how many words name it; or why not. */
export type Resolved = { spec: CommandSpec; run: Handler; nameWords: 1 | 2 } | { wrong: string };

/** Finds what `words` mean, and checks how many there are. */
export function resolveCommand(words: readonly Buffer[]): Resolved {
  const name = words[0]?.toString("latin1") ?? "";
  const spec = commandTable.find(name);
  if (spec === undefined || name.includes("|")) return { wrong: unknownCommand(name, words) };
  const named = words[1];
  if (spec.subcommands === undefined || (named === undefined && spec.run !== undefined)) {
    return checked(spec, words.length, 1);
  }
  if (named === undefined) return { wrong: wrongArity(spec.name) };
  const sub = commandTable.find(`${spec.name}|${named.toString("latin1")}`);
  if (sub !== undefined) return checked(sub, words.length, 2);
  const known = `Try ${spec.name.toUpperCase()} HELP.`;
  return { wrong: `unknown subcommand '${named.toString("latin1", 0, 128)}'. ${known}` };
}

function checked(spec: CommandSpec, words: number, nameWords: 1 | 2): Resolved {
  const { run } = spec;
  if (run === undefined || !fitsArity(spec, words)) return { wrong: wrongArity(spec.name) };
  return { spec, run, nameWords };
}

/** In Redis's words: the name, and as many arguments as fit 128 characters. */
function unknownCommand(name: string, words: readonly Buffer[]): string {
  let shown = "";
  for (const word of words.slice(1)) {
    if (shown.length >= 128) break;
    const [upToNul = ""] = word.toString("latin1", 0, 128 - shown.length).split("\0");
    shown += `'${upToNul}' `;
  }
  return `unknown command '${name.slice(0, 128)}', with args beginning with: ${shown}`;
}
