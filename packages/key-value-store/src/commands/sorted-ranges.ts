/**
 * Reading ranges of sorted sets: ZRANGE, which can say everything, and the older
 * commands that each say a part of it.
 */
import type { MemberBound, ScoreBound, SortedRange, SortedSpan } from "../keyspace.ts";
import type { Reply } from "../resp/reply.ts";
import { parseFloating, parseInteger } from "../numbers.ts";
import type { Arguments } from "./arguments.ts";
import { oneKey, type Call, type CommandSpec } from "./command.ts";
import { NOT_AN_INTEGER, refuse, SYNTAX } from "./refusal.ts";

type SpanKind = SortedSpan["by"];

/** What of a range the command's name says already. */
interface Fixed {
  by: SpanKind;
  reverse: boolean;
}

export const sortedRangeCommands: readonly CommandSpec[] = [
  range("zrange", "1.2.0", "by place, score or bytes"),
  range("zrevrange", "1.2.0", "by place, from the last", { by: "rank", reverse: true }),
  range("zrangebyscore", "1.0.5", "by score", { by: "score", reverse: false }),
  range("zrevrangebyscore", "2.2.0", "by score, from the highest", { by: "score", reverse: true }),
  range("zrangebylex", "2.8.9", "by bytes", { by: "member", reverse: false }),
  range("zrevrangebylex", "2.8.9", "by bytes, from the highest", { by: "member", reverse: true }),
];

function range(name: string, since: string, how: string, fixed?: Fixed): CommandSpec {
  return {
    name,
    arity: -4,
    flags: ["readonly"],
    keys: oneKey,
    group: "sorted-set",
    since,
    summary: `Get members of a sorted set within a range ${how}`,
    run: (args, call) => readRange(args, call, fixed),
  };
}

/** key start stop [BYSCORE | BYLEX] [REV] [LIMIT offset count] [WITHSCORES] */
async function readRange(args: Arguments, call: Call, fixed: Fixed | undefined): Promise<Reply> {
  const { sortedSets } = call.keyspace;
  const key = args.bytes();
  const first = args.bytes();
  const second = args.bytes();
  const { by, reverse, withScores, limit } = takeOptions(args, fixed);
  // A reversed range is written from its higher end, except by place.
  const [low, high] = reverse && by !== "rank" ? [second, first] : [first, second];
  const wanted: SortedRange = { span: spanOf(by, low, high), reverse };
  if (limit !== undefined) {
    if (limit.offset < 0) {
      // Nothing lies before the first; a key of another type is refused all the same.
      await sortedSets.size(key);
      return [];
    }
    const count = limit.count < 0 ? Number.MAX_SAFE_INTEGER : limit.count;
    wanted.limit = { offset: limit.offset, count };
  }
  const found = await sortedSets.range(key, wanted);
  if (!withScores) return found.map(({ member }) => member);
  return call.connection.protocol === 3
    ? found.map(({ member, score }) => [member, { double: score }])
    : found.flatMap(({ member, score }): Reply[] => [member, { double: score }]);
}

function takeOptions(args: Arguments, fixed: Fixed | undefined) {
  let by: SpanKind = fixed?.by ?? "rank";
  let reverse = fixed?.reverse ?? false;
  let withScores = false;
  let limit: { offset: number; count: number } | undefined;
  while (args.left > 0) {
    const option = args.option();
    if (option === "WITHSCORES") withScores = true;
    else if (option === "LIMIT" && args.left >= 2) {
      limit = { offset: args.count(), count: args.count() };
    } else if (fixed !== undefined) refuse(SYNTAX);
    else if (option === "REV") reverse = true;
    else if (option === "BYSCORE") by = "score";
    else if (option === "BYLEX") by = "member";
    else refuse(SYNTAX);
  }
  if (by === "rank" && limit !== undefined) {
    // Redis takes a count of -1 for no LIMIT at all, whatever the offset.
    if (limit.count === -1) return { by, reverse, withScores, limit: undefined };
    refuse(`${SYNTAX}, LIMIT is only supported in combination with either BYSCORE or BYLEX`);
  }
  if (withScores && by === "member") {
    refuse(`${SYNTAX}, WITHSCORES not supported in combination with BYLEX`);
  }
  return { by, reverse, withScores, limit };
}

function spanOf(by: SpanKind, low: Buffer, high: Buffer): SortedSpan {
  if (by === "score") return scoreSpan(low, high);
  if (by === "member") return memberSpan(low, high);
  return { by: "rank", start: place(low), stop: place(high) };
}

function place(word: Buffer): number {
  return Number(parseInteger(word) ?? refuse(NOT_AN_INTEGER));
}

/** `(1` is exclusive, `-inf` and `+inf` are no bound. */
export function scoreSpan(low: Buffer, high: Buffer): SortedSpan {
  return { by: "score", low: scoreBound(low), high: scoreBound(high) };
}

function scoreBound(word: Buffer): ScoreBound {
  const exclusive = word[0] === 0x28;
  const score = parseFloating(exclusive ? word.subarray(1) : word);
  return { score: score ?? refuse("min or max is not a float"), exclusive };
}

/** `[a` is inclusive, `(a` exclusive, `-` and `+` are no bound. */
export function memberSpan(low: Buffer, high: Buffer): SortedSpan {
  return { by: "member", low: memberBound(low), high: memberBound(high) };
}

function memberBound(word: Buffer): MemberBound {
  const mark = word.toString("latin1", 0, 1);
  if (word.length === 1 && mark === "-") return { kind: "lowest" };
  if (word.length === 1 && mark === "+") return { kind: "highest" };
  if (mark !== "[" && mark !== "(") refuse("min or max not valid string range item");
  return { kind: "member", member: word.subarray(1), exclusive: mark === "(" };
}
