/**
 * Who holds a write on the disk, seen from outside: neither the nodes nor their
 * memory are asked, only what a loss of power at this moment would leave.
 */
import { hasCode } from "@tenfold/core";
import { partitionOfCellKey } from "../cell-key.ts";
import { coversAll, joinVectors, type Vector } from "../cell.ts";
import { hintKey } from "../node/hints.ts";
import { knowledgeKey } from "../node/knowledge.ts";
import { decodeCell, decodeKnowledge } from "../record.ts";
import type { Cluster } from "./cluster.ts";

export interface Holders {
  /** Nodes, each counted once, with the owner's cell or with a hint. */
  readonly nodes: number;
  /** Those of them that are owners with the cell. */
  readonly owners: number;
}

/** Nodes whose disks have all that the clock names, or know that it was replaced. */
export function holdersOf(cluster: Cluster, place: Uint8Array, clock: Vector): Holders {
  const partition = partitionOfCellKey(place);
  const owners = cluster.placement.owners(partition);
  const clockAt = (name: string, key: Uint8Array): Vector =>
    readVector(cluster.onDisk(name, key), (record) => decodeCell(record).clock);
  const knownAt = (name: string): Vector =>
    readVector(cluster.onDisk(name, knowledgeKey(partition)), decodeKnowledge);
  const isOwner = (name: string): boolean =>
    owners.includes(name) && coversAll(joinVectors(clockAt(name, place), knownAt(name)), clock);
  const isStandIn = (name: string): boolean =>
    // A hint for one that was an owner, or is to be one, is brought to those that are.
    cluster.everyName().some((owner) => coversAll(clockAt(name, hintKey(owner, place)), clock));
  const holders = cluster.names.filter(isOwner);
  const nodes = new Set([...holders, ...cluster.names.filter(isStandIn)]);
  return { nodes: nodes.size, owners: holders.length };
}

/** A damaged record is no copy. */
function readVector(
  record: Uint8Array | undefined,
  decode: (record: Uint8Array) => Vector,
): Vector {
  try {
    return record === undefined ? new Map() : decode(record);
  } catch (error) {
    if (hasCode(error, "record_corrupt")) return new Map();
    throw error;
  }
}
