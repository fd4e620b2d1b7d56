/** Commands on sorted sets, but for those that read ranges. */
import type { ScoreConditions } from "../keyspace.ts";
import { formatDouble, parseFloating } from "../numbers.ts";
import type { Reply } from "../resp/reply.ts";
import type { Arguments } from "./arguments.ts";
import { oneKey, type Call, type CommandSpec } from "./command.ts";
import { inWords, NOT_A_FLOAT, refuse, SYNTAX } from "./refusal.ts";
import { scanReply, takeCursor, takeScanOptions } from "./scan.ts";
import { memberSpan, scoreSpan } from "./sorted-ranges.ts";

const common = { keys: oneKey, group: "sorted-set" } as const;
const reading = ["readonly", "fast"] as const;
const writing = ["write", "denyoom", "fast"] as const;

const INCOMPATIBLE = "GT, LT, and/or NX options at the same time are not compatible";
/** Infinity and its opposite have no sum. */
const NOT_A_SCORE = { not_a_float: "resulting score is not a number (NaN)" };

export const sortedSetCommands: readonly CommandSpec[] = [
  {
    ...common,
    name: "zadd",
    arity: -4,
    flags: writing,
    since: "1.2.0",
    summary: "Add members to a sorted set, or update their scores",
    run: add,
  },
  {
    ...common,
    name: "zincrby",
    arity: 4,
    flags: writing,
    since: "1.2.0",
    summary: "Increment the score of a member of a sorted set",
    run: async (args, { keyspace }) => {
      const key = args.bytes();
      const entry = { score: args.float(), member: args.bytes() };
      return scored(await inWords(NOT_A_SCORE, keyspace.sortedSets.increment(key, entry)));
    },
  },
  {
    ...common,
    name: "zrem",
    arity: -3,
    flags: ["write", "fast"],
    since: "1.2.0",
    summary: "Remove members from a sorted set",
    run: (args, { keyspace }) => keyspace.sortedSets.remove(args.bytes(), args.rest()),
  },
  {
    ...common,
    name: "zscore",
    arity: 3,
    flags: reading,
    since: "1.2.0",
    summary: "Get the score of a member of a sorted set",
    run: async (args, { keyspace }) => {
      const [score] = await keyspace.sortedSets.scores(args.bytes(), args.rest());
      return scored(score);
    },
  },
  {
    ...common,
    name: "zmscore",
    arity: -3,
    flags: reading,
    since: "6.2.0",
    summary: "Get the scores of members of a sorted set",
    run: async (args, { keyspace }) =>
      (await keyspace.sortedSets.scores(args.bytes(), args.rest())).map(scored),
  },
  {
    ...common,
    name: "zcard",
    arity: 2,
    flags: reading,
    since: "1.2.0",
    summary: "Get the number of members of a sorted set",
    run: (args, { keyspace }) => keyspace.sortedSets.size(args.bytes()),
  },
  {
    ...common,
    name: "zcount",
    arity: 4,
    flags: reading,
    since: "2.0.0",
    summary: "Count the members of a sorted set within a range of scores",
    run: (args, { keyspace }) => {
      const key = args.bytes();
      return keyspace.sortedSets.count(key, scoreSpan(args.bytes(), args.bytes()));
    },
  },
  {
    ...common,
    name: "zlexcount",
    arity: 4,
    flags: reading,
    since: "2.8.9",
    summary: "Count the members of a sorted set within a range of bytes",
    run: (args, { keyspace }) => {
      const key = args.bytes();
      return keyspace.sortedSets.count(key, memberSpan(args.bytes(), args.bytes()));
    },
  },
  {
    ...common,
    name: "zscan",
    arity: -3,
    flags: ["readonly"],
    since: "2.8.0",
    summary: "Iterate members and scores of a sorted set",
    run: async (args, { keyspace }) => {
      const [key, cursor] = [args.bytes(), takeCursor(args)];
      const page = await keyspace.sortedSets.scan(key, cursor, takeScanOptions(args));
      return scanReply(page, ({ member, score }) => [member, formatDouble(score)]);
    },
  },
];

/** ZADD key [NX | XX] [GT | LT] [CH] [INCR] score member [score member ...] */
async function add(args: Arguments, { keyspace }: Call): Promise<Reply> {
  const key = args.bytes();
  const options = takeOptions(args);
  const pairs = args.pairs() ?? refuse(SYNTAX);
  const [first] = pairs;
  if (first === undefined) return refuse(SYNTAX);
  const conditions = toConditions(options);
  if (options.has("INCR") && pairs.length > 1) {
    refuse("INCR option supports a single increment-element pair");
  }
  const entries = pairs.map(([score, member]) => ({
    score: parseFloating(score) ?? refuse(NOT_A_FLOAT),
    member,
  }));
  const [entry] = entries;
  if (options.has("INCR") && entry !== undefined) {
    const sum = keyspace.sortedSets.increment(key, entry, conditions);
    return scored(await inWords(NOT_A_SCORE, sum));
  }
  const { added, changed } = await keyspace.sortedSets.add(key, entries, conditions);
  return options.has("CH") ? added + changed : added;
}

/** Everything before the first word that is no option, which is a score. */
function takeOptions(args: Arguments): ReadonlySet<string> {
  const found = new Set<string>();
  for (;;) {
    const option = ["NX", "XX", "GT", "LT", "CH", "INCR"].find((each) => args.takes(each));
    if (option === undefined) return found;
    found.add(option);
  }
}

function toConditions(options: ReadonlySet<string>): ScoreConditions {
  const conditions: ScoreConditions = {};
  if (options.has("NX")) conditions.when = "if-absent";
  if (options.has("XX")) {
    if (options.has("NX")) refuse("XX and NX options at the same time are not compatible");
    conditions.when = "if-present";
  }
  if (options.has("GT")) conditions.only = "greater";
  if (options.has("LT")) {
    if (options.has("GT")) refuse(INCOMPATIBLE);
    conditions.only = "less";
  }
  if (conditions.only !== undefined && options.has("NX")) refuse(INCOMPATIBLE);
  return conditions;
}

function scored(score: number | undefined): Reply {
  return score === undefined ? null : { double: score };
}
