/**
 * What all algorithms have in common: a key goes in, a member comes out.
 *
 *     key ──▶ hash ──▶ place in [0, 2^32) ──▶ member ──▶ next member ──▶ …
 *                                             locate()   walk(), replicas()
 *
 * A locator is a value: made from its members, never changed. When members
 * change, make a new one and ask `diff` what moved. Two processes that make it
 * from the same members and options answer alike, in whatever order they were
 * given the members (jump alone minds the order).
 */
import type { KeyHash } from "./hash.ts";
import type { FullMember } from "./member.ts";

export type Algorithm =
  | "partition-table"
  | "ring"
  | "ketama"
  | "multi-probe"
  | "jump"
  | "anchor"
  | "rendezvous"
  | "maglev";

export interface Locator {
  readonly algorithm: Algorithm;
  /** Those that can be located; `walk` names them by their index here. */
  readonly members: readonly FullMember[];
  /** The ID of the key's owner; `undefined` when there are no members. */
  locate(key: string): string | undefined;
  /**
   * Up to `count` different members for the key, the owner first, in an order of
   * preference that is stable under change; spread over zones as evenly as the
   * zones allow. Fewer when there are fewer members.
   */
  replicas(key: string, count: number): string[];
  /**
   * Visits each member once, in the key's order of preference, zones aside,
   * until `visit` answers true.
   */
  walk(key: string, visit: (memberIndex: number) => boolean): void;
}

/** Part of the hash space, `from` included, `to` excluded, and who owns it. */
export interface HashRange {
  readonly from: number;
  /** At most 2^32. */
  readonly to: number;
  readonly member: string;
}

/** A locator whose members own whole ranges of the hash space: what moves can be said exactly. */
export interface RangedLocator extends Locator {
  /** All ranges, in order and without gaps; none when there are no members. */
  ranges(): HashRange[];
}

/** What every algorithm accepts. */
export interface LocatorOptions {
  /** Default `murmur3`. */
  hash?: KeyHash;
  /** Hash only what stands in braces, where there are braces. Default false. */
  hashTags?: boolean;
}

/** The size of the hash space. */
export const HASH_SPACE = 2 ** 32;
