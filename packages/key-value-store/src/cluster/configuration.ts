/**
 * What a cluster agrees on: its members, who votes, and who holds each partition.
 *
 *     version 6 ──majority of 6's voters──▶ version 7 ──majority of 7's voters──▶ …
 *
 * Each version is decided once, by the voters of the one before, so there is one
 * history and a higher version is always the newer. A node acts by a configuration
 * only once it is on its disk.
 *
 * A partition moves from owners A B C to J B C in steps, each a version of its own:
 *
 *     settled    reads A B C    writes A B C        W of them
 *     filling    reads A B C    writes A B C + J    W + 1      J streams what is there
 *     leaving    reads J B C    writes J B C + A    W + 1      A still hears of all
 *     settled    reads J B C    writes J B C        W
 *
 * In neighbouring steps every read quorum meets every write quorum, so nodes that
 * have not heard of a step do no harm. Steps that are no neighbours are kept apart:
 * a step is decided only when most owners have the one before on their disks, and
 * an owner refuses who asks by an older one (`stale`). The scheme is that of
 * Cassandra's CEP-21.
 */
import { brotliCompressSync, brotliDecompressSync, constants } from "node:zlib";
import { keyValueErrors } from "../errors.ts";
import {
  decodeLayout,
  encodeLayout,
  type Layout,
  type LayoutData,
  type PrefixCopies,
} from "./layout.ts";
import { fromRuns, toRuns, type MoveRun, type Moves } from "./phases.ts";
import { decodeRows, encodeRows, rowOf, rowsOfLayout, type Rows, type RowsData } from "./rows.ts";

export const memberStates = [
  /** Known, and on its way to its share. */
  "joining",
  "member",
  /** Hands its partitions to others, and is let go when it holds none. */
  "leaving",
  /** Will not come back: nobody waits for it. */
  "removed",
] as const;

export interface ConfiguredMember {
  readonly name: string;
  /** 48 random bits on the member's disk: one that lost its disk is another. */
  readonly id: number;
  /** Where other members reach it, `host:port`. */
  readonly address: string;
  /** Where clients reach it, `host:port`; empty for not at all. */
  readonly clientAddress: string;
  readonly zone: string;
  /** Its share, in proportion to the others'. */
  readonly weight: number;
  readonly state: (typeof memberStates)[number];
}

export interface Configuration {
  /** From 1. */
  readonly version: number;
  readonly clusterId: string;
  readonly members: readonly ConfiguredMember[];
  /** Names of those whose majority decides the next version. */
  readonly voters: readonly string[];
  /** Where every partition is, or is going to. */
  readonly target: Layout;
  /** Where partitions that move were before; `target` where none does. */
  readonly former: Rows;
  readonly moves: Moves;
}

/** The largest a configuration may be when it is unpacked. */
const BYTES_MAX = 16 * 2 ** 20;

interface Data extends LayoutData {
  /** 2 where some prefix has a number of copies of its own: who knows only 1 would not find its keys. */
  readonly format: 1 | 2;
  readonly version: number;
  readonly clusterId: string;
  readonly members: readonly ConfiguredMember[];
  readonly voters: readonly string[];
  /** Left out where nothing moves. */
  readonly former?: RowsData;
  readonly moves: readonly MoveRun[];
}

/** Some 10 to 30 KB for 16,384 partitions. The same configuration gives the same bytes. */
export function encodeConfiguration(configuration: Configuration): Uint8Array {
  const { version, clusterId, members, voters, target, former, moves } = configuration;
  const data: Data = {
    format: target.prefixes.length === 0 ? 1 : 2,
    version,
    clusterId,
    members,
    voters,
    ...encodeLayout(target),
    ...(moves.size === 0 ? {} : { former: encodeRows(former) }),
    moves: toRuns(moves),
  };
  return brotliCompressSync(JSON.stringify(data), {
    params: { [constants.BROTLI_PARAM_QUALITY]: 4 },
  });
}

/** Throws `record_corrupt` for what is not a whole configuration. */
export function decodeConfiguration(bytes: Uint8Array): Configuration {
  try {
    const text = brotliDecompressSync(bytes, { maxOutputLength: BYTES_MAX }).toString();
    const data: unknown = JSON.parse(text);
    if (!isData(data)) throw new RangeError("fields are missing or of the wrong type");
    const { version, clusterId, members, voters } = data;
    const target = decodeLayout(data);
    const moves = fromRuns(data.moves);
    const former =
      data.former === undefined ? rowsOfLayout(target) : decodeRows(data.former, target.partitions);
    return { version, clusterId, members, voters, target, former, moves };
  } catch (cause) {
    throw keyValueErrors.record_corrupt({ cause });
  }
}

function isData(value: unknown): value is Data {
  if (typeof value !== "object" || value === null) return false;
  const fields: Record<string, unknown> = { ...value };
  const { format, version, clusterId, members, voters, moves } = fields;
  const { others = [], prefixes = [] } = fields;
  return (
    (format === 1 || format === 2) &&
    Array.isArray(others) &&
    Array.isArray(prefixes) &&
    prefixes.every(isPrefix) &&
    Number.isSafeInteger(version) &&
    typeof clusterId === "string" &&
    Array.isArray(members) &&
    members.every(isMember) &&
    Array.isArray(voters) &&
    voters.every((voter) => typeof voter === "string") &&
    Array.isArray(moves)
  );
}

function isPrefix(value: unknown): value is PrefixCopies {
  if (typeof value !== "object" || value === null) return false;
  const { prefix, copies }: Record<string, unknown> = { ...value };
  return typeof prefix === "string" && typeof copies === "number";
}

function isMember(value: unknown): value is ConfiguredMember {
  if (typeof value !== "object" || value === null) return false;
  const { name, id, address, clientAddress, zone, weight, state }: Record<string, unknown> = {
    ...value,
  };
  return (
    [name, address, clientAddress, zone].every((text) => typeof text === "string") &&
    Number.isSafeInteger(id) &&
    typeof weight === "number" &&
    memberStates.some((known) => known === state)
  );
}

/** Members that hold something or may: all but those that were removed. */
export function livingMembers({ members }: Configuration): ConfiguredMember[] {
  return members.filter(({ state }) => state !== "removed");
}

/** Members that will not come back. */
export function namesGone({ members }: Configuration): ReadonlySet<string> {
  return new Set(members.filter(({ state }) => state === "removed").map(({ name }) => name));
}

export function memberOf({ members }: Configuration, name: string): ConfiguredMember | undefined {
  return members.find((member) => member.name === name);
}

/** The two ends of a partition's move; equal where it does not move. */
export function endsOf(
  { target, former, moves }: Configuration,
  partition: number,
): { before: string[]; after: string[] } {
  const after = target.owners(partition);
  return { after, before: moves.has(partition) ? rowOf(former, partition) : after };
}
