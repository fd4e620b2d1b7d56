/** The sorted sets of the reference keyspace. */
import { keyValueErrors } from "../../errors.ts";
import type {
  Bytes,
  Keyspace,
  ScoreConditions,
  ScoredMember,
  SortedRange,
  SortedSpan,
} from "../../keyspace.ts";
import { bytesOf, onePage, textOf, type Store } from "./reference-store.ts";

export function referenceSortedSets(store: Store): Keyspace["sortedSets"] {
  const read = (key: Bytes) => store.read(key, "zset")?.scores ?? new Map<string, number>();
  const sorted = (key: Bytes): ScoredMember[] =>
    [...read(key)]
      .map(([member, score]) => ({ member: bytesOf(member), score }))
      .sort((a, b) => a.score - b.score || Buffer.compare(a.member, b.member));
  /** The score a member gets; `undefined` when a condition does not hold. */
  const put = (
    key: Bytes,
    member: Bytes,
    { change, when, only }: ScoreConditions & { change: (before: number) => number },
  ): number | undefined => {
    const before = read(key).get(textOf(member));
    if (when === "if-absent" && before !== undefined) return undefined;
    if (when === "if-present" && before === undefined) return undefined;
    const score = change(before ?? 0);
    if (Number.isNaN(score)) throw keyValueErrors.not_a_float();
    if (before !== undefined && only === "greater" && score <= before) return undefined;
    if (before !== undefined && only === "less" && score >= before) return undefined;
    store.open(key, "zset", { type: "zset", scores: new Map() }).scores.set(textOf(member), score);
    return score;
  };
  return {
    async add(key, entries, conditions = {}) {
      let added = 0;
      let changed = 0;
      for (const { member, score } of entries) {
        const before = read(key).get(textOf(member));
        const after = put(key, member, { ...conditions, change: () => score });
        if (after !== undefined && before === undefined) added += 1;
        else if (after !== undefined && after !== before) changed += 1;
      }
      return { added, changed };
    },
    increment: async (key, { member, score }, conditions = {}) =>
      put(key, member, { ...conditions, change: (before) => before + score }),
    async remove(key, members) {
      const scores = read(key);
      const removed = members.filter((member) => scores.delete(textOf(member))).length;
      store.closeIfEmpty(key, scores.size);
      return removed;
    },
    scores: async (key, members) => members.map((member) => read(key).get(textOf(member))),
    size: async (key) => read(key).size,
    range: async (key, range) => select(sorted(key), range),
    count: async (key, span) => select(sorted(key), { span }).length,
    scan: async (key, _, options) => onePage(sorted(key), ({ member }) => member, options),
  };
}

function select(all: ScoredMember[], { span, reverse, limit }: SortedRange): ScoredMember[] {
  const ordered = reverse === true ? all.toReversed() : all;
  if (span.by === "rank") {
    const place = (at: number) => (at < 0 ? Math.max(0, all.length + at) : at);
    if (span.stop < 0 && span.stop + all.length < 0) return [];
    return ordered.slice(place(span.start), place(span.stop) + 1);
  }
  const found = ordered.filter((each) => isWithin(each, span));
  return limit === undefined ? found : found.slice(limit.offset, limit.offset + limit.count);
}

function isWithin({ member, score }: ScoredMember, span: SortedSpan): boolean {
  if (span.by === "score") {
    const above = span.low.exclusive ? score > span.low.score : score >= span.low.score;
    return above && (span.high.exclusive ? score < span.high.score : score <= span.high.score);
  }
  if (span.by === "rank") return true;
  const compared = (bound: typeof span.low): number => {
    if (bound.kind === "lowest") return 1;
    if (bound.kind === "highest") return -1;
    return Buffer.compare(member, bound.member) || (bound.exclusive ? Number.NaN : 0);
  };
  return compared(span.low) >= 0 && compared(span.high) <= 0;
}
