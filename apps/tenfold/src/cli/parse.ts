/** From words on the command line to a command, its flags and its arguments; wrong words name the nearest right one. */
import { parseArgs } from "node:util";
import { closest, distance } from "fastest-levenshtein";
import { cliErrors } from "../errors.ts";
import type { Command } from "./command.ts";

export type Parsed =
  | { kind: "help"; command?: Command; group?: readonly Command[] }
  | { kind: "version" }
  | { kind: "run"; command: Command; flags: Record<string, string | true>; args: string[] };

/** Throws `usage` for words that make no command. */
export function parseCommandLine(words: readonly string[], commands: readonly Command[]): Parsed {
  const first = words[0];
  if (first === undefined || first === "help" || first === "--help" || first === "-h") {
    const wanted = first === "help" ? words.slice(1) : [];
    if (wanted.length === 0) return { kind: "help" };
    return helpOf(wanted, commands);
  }
  if (first === "--version" || first === "-v") return { kind: "version" };

  const found = findCommand(words, commands);
  const asked = words.filter((word) => word !== "--help" && word !== "-h");
  if (asked.length < words.length) return helpOf(asked, commands);
  if (found === undefined) throw unknownCommand(words, commands);
  const { command, rest } = found;
  return { kind: "run", command, ...parseFlags(rest, command) };
}

/** About the command that `words` name, or all whose names begin with them: `kv`. */
function helpOf(words: readonly string[], commands: readonly Command[]): Parsed {
  const named = findCommand(words, commands);
  if (named !== undefined) return { kind: "help", command: named.command };
  const group = commands.filter(({ name }) => name.startsWith(`${words.join(" ")} `));
  if (group.length === 0) throw unknownCommand(words, commands);
  return { kind: "help", group };
}

/** The longest command name that `words` begin with. */
function findCommand(
  words: readonly string[],
  commands: readonly Command[],
): { command: Command; rest: string[] } | undefined {
  const matches = commands
    .map((command) => ({ command, size: command.name.split(" ").length }))
    .filter(({ command, size }) => words.slice(0, size).join(" ") === command.name)
    .toSorted((a, b) => b.size - a.size);
  const best = matches[0];
  return best && { command: best.command, rest: words.slice(best.size) };
}

function parseFlags(
  words: readonly string[],
  command: Command,
): { flags: Record<string, string | true>; args: string[] } {
  const options = Object.fromEntries(
    Object.entries(command.flags).map(([name, spec]) => [
      name,
      { type: spec.value === undefined ? ("boolean" as const) : ("string" as const) },
    ]),
  );
  const { tokens } = parseArgs({
    args: [...words],
    options,
    allowPositionals: true,
    strict: false,
    tokens: true,
  });
  const flags: Record<string, string | true> = {};
  const args: string[] = [];
  for (const token of tokens) {
    if (token.kind === "positional") args.push(token.value);
    if (token.kind !== "option") continue;
    const spec = command.flags[token.name];
    if (spec === undefined) throw unknownFlag(token.rawName, command);
    if (spec.value !== undefined && (token.value === undefined || token.value === "")) {
      throw cliErrors.usage({
        detail: `--${token.name} needs a value: --${token.name} <${spec.value}>.`,
      });
    }
    if (spec.value === undefined && token.value !== undefined) {
      throw cliErrors.usage({ detail: `--${token.name} takes no value.` });
    }
    flags[token.name] = token.value ?? true;
  }
  if (command.args === undefined && args.length > 0) {
    throw cliErrors.usage({
      detail: `"${command.name}" takes no argument, but got "${args[0]}".`,
      hint: `See: ./tenfold ${command.name} --help`,
    });
  }
  return { flags, args };
}

function unknownFlag(rawName: string, command: Command): Error {
  const names = Object.keys(command.flags).map((name) => `--${name}`);
  return cliErrors.usage({
    detail: `${rawName} is not a flag of "${command.name}".${nearest(rawName, names)}`,
    hint: `See: ./tenfold ${command.name} --help`,
  });
}

function unknownCommand(words: readonly string[], commands: readonly Command[]): Error {
  const said = words
    .slice(0, 2)
    .filter((word) => !word.startsWith("-"))
    .join(" ");
  const names = commands.map((command) => command.name);
  const shown = said === "" ? (words[0] ?? "") : said;
  return cliErrors.usage({
    detail: `"${shown}" is not a command.${nearest(shown, names)}`,
    hint: "See: ./tenfold --help",
  });
}

function nearest(word: string, candidates: readonly string[]): string {
  if (candidates.length === 0) return "";
  const longer = candidates.filter((candidate) => candidate.startsWith(`${word} `));
  if (longer.length > 0) return ` Did you mean ${longer.join(" or ")}?`;
  const best = closest(word, [...candidates]);
  return distance(word, best) <= Math.max(1, Math.floor(best.length / 2))
    ? ` Did you mean ${best}?`
    : "";
}
