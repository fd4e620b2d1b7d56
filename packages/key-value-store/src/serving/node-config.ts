/** What a node is told, and what it does when it is told nothing. */
import type { NodeOptions } from "../node/node.ts";
import { defaultBucket, type Bucket } from "../keyspace/buckets.ts";

export interface Address {
  readonly host: string;
  readonly port: number;
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
  /** Nodes that hold each key; only the first node's counts. Default 3. */
  readonly copies?: number;
  /** A power of two up to 16,384; only the first node's counts. Default 1,024. */
  readonly partitions?: number;
  /** Which keys are kept how. One with an empty prefix replaces the default. */
  readonly buckets?: readonly Bucket[] | undefined;
  /** Of buckets that say nothing else. Default `disk`. */
  readonly durability?: "disk" | "memory";
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
  repairMs: 25,
  stepMs: 250,
  hintsMax: 100_000,
});

/** Of moves between nodes: they should not be felt by clients. */
export const moveLimits = Object.freeze({
  fillsAtOnceMax: 4,
  fillBytesPerSecond: 32 * 2 ** 20,
});

/** The buckets as configured, the default among them. */
export function bucketsOf({ buckets = [], durability = "disk" }: NodeConfig): readonly Bucket[] {
  const hasDefault = buckets.some(({ prefix }) => prefix === "");
  return hasDefault ? buckets : [...buckets, { ...defaultBucket, durability }];
}

export const showAddress = ({ host, port }: Address): string =>
  `${host.includes(":") ? `[${host}]` : host}:${port}`;

/** The other way round, of what `showAddress` made; `undefined` for anything else. */
export function readAddress(text: string): Address | undefined {
  const [, host, port] = /^(\[.+\]|[^:]+):(\d+)$/.exec(text) ?? [];
  if (host === undefined || port === undefined) return undefined;
  return { host: host.replace(/^\[|\]$/g, ""), port: Number(port) };
}
