/**
 * What moves when one locator takes the place of another.
 *
 *     before   aaaaaaaa│bbbbbb│cccccccc│aaaa
 *     after    aaaaaa│dd│bbbbbb│ccccc│dd│c│aaaa
 *                     ▲▲             ▲▲
 *                  a → d          c → d        moved 2 of 26 parts; between survivors 0
 */
import { HASH_SPACE, type HashRange, type Locator, type RangedLocator } from "./locator.ts";

/** A range of hashes, `from` included, `to` excluded, whose owner changes. */
export interface RangeMove {
  readonly from: number;
  readonly to: number;
  /** `undefined` when nobody owned it. */
  readonly source: string | undefined;
  /** `undefined` when nobody is left. */
  readonly target: string | undefined;
}

/** Shares are of all keys, 0 to 1. */
export interface MoveSummary {
  /** The share whose owner changes. */
  readonly moved: number;
  /** The least share that has to move, by the weights: what those who grow gain. */
  readonly minimum: number;
  /**
   * The share that moves although it need not: between members that are in both
   * with unchanged weight.
   */
  readonly betweenSurvivors: number;
}

export interface Diff extends MoveSummary {
  /** In the order of the hash space, neighbours joined. */
  readonly moves: readonly RangeMove[];
}

/** Exactly which ranges of the hash space move. O(ranges). Both must use the same hash. */
export function diff(before: RangedLocator, after: RangedLocator): Diff {
  const moves: RangeMove[] = [];
  const old = coverAll(before.ranges());
  const now = coverAll(after.ranges());
  let from = 0;
  for (let i = 0, j = 0; from < HASH_SPACE;) {
    const [source, target] = [old[i], now[j]];
    const to = Math.min(source?.to ?? HASH_SPACE, target?.to ?? HASH_SPACE);
    const last = moves.at(-1);
    const move = { from, to, source: source?.member, target: target?.member };
    if (move.source !== move.target) {
      const joins = last?.to === from && last.source === move.source && last.target === move.target;
      if (joins) moves[moves.length - 1] = { ...move, from: last.from };
      else moves.push(move);
    }
    if (source?.to === to) i += 1;
    if (target?.to === to) j += 1;
    from = to;
  }
  const unneeded = survivorTest(before, after);
  let moved = 0;
  let betweenSurvivors = 0;
  for (const move of moves) {
    moved += move.to - move.from;
    if (unneeded(move.source, move.target)) betweenSurvivors += move.to - move.from;
  }
  return {
    moves,
    moved: moved / HASH_SPACE,
    minimum: minimumOf(before, after),
    betweenSurvivors: betweenSurvivors / HASH_SPACE,
  };
}

type Cover = Pick<HashRange, "to"> & { member: string | undefined };

const coverAll = (ranges: readonly HashRange[]): readonly Cover[] =>
  ranges.length === 0 ? [{ to: HASH_SPACE, member: undefined }] : ranges;

export interface KeyDiff extends MoveSummary {
  /** The given keys whose owner changes. */
  readonly moves: readonly {
    key: string;
    source: string | undefined;
    target: string | undefined;
  }[];
}

/** The same for given keys, between any two locators. O(keys). */
export function diffKeys(before: Locator, after: Locator, keys: Iterable<string>): KeyDiff {
  const moves = [];
  const unneeded = survivorTest(before, after);
  let total = 0;
  let betweenSurvivors = 0;
  for (const key of keys) {
    total += 1;
    const source = before.locate(key);
    const target = after.locate(key);
    if (source === target) continue;
    moves.push({ key, source, target });
    if (unneeded(source, target)) betweenSurvivors += 1;
  }
  return {
    moves,
    moved: moves.length / Math.max(1, total),
    minimum: minimumOf(before, after),
    betweenSurvivors: betweenSurvivors / Math.max(1, total),
  };
}

/** Whether both are in both, weighted as before. */
function survivorTest(
  before: Locator,
  after: Locator,
): (source: string | undefined, target: string | undefined) => boolean {
  const weights = new Map(after.members.map(({ id, weight }) => [id, weight]));
  const stays = new Set(
    before.members.filter(({ id, weight }) => weights.get(id) === weight).map(({ id }) => id),
  );
  return (source, target) =>
    source !== undefined && target !== undefined && stays.has(source) && stays.has(target);
}

function minimumOf(before: Locator, after: Locator): number {
  const old = sharesOf(before);
  let gained = 0;
  for (const [id, share] of sharesOf(after)) gained += Math.max(0, share - (old.get(id) ?? 0));
  return gained;
}

/** What each should have by its weight. */
export function sharesOf({ members }: Pick<Locator, "members">): Map<string, number> {
  const sum = members.reduce((total, { weight }) => total + weight, 0);
  return new Map(members.map(({ id, weight }) => [id, sum > 0 ? weight / sum : 0]));
}
