/** Commands on sets. */
import { oneKey, type CommandSpec } from "./command.ts";
import { scanReply, takeCursor, takeScanOptions } from "./scan.ts";

const common = { keys: oneKey, group: "set" } as const;
const reading = ["readonly", "fast"] as const;

export const setCommands: readonly CommandSpec[] = [
  {
    ...common,
    name: "sadd",
    arity: -3,
    flags: ["write", "denyoom", "fast"],
    since: "1.0.0",
    summary: "Add members to a set",
    run: (args, { keyspace }) => keyspace.sets.add(args.bytes(), args.rest()),
  },
  {
    ...common,
    name: "srem",
    arity: -3,
    flags: ["write", "fast"],
    since: "1.0.0",
    summary: "Remove members from a set",
    run: (args, { keyspace }) => keyspace.sets.remove(args.bytes(), args.rest()),
  },
  {
    ...common,
    name: "smembers",
    arity: 2,
    flags: ["readonly"],
    since: "1.0.0",
    summary: "Get all members of a set",
    run: async (args, { keyspace }) => ({ set: await keyspace.sets.all(args.bytes()) }),
  },
  {
    ...common,
    name: "sismember",
    arity: 3,
    flags: reading,
    since: "1.0.0",
    summary: "Determine if a value is a member of a set",
    run: async (args, { keyspace }) => {
      const [present] = await keyspace.sets.has(args.bytes(), args.rest());
      return present === true ? 1 : 0;
    },
  },
  {
    ...common,
    name: "smismember",
    arity: -3,
    flags: reading,
    since: "6.2.0",
    summary: "Determine which values are members of a set",
    run: async (args, { keyspace }) => {
      const present = await keyspace.sets.has(args.bytes(), args.rest());
      return present.map((each) => (each ? 1 : 0));
    },
  },
  {
    ...common,
    name: "scard",
    arity: 2,
    flags: reading,
    since: "1.0.0",
    summary: "Get the number of members in a set",
    run: (args, { keyspace }) => keyspace.sets.size(args.bytes()),
  },
  {
    ...common,
    name: "sscan",
    arity: -3,
    flags: ["readonly"],
    since: "2.8.0",
    summary: "Iterate members of a set",
    run: async (args, { keyspace }) => {
      const [key, cursor] = [args.bytes(), takeCursor(args)];
      const page = await keyspace.sets.scan(key, cursor, takeScanOptions(args));
      return scanReply(page, (member) => [member]);
    },
  },
];
