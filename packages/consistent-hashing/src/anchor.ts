/**
 * AnchorHash: jump's balance and speed, but any member may leave.
 *
 * There are `capacity` buckets, more than members; a bucket without a member
 * remembers *how many were still working when it was removed*. A key hashes to any
 * bucket. Where that has been removed, the key hashes again, into those that were
 * working then, until it finds one that works:
 *
 *     buckets   0   1   2   3   4   5   6      capacity 7; 6, then 5, then 1 removed
 *     works     •   ✕   •   •   •   ✕   ✕
 *     then          4               5   6      (working buckets after each removal)
 *     key ───────────────────────────────▶ 6: one of the 6 then ─▶ 1: one of the 4 then ─▶ 3
 *
 * So the keys of a bucket that goes are divided evenly among those that stay, and
 * go back to it when it returns: the moves are the minimum, the balance is that of
 * the hash. A lookup takes 1 + ln(capacity / members) draws on average.
 *
 * The price: what a key finds depends on the *order* of removals and returns, so
 * all who are to agree must apply the same changes in the same order.
 *
 * Mendelson, Vargaftik, Barabash, Lorenz, Keslassy, Orda, "AnchorHash: A Scalable
 * Consistent Hash", IEEE/ACM ToN 2021; the arrays are those of its algorithm 3.
 */
import { mix32, type KeyHash } from "./hash.ts";
import { keyHash } from "./key-hash.ts";
import type { Locator, LocatorOptions } from "./locator.ts";
import {
  fillMembers,
  MEMBERS_MAX,
  sortMembers,
  type FullMember,
  type MemberLike,
} from "./member.ts";
import { createReplicas } from "./replicas.ts";

export interface AnchorOptions extends LocatorOptions {
  /** Members there can ever be, up to 65,535. Default twice those given, at least 16. */
  capacity?: number;
}

export interface AnchorLocator extends Locator {
  readonly algorithm: "anchor";
  readonly capacity: number;
  /** With one more member, in the bucket that was freed last. O(capacity). */
  with(member: MemberLike): AnchorLocator;
  /** Without a member. O(capacity). */
  without(id: string): AnchorLocator;
}

/** Members in the order of their IDs, in the first buckets. O(capacity). Throws a RangeError for weights. */
export function createAnchor(
  members: readonly MemberLike[],
  options: AnchorOptions = {},
): AnchorLocator {
  const sorted = sortMembers(members);
  const { capacity = Math.min(MEMBERS_MAX, Math.max(16, 2 * sorted.length)) } = options;
  const isPossible = capacity >= Math.max(1, sorted.length) && capacity <= MEMBERS_MAX;
  if (!Number.isInteger(capacity) || !isPossible) {
    throw new RangeError(
      `capacity must be from ${sorted.length} to ${MEMBERS_MAX}, not ${capacity}`,
    );
  }
  const buckets = new Buckets(capacity);
  while (buckets.working > sorted.length) buckets.remove(buckets.working - 1);
  return locatorOf(buckets, sorted, options);
}

/** The paper's arrays. */
class Buckets {
  /** Buckets that work. N in the paper. */
  working: number;
  /** By bucket: 0 while it works, else how many were left when it was removed. A. */
  readonly #left: Uint16Array;
  /** Those that work in turn, the place of each, and who took its place. W, L, K. */
  readonly #turn: Uint16Array;
  readonly #place: Uint16Array;
  readonly #heir: Uint16Array;
  /** The latest last. R. */
  readonly #removed: number[] = [];

  constructor(capacity: number) {
    this.working = capacity;
    this.#left = new Uint16Array(capacity);
    this.#turn = Uint16Array.from({ length: capacity }, (_, bucket) => bucket);
    this.#place = this.#turn.slice();
    this.#heir = this.#turn.slice();
  }

  get capacity(): number {
    return this.#left.length;
  }

  copy(): Buckets {
    const copy = new Buckets(this.capacity);
    copy.working = this.working;
    copy.#left.set(this.#left);
    copy.#turn.set(this.#turn);
    copy.#place.set(this.#place);
    copy.#heir.set(this.#heir);
    copy.#removed.push(...this.#removed);
    return copy;
  }

  /** GETBUCKET: 1 + ln(capacity / working) draws on average. There must be one that works. */
  find(hash: number): number {
    let bucket = draw(hash, 0xffff, this.capacity);
    for (let left = this.#left[bucket]!; left > 0; left = this.#left[bucket]!) {
      let next = draw(hash, bucket, left);
      // It was removed earlier than this one: its heirs had its place then.
      while (this.#left[next]! >= left) next = this.#heir[next]!;
      bucket = next;
    }
    return bucket;
  }

  remove(bucket: number): void {
    this.#removed.push(bucket);
    this.working -= 1;
    this.#left[bucket] = this.working;
    const last = this.#turn[this.working]!;
    const place = this.#place[bucket]!;
    this.#turn[place] = last;
    this.#heir[bucket] = last;
    this.#place[last] = place;
  }

  /** Gives back the bucket that was removed last; `undefined` when all work. */
  restore(): number | undefined {
    const bucket = this.#removed.pop();
    if (bucket === undefined) return undefined;
    this.#left[bucket] = 0;
    this.#place[this.#turn[this.working]!] = this.working;
    this.#turn[this.#place[bucket]!] = bucket;
    this.#heir[bucket] = bucket;
    this.working += 1;
    return bucket;
  }
}

/** A number below `count` that differs for each bucket it is drawn in. */
function draw(hash: number, bucket: number, count: number): number {
  return Math.floor((mix32(hash ^ Math.imul(bucket + 1, 0x9e3779b1)) / 2 ** 32) * count);
}

type Placed = readonly (FullMember | undefined)[];

/** `placed` holds each working bucket's member. */
function locatorOf(buckets: Buckets, placed: Placed, options: LocatorOptions): AnchorLocator {
  const hash = keyHash(options);
  const ids = placed.map((member) => member?.id);
  const members = placed.filter((member) => member !== undefined);
  if (members.some(({ weight }) => weight !== 1)) {
    throw new RangeError("AnchorHash has no weights: give none");
  }
  const indexOf = new Map(members.map(({ id }, index) => [id, index]));
  const walk = createWalk({ buckets, hash, count: members.length }, (bucket) =>
    indexOf.get(ids[bucket] ?? ""),
  );
  return Object.freeze({
    algorithm: "anchor",
    capacity: buckets.capacity,
    members,
    locate: members.length === 0 ? () => undefined : (key: string) => ids[buckets.find(hash(key))],
    walk,
    replicas: createReplicas(members, walk),
    with(member) {
      const [added] = fillMembers([member]);
      if (added === undefined || indexOf.has(added.id)) {
        throw new RangeError(`there is a member ${JSON.stringify(added?.id)} already`);
      }
      const next = buckets.copy();
      const bucket = next.restore();
      if (bucket === undefined) throw new RangeError(`no room for more than ${next.capacity}`);
      return locatorOf(next, withAt(placed, bucket, added), options);
    },
    without(id) {
      const bucket = ids.indexOf(id);
      if (bucket < 0) throw new RangeError(`there is no member ${JSON.stringify(id)}`);
      const next = buckets.copy();
      next.remove(bucket);
      return locatorOf(next, withAt(placed, bucket, undefined), options);
    },
  } satisfies AnchorLocator);
}

function withAt(placed: Placed, bucket: number, member: FullMember | undefined): Placed {
  const next = Array.from({ length: Math.max(placed.length, bucket + 1) }, (_, at) => placed[at]);
  next[bucket] = member;
  return next;
}

/** The owner, then whom the key draws when it is mixed anew; when only few are left, the rest in order. */
function createWalk(
  { buckets, hash, count }: { buckets: Buckets; hash: KeyHash; count: number },
  memberIn: (bucket: number) => number | undefined,
): Locator["walk"] {
  return (key, visit) => {
    const seen = new Uint8Array(count);
    const start = hash(key);
    let left = count;
    for (let turn = 0; left > 0 && turn < 8 * count; turn++) {
      const member = memberIn(buckets.find(turn === 0 ? start : mix32(start + turn))) ?? 0;
      if (seen[member] === 1) continue;
      seen[member] = 1;
      left -= 1;
      if (visit(member)) return;
    }
    for (let member = 0; member < count; member++) {
      if (seen[member] === 0 && visit(member)) return;
    }
  };
}
