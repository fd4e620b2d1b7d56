/** Commands that ask the server about itself. */
import type { Reply } from "../resp/reply.ts";
import type { Arguments } from "./arguments.ts";
import type { Call, CommandSpec } from "./command.ts";
import { matchesGlob } from "./glob.ts";
import { nullArray } from "../resp/reply.ts";
import { refuse, wrongArity } from "./refusal.ts";

const group = "server";
const quiet = ["loading", "stale"] as const;

const describing: readonly CommandSpec[] = [
  {
    name: "command|count",
    arity: 2,
    flags: quiet,
    group,
    since: "2.8.13",
    summary: "Count the commands",
    run: (_, { front }) => front.commands.all.length,
  },
  {
    name: "command|docs",
    arity: -2,
    flags: quiet,
    group,
    since: "7.0.0",
    summary: "Describe commands for people",
    run: (args, { front }) => {
      const specs = chosen(args, front.commands).filter((spec) => spec !== undefined);
      return { map: specs.map((spec) => [spec.name, docsOf(spec)] as const) };
    },
  },
  {
    name: "command|info",
    arity: -2,
    flags: quiet,
    group,
    since: "2.8.13",
    summary: "Describe commands for clients",
    run: (args, { front }) => chosen(args, front.commands).map(infoOf),
  },
];

export const serverCommands: readonly CommandSpec[] = [
  {
    name: "command",
    arity: -1,
    flags: quiet,
    group,
    since: "2.8.13",
    summary: "Describe all commands",
    run: (args, { front }) => {
      if (args.left > 0) refuse(wrongArity("command"));
      return front.commands.all.map(infoOf);
    },
    subcommands: describing,
  },
  {
    name: "config",
    arity: -2,
    flags: [],
    group,
    since: "2.0.0",
    summary: "Settings of the server",
    subcommands: [
      {
        name: "config|get",
        arity: -3,
        flags: ["admin", "noscript", "loading", "stale"],
        group,
        since: "2.0.0",
        summary: "Get settings",
        run: (args, { front }) => {
          const patterns = args.rest();
          const found = [...front.config].filter(([name]) =>
            patterns.some((pattern) => matchesGlob(pattern, Buffer.from(name))),
          );
          return { map: found };
        },
      },
    ],
  },
  {
    name: "dbsize",
    arity: 1,
    flags: ["readonly", "fast"],
    group,
    since: "1.0.0",
    summary: "Count the keys",
    order: "alone",
    run: (_, { keyspace }) => keyspace.keys.size(),
  },
  {
    name: "info",
    arity: -1,
    flags: quiet,
    group,
    since: "1.0.0",
    summary: "Facts and figures of the server",
    run: info,
  },
];

/** INFO [section ...] */
async function info(args: Arguments, { front }: Call): Promise<Reply> {
  const wanted = new Set(args.rest().map((word) => word.toString("latin1").toLowerCase()));
  const everything = ["all", "everything", "default"].some((word) => wanted.has(word));
  const sections = (await front.info()).filter(
    ([section]) => wanted.size === 0 || everything || wanted.has(section.toLowerCase()),
  );
  const text = sections.map(
    ([section, lines]) => `# ${section}\r\n${lines.map((line) => `${line}\r\n`).join("")}`,
  );
  return { verbatim: text.join("\r\n") };
}

/** The commands named, `undefined` for one that is not there; all when none is named. */
function chosen(
  args: Arguments,
  commands: Call["front"]["commands"],
): readonly (CommandSpec | undefined)[] {
  if (args.left === 0) return commands.all;
  return args.rest().map((word) => commands.find(word.toString("latin1")));
}

/** An entry of COMMAND, as Redis 7 has it; ACL categories, tips and key specifications are empty. */
function infoOf(spec: CommandSpec | undefined): Reply {
  if (spec === undefined) return nullArray;
  const { first, last, step } = spec.keys ?? { first: 0, last: 0, step: 0 };
  return [
    spec.name,
    spec.arity,
    { set: spec.flags.map((flag) => ({ simple: flag })) },
    first,
    last,
    step,
    { set: [] },
    [],
    [],
    (spec.subcommands ?? []).map(infoOf),
  ];
}

function docsOf(spec: CommandSpec): Reply {
  const { summary, since, subcommands } = spec;
  const map: [Reply, Reply][] = [
    ["summary", summary],
    ["since", since],
    ["group", spec.group],
  ];
  if (subcommands !== undefined) {
    map.push(["subcommands", { map: subcommands.map((sub) => [sub.name, docsOf(sub)] as const) }]);
  }
  return { map };
}
