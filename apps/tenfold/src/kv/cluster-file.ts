/** What a local cluster is, kept in its folder so that a second start finds the same one. */
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Random } from "@tenfold/core";
import { cliErrors } from "../errors.ts";
import { choosePort, requirePort } from "../ports.ts";
import { peerPortOf } from "./node-settings.ts";

export interface ClusterNode {
  name: string;
  /** For clients. */
  port: number;
  /** For the other nodes. */
  peerPort: number;
  zone: string;
}

export interface LocalCluster {
  secret: string;
  copies: number;
  nodes: ClusterNode[];
}

export interface ClusterWish {
  folder: string;
  /** As many as there are when absent; three for a new one. */
  nodes: number | undefined;
  /** The first node's; 0 takes free ones. */
  port: number;
  zones: number;
}

const NODES_MAX = 26;
const nameOf = (index: number): string => String.fromCharCode(97 + index);

/** Reads the cluster of a folder or makes one, with as many nodes as wished for. */
export async function openLocalCluster(random: Random, wish: ClusterWish): Promise<LocalCluster> {
  const known = await read(wish.folder);
  const cluster = known ?? {
    secret: Buffer.from(random.bytes(32)).toString("base64url"),
    copies: Math.min(3, wish.nodes ?? 3),
    nodes: [],
  };
  const wanted = wish.nodes ?? (known === undefined ? 3 : known.nodes.length);
  if (wanted < cluster.nodes.length) {
    throw cliErrors.usage({
      detail: `The cluster in ${wish.folder} has ${cluster.nodes.length} nodes, not ${wanted}.`,
      hint: "Drain those that should go (./tenfold kv drain), or name another folder with --data.",
    });
  }
  if (wanted > NODES_MAX) throw cliErrors.usage({ detail: `--nodes is at most ${NODES_MAX}.` });
  for (let index = cluster.nodes.length; index < wanted; index++) {
    cluster.nodes.push(await placeNode(index, wish));
  }
  await save(wish.folder, cluster);
  return cluster;
}

async function placeNode(index: number, { port, zones }: ClusterWish): Promise<ClusterNode> {
  const host = "127.0.0.1";
  const own = port === 0 ? await choosePort(host) : port + index;
  const peerPort = port === 0 ? await choosePort(host) : peerPortOf(own);
  for (const each of [own, peerPort]) await requirePort(host, each);
  return {
    name: nameOf(index),
    port: own,
    peerPort,
    zone: zones > 1 ? `z${(index % zones) + 1}` : "",
  };
}

const fileOf = (folder: string): string => join(folder, "cluster.json");

async function read(folder: string): Promise<LocalCluster | undefined> {
  const text = await readFile(fileOf(folder), "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return undefined;
    throw error;
  });
  if (text === undefined) return undefined;
  const parsed: unknown = JSON.parse(text);
  if (isCluster(parsed)) return parsed;
  throw cliErrors.usage({
    detail: `${fileOf(folder)} is not a cluster's file.`,
    hint: "Name another folder with --data, or remove this one if nothing in it is needed.",
  });
}

function isCluster(value: unknown): value is LocalCluster {
  return (
    typeof value === "object" &&
    value !== null &&
    "secret" in value &&
    typeof value.secret === "string" &&
    "nodes" in value &&
    Array.isArray(value.nodes)
  );
}

/** It holds the cluster's secret. */
async function save(folder: string, cluster: LocalCluster): Promise<void> {
  await mkdir(folder, { recursive: true });
  const text = `${JSON.stringify(cluster, undefined, 2)}\n`;
  await writeFile(fileOf(folder), text, { mode: 0o600 });
}
