/**
 * What a node offers to a front, such as the one that speaks RESP.
 *
 * The contract, for every method:
 * - Keys, fields, members and values are bytes. What is given is not kept or
 *   changed after the promise settles; what is returned must not be changed.
 * - A write that resolved is as durable and as replicated as its bucket says. One
 *   that rejected with a retryable error may or may not come into effect.
 * - A key that has expired, a removed one and one that never was are the same. A
 *   collection without elements is an absent key.
 * - A key that holds another type rejects with `wrong_type`, except where a method
 *   says that it reads as absent. `strings.set` and `keys.*` mind no type.
 * - Several keys or elements in one call are several operations: each happens or
 *   not on its own, in no given order. The last of equal ones counts.
 * - Conditions (`if-absent`, …) and what is returned of the old value are judged
 *   by a read of the bucket's quorum. Only in a linearizable bucket is the whole
 *   atomic among all clients; elsewhere two sides of a partition may both win.
 * - Times are wall ms since the epoch, by the node's own clock: `now()`. A time
 *   that has passed removes.
 * - Order of `all` and `scan` is stable and otherwise nobody's business.
 */

export type Bytes = Uint8Array;

/**
 * Of methods that are called more often than all others: what is known at once is
 * answered at once, and a front need not wait for a promise. Refusals may be thrown.
 */
export type Answer<Value> = Value | Promise<Value>;

/** What a key may hold, in Redis's words. */
export type ValueType = "string" | "hash" | "set" | "zset";

/** What a write does with the key's expiry. */
export type ExpiryChange = { kind: "keep" } | { kind: "clear" } | { kind: "at"; atMs: number };

export interface SetOptions {
  /** Default `clear`, as SET without KEEPTTL. */
  expiry?: ExpiryChange;
  /** Whether the key must be absent or present. Default `always`. */
  when?: "always" | "if-absent" | "if-present";
  /** Asks for the value before; then a key of another type rejects. */
  wantsPrevious?: boolean;
}

export interface SetOutcome {
  /** False when the condition did not hold. */
  written: boolean;
  /** The value before, whether written or not; `undefined` also when not asked for. */
  previous: Bytes | undefined;
}

export interface Strings {
  get(key: Bytes): Answer<Bytes | undefined>;
  /** One answer per key, in order; another type reads as absent. */
  getMany(keys: readonly Bytes[]): Promise<(Bytes | undefined)[]>;
  /** Replaces whatever the key held, of any type. */
  set(key: Bytes, value: Bytes, options?: SetOptions): Answer<SetOutcome>;
  setMany(entries: readonly (readonly [key: Bytes, value: Bytes])[]): Promise<void>;
  /** Reads and removes. */
  take(key: Bytes): Promise<Bytes | undefined>;
  /** Reads and changes the expiry of a key that is there. */
  touch(key: Bytes, expiry: ExpiryChange): Promise<Bytes | undefined>;
  /** The sum after. An absent key counts as 0 and its expiry is kept. Rejects with `not_an_integer`, `increment_overflow`. */
  increment(key: Bytes, by: bigint): Promise<bigint>;
  /** As `increment`. Rejects with `not_a_float`, also when the sum is not finite. */
  incrementFloat(key: Bytes, by: number): Promise<number>;
}

/** A page of a scan. What is there from the first page to the last is in one of them, at least once. */
export interface Page<Item> {
  /** In [0, 2^64), for the next call, on any node. 0n when this was the last page. */
  cursor: bigint;
  items: Item[];
}

export interface ScanOptions {
  /** A glob as in Redis's KEYS; items that do not match are looked at and left out. */
  match?: Bytes;
  /** About how many to look at. Default 10. */
  count?: number;
}

export type ExpireCondition =
  | "always"
  | "if-persistent"
  | "if-volatile"
  /** A key without expiry counts as expiring at the end of time. */
  | "if-later"
  | "if-earlier";

export interface Keys {
  /** How many were there. */
  remove(keys: readonly Bytes[]): Promise<number>;
  /** How many are there; one named twice counts twice. */
  count(keys: readonly Bytes[]): Promise<number>;
  typeOf(key: Bytes): Promise<ValueType | undefined>;
  /** `undefined` for an absent key. */
  expiryOf(key: Bytes): Promise<{ atMs: number | undefined } | undefined>;
  /** Sets the expiry; true when it was set (or the time had passed and the key was removed). */
  expire(key: Bytes, atMs: number, when?: ExpireCondition): Promise<boolean>;
  /** True when there was an expiry to take away. */
  persist(key: Bytes): Promise<boolean>;
  /** Starts at 0n. */
  scan(cursor: bigint, options?: ScanOptions & { type?: ValueType }): Promise<Page<Bytes>>;
  /** Keys of the whole cluster, as far as known: exact when nothing changes or diverges. */
  size(): Promise<number>;
}

export type HashEntry = readonly [field: Bytes, value: Bytes];

export interface Hashes {
  /** One answer per field, in order. */
  get(key: Bytes, fields: readonly Bytes[]): Promise<(Bytes | undefined)[]>;
  /** How many fields are new. `if-absent` leaves those that are there. */
  set(
    key: Bytes,
    entries: readonly HashEntry[],
    when?: "always" | "if-absent",
  ): Promise<{ added: number }>;
  /** How many were there. */
  remove(key: Bytes, fields: readonly Bytes[]): Promise<number>;
  size(key: Bytes): Promise<number>;
  all(key: Bytes): Promise<HashEntry[]>;
  scan(key: Bytes, cursor: bigint, options?: ScanOptions): Promise<Page<HashEntry>>;
  /** The sum after. Rejects with `not_an_integer`, `increment_overflow`. */
  increment(key: Bytes, field: Bytes, by: bigint): Promise<bigint>;
  /** As `increment`. Rejects with `not_a_float`. */
  incrementFloat(key: Bytes, field: Bytes, by: number): Promise<number>;
}

export interface Sets {
  /** How many are new. */
  add(key: Bytes, members: readonly Bytes[]): Promise<number>;
  /** How many were there. */
  remove(key: Bytes, members: readonly Bytes[]): Promise<number>;
  /** One answer per member, in order. */
  has(key: Bytes, members: readonly Bytes[]): Promise<boolean[]>;
  size(key: Bytes): Promise<number>;
  all(key: Bytes): Promise<Bytes[]>;
  scan(key: Bytes, cursor: bigint, options?: ScanOptions): Promise<Page<Bytes>>;
}

export interface ScoredMember {
  member: Bytes;
  /** Any number but NaN; infinities too. */
  score: number;
}

/** One end of a range by score. ±Infinity is no bound. */
export interface ScoreBound {
  score: number;
  exclusive: boolean;
}

/** One end of a range by bytes of the member, all scores being equal. */
export type MemberBound =
  | { kind: "lowest" }
  | { kind: "highest" }
  | { kind: "member"; member: Bytes; exclusive: boolean };

/** `low` and `high` are always the lower and higher end, also of a reversed range. */
export type SortedSpan =
  /** Places from 0, in the direction of reading; negative counts from the last. Both inclusive. */
  | { by: "rank"; start: number; stop: number }
  | { by: "score"; low: ScoreBound; high: ScoreBound }
  | { by: "member"; low: MemberBound; high: MemberBound };

export interface SortedRange {
  span: SortedSpan;
  /** From the highest down. Default false. */
  reverse?: boolean;
  /** Of what the span holds, in the direction of reading. Not with `rank`. */
  limit?: { offset: number; count: number };
}

export interface ScoreConditions {
  when?: "always" | "if-absent" | "if-present";
  /** Changes an existing score only upwards, or only downwards; new members come in all the same. */
  only?: "greater" | "less";
}

export interface SortedSets {
  /** `changed` counts existing members whose score is another one now. */
  add(
    key: Bytes,
    entries: readonly ScoredMember[],
    conditions?: ScoreConditions,
  ): Promise<{ added: number; changed: number }>;
  /** The score after, or `undefined` when a condition did not hold. Rejects with `not_a_float` for NaN. */
  increment(
    key: Bytes,
    entry: ScoredMember,
    conditions?: ScoreConditions,
  ): Promise<number | undefined>;
  /** How many were there. */
  remove(key: Bytes, members: readonly Bytes[]): Promise<number>;
  /** One answer per member, in order. */
  scores(key: Bytes, members: readonly Bytes[]): Promise<(number | undefined)[]>;
  size(key: Bytes): Promise<number>;
  /** In order of score, then of the member's bytes. Reads only what it returns and skips. */
  range(key: Bytes, range: SortedRange): Promise<ScoredMember[]>;
  /** How many a span holds. */
  count(key: Bytes, span: SortedSpan): Promise<number>;
  scan(key: Bytes, cursor: bigint, options?: ScanOptions): Promise<Page<ScoredMember>>;
}

/** What Redis cannot say: siblings, contexts, and quorums of one call. */
export interface Versions {
  /**
   * All concurrent values, and a context that a write which has seen them all carries.
   * With a context, an answer has seen at least what the context has: what its client
   * wrote and read before. Rejects with `context_invalid`.
   */
  read(
    key: Bytes,
    options?: { readQuorum?: number; context?: Bytes },
  ): Promise<{ values: Bytes[]; context: Bytes }>;
  /**
   * Replaces what the context has seen and stays beside what it has not. Without a
   * context it has seen nothing. `undefined` removes. Rejects with `context_invalid`.
   */
  write(
    key: Bytes,
    value: Bytes | undefined,
    options?: { context?: Bytes; writeQuorum?: number; durability?: "memory" | "disk" },
  ): Promise<{ context: Bytes }>;
  /** Where a key lives and in which versions, for people. */
  explain(key: Bytes): Promise<KeyExplanation>;
}

export interface KeyExplanation {
  partition: number;
  /** The key's replicas in the table's order, with what each holds, or why it did not say. */
  replicas: readonly {
    node: string;
    state: "answered" | "unreachable";
    /** `actor:counter` of each version held. */
    versions: readonly string[];
  }[];
  /** Hints for this key that this node holds, by the node they are for. */
  hints: readonly { node: string; count: number }[];
}

/** Everything a front needs. */
export interface Keyspace {
  /** Wall ms since the epoch, by which expiry is judged. */
  now(): number;
  readonly strings: Strings;
  readonly keys: Keys;
  readonly hashes: Hashes;
  readonly sets: Sets;
  readonly sortedSets: SortedSets;
  readonly versions: Versions;
}

/** The cluster as clients see it, for `CLUSTER SLOTS` and its relatives. */
export interface ClusterView {
  /** This node's name. */
  readonly self: string;
  /** Rises when anything below changes. */
  readonly version: number;
  readonly nodes: readonly {
    name: string;
    host: string;
    port: number;
    state: "up" | "suspect" | "down";
  }[];
  /** Of 16,384 slots, as Redis numbers them: names of the replicas, the first one preferred. */
  owners(slot: number): readonly string[];
}
