/**
 * The partition table: the hash space cut into 16,384 equal parts, and a list of
 * who holds each.
 *
 *     key ──hash──▶ 32 bits  ┌──────────────┬──────────────────┐
 *                            │ partition 14 │     not used     │
 *                            └──────┬───────┴──────────────────┘
 *                                   ▼
 *     partition   0     1     2     3    …   16,383
 *     primary     a     c     b     a         d        locate(): one hash, one read
 *     copies      b,d   a,e   e,a   f,c       c,b      owners(partition)
 *
 * How keys are divided (fixed for ever) and where parts live (the table) are two
 * things. So a partition is moved, backed up and counted as a whole, and a change
 * of members is a *plan*: exactly the theoretical minimum of partitions moves, and
 * none between members that stay. Shares are equal to one partition: with 100
 * members 164 and 163, a peak of 1.001 × the average, whatever the hash of their
 * names. The price: the table is state that all must agree on, hence a version.
 *
 * It is Dynamo's strategy 3 (DeCandia et al., SOSP 2007, 6.2), and the slots of
 * Redis Cluster.
 */
import type { KeyHash } from "./hash.ts";
import { keyHash } from "./key-hash.ts";
import { HASH_SPACE, type HashRange, type LocatorOptions, type RangedLocator } from "./locator.ts";
import { sortMembers, type MemberLike } from "./member.ts";
import { checkCount, createReplicas } from "./replicas.ts";
import { planSeats, type Seats } from "./partition-planner.ts";
import { serialiseTable, type PartitionTableData } from "./partition-table-data.ts";
import { EMPTY } from "./seating.ts";

/** Partitions unless asked otherwise: as many as Redis Cluster has slots. */
export const PARTITIONS = 16_384;

export interface PartitionTableOptions extends LocatorOptions {
  /** Members that hold each partition, the primary among them. Default 1. */
  copies?: number;
  /** A power of two up to 65,536, the same for ever. Default 16,384. */
  partitions?: number;
}

export interface PartitionTable extends RangedLocator {
  readonly algorithm: "partition-table";
  /** Rises by one with each plan that changes something. Of two tables the higher is valid. */
  readonly version: number;
  readonly partitions: number;
  readonly copies: number;
  /** The rows themselves: members' indices, 65,535 for an empty seat. Not to be written. */
  readonly seats: Seats;
  readonly hash: KeyHash;
  /** In [0, partitions). O(length of the key). */
  partitionOf(key: string): number;
  /** Who holds a partition, the primary first. Throws a RangeError for none of the table's. */
  owners(partition: number): string[];
  /** The partitions a member holds, rising; with `"primary"` those it comes first in. O(partitions × copies). */
  partitionsOf(member: string, role?: "any" | "primary"): number[];
  /** Plain data for `JSON.stringify`, read again by `parsePartitionTable`. Hash and hash tags are not in it. */
  toJSON(): PartitionTableData;
}

/**
 * The first table of a cluster, version 1. Members of weight 0 are listed and hold
 * nothing. O(partitions × copies × n). Throws a RangeError for options out of range.
 */
export function createPartitionTable(
  members: readonly MemberLike[],
  options: PartitionTableOptions = {},
): PartitionTable {
  const { copies = 1, partitions = PARTITIONS } = options;
  checkSizes(partitions, copies);
  const sorted = sortMembers(members);
  const { rows } = planSeats(undefined, { members: sorted, partitions, copies });
  return tableOf({
    version: 1,
    partitions,
    seats: { members: sorted, rows, width: copies },
    hash: keyHash(options),
  });
}

/** Throws a RangeError. */
export function checkSizes(partitions: number, copies: number): void {
  if (!Number.isInteger(Math.log2(partitions)) || partitions < 2 || partitions > 65_536) {
    throw new RangeError(`partitions must be a power of two from 2 to 65,536, not ${partitions}`);
  }
  checkCount(copies);
  if (copies < 1 || copies > 16) throw new RangeError(`copies must be 1 to 16, not ${copies}`);
}

export interface TableParts {
  version: number;
  partitions: number;
  seats: Seats;
  hash: KeyHash;
}

/** A table of rows that are known to be right. O(n). */
export function tableOf({ version, partitions, seats, hash }: TableParts): PartitionTable {
  const { members, width } = seats;
  const ids = members.map(({ id }) => id);
  const shift = 32 - Math.log2(partitions);
  const { rows } = seats;
  const walk = createWalk(seats, (key) => hash(key) >>> shift);
  const table: PartitionTable = {
    algorithm: "partition-table",
    version,
    partitions,
    copies: width,
    members,
    seats,
    hash,
    partitionOf: (key) => hash(key) >>> shift,
    locate: (key) => ids[rows[(hash(key) >>> shift) * width]!],
    owners: (partition) => {
      if (!Number.isInteger(partition) || partition < 0 || partition >= partitions) {
        throw new RangeError(`there is no partition ${partition}: 0 to ${partitions - 1}`);
      }
      return ownersIn(seats, partition);
    },
    partitionsOf: (member, role = "any") => partitionsHeld(seats, ids.indexOf(member), role),
    walk,
    replicas: createReplicasOf(seats, (key) => hash(key) >>> shift, createReplicas(members, walk)),
    ranges: () => rangesOf(primariesOf(seats), 2 ** shift),
    toJSON: () => serialiseTable({ version, partitions, seats }),
  };
  return Object.freeze(table);
}

/** By partition who comes first. */
function primariesOf({ members, rows, width }: Seats): (string | undefined)[] {
  const ids = members.map(({ id }) => id);
  const primaries: (string | undefined)[] = [];
  for (let at = 0; at < rows.length; at += width) primaries.push(ids[rows[at] ?? EMPTY]);
  return primaries;
}

function ownersIn({ members, rows, width }: Seats, partition: number): string[] {
  const owners: string[] = [];
  for (let seat = 0; seat < width; seat++) {
    const member = members[rows[partition * width + seat] ?? EMPTY];
    if (member !== undefined) owners.push(member.id);
  }
  return owners;
}

/** Up to the table's own number of copies: the row as planned. Beyond: by the walk. */
function createReplicasOf(
  seats: Seats,
  partitionOf: (key: string) => number,
  beyond: RangedLocator["replicas"],
): RangedLocator["replicas"] {
  return (key, count) => {
    checkCount(count);
    return count > seats.width
      ? beyond(key, count)
      : ownersIn(seats, partitionOf(key)).slice(0, count);
  };
}

/** The row of the key's partition, then the rows after it. */
function createWalk(
  { members, rows, width }: Seats,
  partitionOf: (key: string) => number,
): RangedLocator["walk"] {
  return (key, visit) => {
    const seen = new Uint8Array(members.length);
    let left = members.length;
    const start = partitionOf(key) * width;
    for (let step = 0; step < rows.length && left > 0; step++) {
      const member = rows[(start + step) % rows.length] ?? EMPTY;
      if (member === EMPTY || seen[member] === 1) continue;
      seen[member] = 1;
      left -= 1;
      if (visit(member)) return;
    }
  };
}

function partitionsHeld({ rows, width }: Seats, member: number, role: "any" | "primary"): number[] {
  const held: number[] = [];
  if (member < 0) return held;
  for (let at = 0; at < rows.length; at += 1) {
    if (rows[at] !== member) continue;
    if (role === "any" || at % width === 0) held.push(Math.floor(at / width));
  }
  return held;
}

function rangesOf(primaries: readonly (string | undefined)[], size: number): HashRange[] {
  const ranges: HashRange[] = [];
  for (const [partition, member] of primaries.entries()) {
    if (member === undefined) continue;
    const last = ranges.at(-1);
    const from = partition * size;
    const to = Math.min(HASH_SPACE, from + size);
    if (last?.member === member) ranges[ranges.length - 1] = { from: last.from, to, member };
    else ranges.push({ from, to, member });
  }
  return ranges;
}
