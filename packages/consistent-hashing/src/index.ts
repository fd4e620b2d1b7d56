/**
 * `@tenfold/consistent-hashing`: dividing keys among members so that little moves
 * when members change. Runs in browsers as well as in Node; ketama, which needs
 * MD5, is the entry `@tenfold/consistent-hashing/ketama`.
 */
export { createAnchor, type AnchorLocator, type AnchorOptions } from "./anchor.ts";
export { createBoundedLoad, type BoundedLoad, type BoundedLoadOptions } from "./bounded-load.ts";
export { crc16, crc32, redisSlotHash } from "./crc.ts";
export {
  diff,
  diffKeys,
  type Diff,
  type KeyDiff,
  type MoveSummary,
  type RangeMove,
} from "./diff.ts";
export { consistentHashingErrors } from "./errors.ts";
export { hashTag } from "./hash-tag.ts";
export { mix32, murmur3, type KeyHash } from "./hash.ts";
export { createJump, jumpHash } from "./jump.ts";
export type { Algorithm, HashRange, Locator, LocatorOptions, RangedLocator } from "./locator.ts";
export { createMaglev, type MaglevOptions } from "./maglev.ts";
export type { FullMember, Member, MemberLike } from "./member.ts";
export { createMultiProbe, type MultiProbeOptions } from "./multi-probe.ts";
export {
  plan,
  type PartitionMove,
  type PartitionPlan,
  type PlanOptions,
} from "./partition-plan.ts";
export { parsePartitionTable } from "./parse-partition-table.ts";
export type { PartitionTableData } from "./partition-table-data.ts";
export {
  createPartitionTable,
  PARTITIONS,
  type PartitionTable,
  type PartitionTableOptions,
} from "./partition-table.ts";
export { createRendezvous } from "./rendezvous.ts";
export { createRing, type RingOptions } from "./ring.ts";
export { spaceStats, stats, type MemberStats, type Stats } from "./stats.ts";
