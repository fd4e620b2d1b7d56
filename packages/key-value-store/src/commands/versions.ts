/** Our own commands, for what Redis cannot say: siblings, contexts, quorums, and where a key lives. */
import type { Reply } from "../resp/reply.ts";
import type { Arguments } from "./arguments.ts";
import { oneKey, type Call, type CommandSpec } from "./command.ts";
import { refuse, SYNTAX } from "./refusal.ts";

const common = { keys: oneKey, group: "versions", since: "7.0.0" } as const;

export const versionCommands: readonly CommandSpec[] = [
  {
    ...common,
    name: "kv.get",
    arity: -2,
    flags: ["readonly", "fast"],
    summary: "Get all concurrent values of a key, and the context that has seen them",
    run: read,
  },
  {
    ...common,
    name: "kv.put",
    arity: -3,
    flags: ["write", "denyoom"],
    summary: "Replace the values that a context has seen",
    run: (args, call) => {
      const key = args.bytes();
      const value = args.bytes();
      return write(args, call, { key, value });
    },
  },
  {
    ...common,
    name: "kv.del",
    arity: -2,
    flags: ["write"],
    summary: "Remove the values that a context has seen",
    run: (args, call) => write(args, call, { key: args.bytes(), value: undefined }),
  },
  {
    ...common,
    name: "kv.explain",
    arity: 2,
    flags: ["readonly"],
    summary: "Show where a key lives, in which versions, and the hints for it",
    run: explain,
  },
];

/** KV.GET key [R n] [CONTEXT c] */
async function read(args: Arguments, { keyspace }: Call): Promise<Reply> {
  const key = args.bytes();
  const options: { readQuorum?: number; context?: Buffer } = {};
  while (args.left > 0) {
    if (args.takes("R")) options.readQuorum = quorum(args);
    else if (args.takes("CONTEXT")) options.context = args.bytes();
    else refuse(SYNTAX);
  }
  const { values, context } = await keyspace.versions.read(key, options);
  return {
    map: [
      ["values", values],
      ["context", context],
    ],
  };
}

/** KV.PUT key value, KV.DEL key; [CONTEXT c] [W n] [DURABILITY memory|disk] */
async function write(
  args: Arguments,
  { keyspace }: Call,
  { key, value }: { key: Buffer; value: Buffer | undefined },
): Promise<Reply> {
  const options: { context?: Buffer; writeQuorum?: number; durability?: "memory" | "disk" } = {};
  while (args.left > 0) {
    if (args.takes("CONTEXT")) options.context = args.bytes();
    else if (args.takes("W")) options.writeQuorum = quorum(args);
    else if (args.takes("DURABILITY")) options.durability = durability(args);
    else refuse(SYNTAX);
  }
  return (await keyspace.versions.write(key, value, options)).context;
}

function quorum(args: Arguments): number {
  const count = args.count();
  return count >= 1 ? count : refuse("R and W must be at least 1");
}

function durability(args: Arguments): "memory" | "disk" {
  if (args.takes("MEMORY")) return "memory";
  return args.takes("DISK") ? "disk" : refuse("DURABILITY must be memory or disk");
}

async function explain(args: Arguments, { keyspace }: Call): Promise<Reply> {
  const { partition, replicas, hints } = await keyspace.versions.explain(args.bytes());
  return {
    map: [
      ["partition", partition],
      [
        "replicas",
        replicas.map(({ node, state, versions }) => ({
          map: [
            ["node", node],
            ["state", state],
            ["versions", versions],
          ],
        })),
      ],
      ["hints", { map: hints.map(({ node, count }) => [node, count] as const) }],
    ],
  };
}
