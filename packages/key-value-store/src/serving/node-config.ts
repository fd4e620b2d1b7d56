/** What a node is told, and what it does when it is told nothing. */
import { byPrefix } from "../by-prefix.ts";
import type { Layout, PrefixCopies } from "../cluster/layout.ts";
import { keyValueErrors } from "../errors.ts";
import type { Limits } from "../keyspace/access.ts";
import { defaultBucket, type Bucket } from "../keyspace/buckets.ts";
import { defaultLimits } from "../keyspace/create-keyspace.ts";
import type { NodeOptions } from "../node/node.ts";
import type { TlsFiles } from "../wire/tcp-network.ts";

export type { TlsFiles } from "../wire/tcp-network.ts";

export interface Address {
  readonly host: string;
  readonly port: number;
}

/** What is left out is as by default; R and W are then a majority of N. */
export interface BucketConfig extends Partial<Bucket> {
  readonly prefix: string;
  /**
   * Nodes that hold each of its keys (N), if not as many as of all others. Decided when
   * the cluster is made: a node that is told something else refuses to start.
   */
  readonly copies?: number | undefined;
}

export interface NodeConfig {
  /** Unique in its cluster and the same for ever; no `:` in it. */
  readonly name: string;
  /** Nodes of a cluster of another name are refused. Default `tenfold`. */
  readonly cluster?: string;
  /** Folder of its data: its own, and nobody else's. */
  readonly data: string;
  /** Where clients connect; port 0 takes a free one. */
  readonly listen: Address;
  /** Where other nodes connect; port 0 takes a free one. */
  readonly peer: Address;
  /** Peer addresses of members. None, and an empty folder: a new cluster. */
  readonly join?: readonly Address[] | undefined;
  /** What all nodes of the cluster know, and nobody else. */
  readonly secret?: string | undefined;
  /** What clients must give to AUTH. */
  readonly password?: string | undefined;
  readonly zone?: string;
  /** Its share beside the others'. Default 1. */
  readonly weight?: number;
  /** Nodes that hold each key (N); only the first node's counts. Default 3. */
  readonly copies?: number;
  /** A power of two up to 16,384; only the first node's counts. Default 1,024. */
  readonly partitions?: number;
  /** Which keys are kept how. One with an empty prefix replaces the default. */
  readonly buckets?: readonly BucketConfig[] | undefined;
  /** Of buckets that say nothing else. Default `disk`. */
  readonly durability?: "disk" | "memory";
  /** Of keys, values, and elements of collections; the same on all nodes. */
  readonly limits?: Partial<Limits> | undefined;
  /** TLS between nodes, by certificates of one authority; none when absent. */
  readonly tls?: TlsFiles | undefined;
  /** Other addresses for some members, as this node alone sees them. */
  readonly dial?: Readonly<Record<string, Address>> | undefined;
}

export const nodeDefaults: Readonly<
  Required<Pick<NodeConfig, "cluster" | "zone" | "weight" | "copies" | "partitions">> & {
    secret: string;
  }
> = Object.freeze({
  cluster: "tenfold",
  secret: "",
  zone: "",
  weight: 1,
  copies: 3,
  partitions: 1_024,
});

/** How quick a node is to act on a real machine. */
export const paces: Omit<NodeOptions, "self" | "cluster"> = Object.freeze({
  // Long beside a slow fsync, short beside a client's patience.
  requestTimeoutMs: 500,
  tickMs: 20,
  pingMs: 200,
  repairMs: 100,
  stepMs: 250,
  // 256 cells take half a millisecond: a million are counted in twenty minutes.
  inventoryMs: 300,
  hintsMax: 100_000,
});

/** Concurrent values that a cell may come with: more than clients write at once, or a bucket keeps. */
const VALUES_MAX = 32;

/** What one message, and all that wait for a peer, may have, so that every cell fits. */
export function messageLimits({ limits = {} }: NodeConfig): {
  messageBytesMax: number;
  queueBytesMax: number;
} {
  const { valueBytesMax = defaultLimits.valueBytesMax } = limits;
  const messageBytesMax = VALUES_MAX * Math.max(valueBytesMax, defaultLimits.valueBytesMax);
  return { messageBytesMax, queueBytesMax: 2 * messageBytesMax };
}

/** Of moves between nodes: they should not be felt by clients. */
export const moveLimits = Object.freeze({
  fillsAtOnceMax: 4,
  fillBytesPerSecond: 32 * 2 ** 20,
});

const bytesOf = (prefix: string): Uint8Array => Buffer.from(prefix, "latin1");

/** The buckets as configured, with the default and every prefix of the layout among them. */
export function bucketsOf(
  { buckets = [], durability = "disk" }: NodeConfig,
  layout: Pick<Layout, "prefixes" | "copiesOf">,
): readonly Bucket[] {
  const wholeOf = (config: BucketConfig): Bucket => {
    const majority = Math.floor(layout.copiesOf(bytesOf(config.prefix)) / 2) + 1;
    const plain = { ...defaultBucket, durability, readQuorum: majority, writeQuorum: majority };
    return { ...plain, ...config };
  };
  const ruleOf = byPrefix(buckets, { prefix: "" });
  // A prefix that only the cluster knows is kept as the bucket it is part of, but for its quorums.
  const unnamed = layout.prefixes
    .filter(({ prefix }) => !buckets.some((bucket) => bucket.prefix === prefix))
    .map(({ prefix }) => {
      const { readQuorum: _, writeQuorum: __, ...rule } = ruleOf(bytesOf(prefix));
      return { ...rule, prefix };
    });
  return [...buckets, ...unnamed, ...(buckets.some(isDefault) ? [] : [{ prefix: "" }])].map(
    wholeOf,
  );
}

const isDefault = ({ prefix }: BucketConfig): boolean => prefix === "";

/** What a cluster is founded with. */
export function copiesOf({ copies = nodeDefaults.copies, buckets = [] }: NodeConfig): {
  copies: number;
  prefixes: PrefixCopies[];
} {
  return {
    copies: buckets.find(isDefault)?.copies ?? copies,
    prefixes: buckets.flatMap(({ prefix, copies: own }) =>
      prefix === "" || own === undefined ? [] : [{ prefix, copies: own }],
    ),
  };
}

/** Throws `copies_differ` where a bucket was told another number of copies than the cluster was. */
export function requireCopies({ buckets = [] }: NodeConfig, layout: Layout): void {
  for (const { prefix, copies } of buckets) {
    const rule = layout.prefixes.find((each) => each.prefix === prefix);
    const kept = prefix === "" ? layout.tables[0].copies : rule?.copies;
    if (copies === undefined || copies === kept) continue;
    const keeps = kept === undefined ? "no number of its own" : `${kept}`;
    throw keyValueErrors.copies_differ({
      detail: `The bucket "${prefix}" is to have ${copies} copies; the cluster was made with ${keeps}.`,
      hint: "Leave it out, or copy the keys to a prefix of a cluster made for it.",
    });
  }
}

export const showAddress = ({ host, port }: Address): string =>
  `${host.includes(":") ? `[${host}]` : host}:${port}`;

/** The other way round, of what `showAddress` made; `undefined` for anything else. */
export function readAddress(text: string): Address | undefined {
  const [, host, port] = /^(\[.+\]|[^:]+):(\d+)$/.exec(text) ?? [];
  if (host === undefined || port === undefined) return undefined;
  return { host: host.replace(/^\[|\]$/g, ""), port: Number(port) };
}
