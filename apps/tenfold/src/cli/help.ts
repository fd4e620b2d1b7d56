/** Help texts, drawn from the commands' own data. */
import type { Command } from "./command.ts";

export function renderHelp(commands: readonly Command[]): string {
  return [
    "Tenfold: every system a product meets on its way to millions of users.",
    "",
    "Usage: ./tenfold <command> [flags]",
    "",
    "Commands:",
    ...commandLines(commands),
    "",
    "Examples:",
    "  ./tenfold up                     start everything on http://127.0.0.1:8080",
    "  ./tenfold up --port 9000         on another port",
    "  ./tenfold test                   run every test",
    "",
    "./tenfold <command> --help tells more about one; ./tenfold settings lists every setting.",
  ].join("\n");
}

/** Of commands that begin with the same word. */
export function renderGroupHelp(commands: readonly Command[]): string {
  const first = commands[0]?.name.split(" ")[0] ?? "";
  return [
    `Usage: ./tenfold ${first} <command> [flags]`,
    "",
    "Commands:",
    ...commandLines(commands),
    "",
    "Examples:",
    ...commands.flatMap(({ examples }) => examples.slice(0, 1)).map((example) => `  ${example}`),
    "",
    `./tenfold ${first} <command> --help tells more about one.`,
  ].join("\n");
}

function commandLines(commands: readonly Command[]): string[] {
  const width = Math.max(...commands.map(({ name }) => name.length));
  return commands.map(({ name, summary }) => `  ${name.padEnd(width)}  ${summary}`);
}

export function renderCommandHelp(command: Command): string {
  const flags = Object.entries(command.flags).map(([name, spec]) => ({
    left: spec.value === undefined ? `--${name}` : `--${name} <${spec.value}>`,
    right: spec.env === undefined ? spec.help : `${spec.help} [${spec.env}]`,
  }));
  const width = Math.max(0, ...flags.map(({ left }) => left.length));
  const usage = ["./tenfold", command.name, command.args, flags.length > 0 ? "[flags]" : undefined];
  return [
    `${command.summary}.`,
    "",
    `Usage: ${usage.filter((part) => part !== undefined).join(" ")}`,
    ...(flags.length === 0
      ? []
      : ["", "Flags:", ...flags.map(({ left, right }) => `  ${left.padEnd(width)}  ${right}`)]),
    "",
    "Examples:",
    ...command.examples.map((example) => `  ${example}`),
  ].join("\n");
}
