/**
 * Ranges of a sorted set through the owners' index by score.
 *
 * By score a range begins where its first score stands, and reads what it returns
 * and skips. By rank the members before it are counted: O(rank). By member (all
 * scores being equal) it begins at the bound when all have one score, which the
 * first entry tells.
 */
import {
  elementOfPlace,
  placeAfter,
  scorePlace,
  scorePlaceSays,
  scoresRange,
  type PlaceRange,
} from "../cell-key.ts";
import { aboveFloor } from "../head.ts";
import type { MemberBound, ScoredMember, SortedRange, SortedSpan } from "../keyspace.ts";
import { readScore } from "../payload.ts";
import type { Access, Key } from "./access.ts";

const PAGE = 256;

const everything: SortedSpan = { by: "rank", start: 0, stop: -1 };

/** Members in order, or from the highest down. */
async function* membersOf(
  { node, floor: floorOf }: Access,
  key: Key,
  { range, reverse, limit }: { range: PlaceRange; reverse: boolean; limit: number },
): AsyncGenerator<ScoredMember> {
  const floor = await floorOf(key, "zset");
  if (floor === "absent") return;
  let { from, to } = range;
  for (;;) {
    const page = await node.range({ from, to, limit, reverse }, key.bucket.readQuorum);
    for (const { place, cell } of page.cells) {
      const score = readScore(aboveFloor(cell, floor));
      // An entry that the joined cell no longer says is one of a score before.
      if (score === undefined || !scorePlaceSays(place, score)) continue;
      yield { member: elementOfPlace(place), score };
    }
    if (page.upTo === undefined) return;
    if (reverse) to = page.upTo;
    else from = placeAfter(page.upTo);
  }
}

export async function readRange(
  access: Access,
  key: Key,
  { span, reverse = false, limit }: SortedRange,
): Promise<ScoredMember[]> {
  if (span.by === "rank") return readRanks(access, key, span, reverse);
  const { offset, count } = limit ?? { offset: 0, count: Infinity };
  const range = await placesOf(access, key, span);
  const page = Math.min(PAGE, offset + count + 1);
  const found: ScoredMember[] = [];
  let left = offset;
  for await (const each of membersOf(access, key, { range, reverse, limit: page })) {
    if (found.length >= count || isBehind(each, span, reverse)) break;
    if (!isWithin(each, span)) continue;
    if (left === 0) found.push(each);
    else left -= 1;
  }
  return found;
}

/** How many a span holds: O(members in it). */
export async function countSpan(access: Access, key: Key, span: SortedSpan): Promise<number> {
  return (await readRange(access, key, { span })).length;
}

/** Places from 0 up are counted off from where reading begins, negative ones from the other end. */
async function readRanks(
  access: Access,
  key: Key,
  { start, stop }: Extract<SortedSpan, { by: "rank" }>,
  reverse: boolean,
): Promise<ScoredMember[]> {
  if (start < 0 && stop < 0) {
    const turned = { by: "rank", start: -stop - 1, stop: -start - 1 } as const;
    return (await readRanks(access, key, turned, !reverse)).reverse();
  }
  if (start < 0) {
    const size = await countSpan(access, key, everything);
    return readRanks(access, key, { by: "rank", start: Math.max(0, start + size), stop }, reverse);
  }
  const range = scoresRange(key.place);
  const limit = stop < 0 ? PAGE : Math.max(1, Math.min(PAGE, stop + 1));
  const found: ScoredMember[] = [];
  let rank = 0;
  for await (const each of membersOf(access, key, { range, reverse, limit })) {
    if (stop >= 0 && rank > stop) break;
    if (rank >= start) found.push(each);
    rank += 1;
  }
  return stop < 0 ? found.slice(0, Math.max(0, found.length + stop + 1)) : found;
}

/** The part of the index in which the span's members are, if not all of it. */
async function placesOf(access: Access, key: Key, span: SortedSpan): Promise<PlaceRange> {
  const all = scoresRange(key.place);
  const none = new Uint8Array();
  if (span.by === "score") {
    const { low, high } = span;
    const from = scorePlace(key.place, low.score, none);
    // Nothing is longer than all members of a score but the score that comes next.
    const to = endOfScore(key.place, high.score);
    return { from, to };
  }
  if (span.by === "rank") return all;
  for await (const { score } of membersOf(access, key, { range: all, reverse: false, limit: 1 })) {
    for await (const last of membersOf(access, key, { range: all, reverse: true, limit: 1 })) {
      if (last.score !== score) return all;
      const from =
        span.low.kind === "member" ? scorePlace(key.place, score, span.low.member) : all.from;
      const to =
        span.high.kind === "member"
          ? placeAfter(scorePlace(key.place, score, span.high.member))
          : all.to;
      return Buffer.compare(from, to) < 0 ? { from, to } : { from, to: from };
    }
  }
  return all;
}

/** The first place after all members of a score. */
function endOfScore(head: Uint8Array, score: number): Uint8Array {
  const bytes = scorePlace(head, score, new Uint8Array());
  for (let at = bytes.length - 1; at >= head.length; at--) {
    bytes[at] = ((bytes[at] ?? 0) + 1) & 0xff;
    if (bytes[at] !== 0) return bytes;
  }
  return scoresRange(head).to;
}

function isWithin({ member, score }: ScoredMember, span: SortedSpan): boolean {
  if (span.by === "rank") return true;
  if (span.by === "score") {
    const { low, high } = span;
    const isAbove = low.exclusive ? score > low.score : score >= low.score;
    return isAbove && (high.exclusive ? score < high.score : score <= high.score);
  }
  return isAboveBound(member, span.low) && isBelowBound(member, span.high);
}

function isAboveBound(member: Uint8Array, bound: MemberBound): boolean {
  if (bound.kind !== "member") return bound.kind === "lowest";
  const order = Buffer.compare(member, bound.member);
  return bound.exclusive ? order > 0 : order >= 0;
}

function isBelowBound(member: Uint8Array, bound: MemberBound): boolean {
  if (bound.kind !== "member") return bound.kind === "highest";
  const order = Buffer.compare(member, bound.member);
  return bound.exclusive ? order < 0 : order <= 0;
}

/** Whether all that follow in the direction of reading are outside too. Only known of scores. */
function isBehind({ score }: ScoredMember, span: SortedSpan, reverse: boolean): boolean {
  if (span.by !== "score") return false;
  return reverse ? score < span.low.score : score > span.high.score;
}
