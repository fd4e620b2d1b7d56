/** Commands on hashes. */
import { formatDouble } from "../numbers.ts";
import { OK } from "../resp/reply.ts";
import { oneKey, type CommandSpec } from "./command.ts";
import { inWords, refuse, wrongArity } from "./refusal.ts";
import { scanReply, takeCursor, takeScanOptions } from "./scan.ts";

const common = { keys: oneKey, group: "hash" } as const;
const reading = ["readonly", "fast"] as const;
const writing = ["write", "denyoom", "fast"] as const;

const NOT_AN_INTEGER = { not_an_integer: "hash value is not an integer" };
const NOT_A_FLOAT = { not_a_float: "hash value is not a float" };

export const hashCommands: readonly CommandSpec[] = [
  {
    ...common,
    name: "hset",
    arity: -4,
    flags: writing,
    since: "2.0.0",
    summary: "Set fields of a hash",
    run: async (args, { keyspace }) => {
      const key = args.bytes();
      const entries = args.pairs() ?? refuse(wrongArity("hset"));
      return (await keyspace.hashes.set(key, entries)).added;
    },
  },
  {
    ...common,
    name: "hmset",
    arity: -4,
    flags: writing,
    since: "2.0.0",
    summary: "Set fields of a hash",
    run: async (args, { keyspace }) => {
      const key = args.bytes();
      await keyspace.hashes.set(key, args.pairs() ?? refuse(wrongArity("hmset")));
      return OK;
    },
  },
  {
    ...common,
    name: "hsetnx",
    arity: 4,
    flags: writing,
    since: "2.0.0",
    summary: "Set a field of a hash, only if it does not exist",
    run: async (args, { keyspace }) => {
      const [key, field, value] = [args.bytes(), args.bytes(), args.bytes()];
      return (await keyspace.hashes.set(key, [[field, value]], "if-absent")).added;
    },
  },
  {
    ...common,
    name: "hget",
    arity: 3,
    flags: reading,
    since: "2.0.0",
    summary: "Get a field of a hash",
    run: async (args, { keyspace }) => {
      const [value] = await keyspace.hashes.get(args.bytes(), args.rest());
      return value ?? null;
    },
  },
  {
    ...common,
    name: "hmget",
    arity: -3,
    flags: reading,
    since: "2.0.0",
    summary: "Get fields of a hash",
    run: async (args, { keyspace }) => {
      const values = await keyspace.hashes.get(args.bytes(), args.rest());
      return values.map((value) => value ?? null);
    },
  },
  {
    ...common,
    name: "hstrlen",
    arity: 3,
    flags: reading,
    since: "3.2.0",
    summary: "Get the length of a field of a hash",
    run: async (args, { keyspace }) => {
      const [value] = await keyspace.hashes.get(args.bytes(), args.rest());
      return value?.length ?? 0;
    },
  },
  {
    ...common,
    name: "hexists",
    arity: 3,
    flags: reading,
    since: "2.0.0",
    summary: "Determine if a field of a hash exists",
    run: async (args, { keyspace }) => {
      const [value] = await keyspace.hashes.get(args.bytes(), args.rest());
      return value === undefined ? 0 : 1;
    },
  },
  {
    ...common,
    name: "hgetall",
    arity: 2,
    flags: ["readonly"],
    since: "2.0.0",
    summary: "Get all fields and values of a hash",
    run: async (args, { keyspace }) => ({ map: await keyspace.hashes.all(args.bytes()) }),
  },
  {
    ...common,
    name: "hkeys",
    arity: 2,
    flags: ["readonly"],
    since: "2.0.0",
    summary: "Get all fields of a hash",
    run: async (args, { keyspace }) => {
      const entries = await keyspace.hashes.all(args.bytes());
      return entries.map(([field]) => field);
    },
  },
  {
    ...common,
    name: "hvals",
    arity: 2,
    flags: ["readonly"],
    since: "2.0.0",
    summary: "Get all values of a hash",
    run: async (args, { keyspace }) => {
      const entries = await keyspace.hashes.all(args.bytes());
      return entries.map(([, value]) => value);
    },
  },
  {
    ...common,
    name: "hdel",
    arity: -3,
    flags: ["write", "fast"],
    since: "2.0.0",
    summary: "Delete fields of a hash",
    run: (args, { keyspace }) => keyspace.hashes.remove(args.bytes(), args.rest()),
  },
  {
    ...common,
    name: "hlen",
    arity: 2,
    flags: reading,
    since: "2.0.0",
    summary: "Get the number of fields of a hash",
    run: (args, { keyspace }) => keyspace.hashes.size(args.bytes()),
  },
  {
    ...common,
    name: "hincrby",
    arity: 4,
    flags: writing,
    since: "2.0.0",
    summary: "Increment the integer value of a field of a hash",
    run: (args, { keyspace }) => {
      const [key, field, by] = [args.bytes(), args.bytes(), args.integer()];
      return inWords(NOT_AN_INTEGER, keyspace.hashes.increment(key, field, by));
    },
  },
  {
    ...common,
    name: "hincrbyfloat",
    arity: 4,
    flags: writing,
    since: "2.6.0",
    summary: "Increment the float value of a field of a hash",
    run: async (args, { keyspace }) => {
      const [key, field, by] = [args.bytes(), args.bytes(), args.float()];
      if (!Number.isFinite(by)) refuse("value is NaN or Infinity");
      const sum = await inWords(NOT_A_FLOAT, keyspace.hashes.incrementFloat(key, field, by));
      return formatDouble(sum);
    },
  },
  {
    ...common,
    name: "hscan",
    arity: -3,
    flags: ["readonly"],
    since: "2.8.0",
    summary: "Iterate fields and values of a hash",
    run: async (args, { keyspace }) => {
      const [key, cursor] = [args.bytes(), takeCursor(args)];
      const page = await keyspace.hashes.scan(key, cursor, takeScanOptions(args));
      return scanReply(page, (entry) => entry);
    },
  },
];
