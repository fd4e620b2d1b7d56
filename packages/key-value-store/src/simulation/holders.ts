/**
 * Who holds a write on the disk, seen from outside: neither the nodes nor their
 * memory are asked, only what a loss of power at this moment would leave.
 */
import { hasCode } from "@tenfold/core";
import { partitionOfCellKey } from "../cell-key.ts";
import { covers, joinVectors, type Dot, type Vector } from "../cell.ts";
import { hintKey } from "../node/hints.ts";
import { knowledgeKey } from "../node/knowledge-records.ts";
import { decodeCell, decodeKnowledge } from "../record.ts";
import type { Cluster } from "./cluster.ts";

export interface Holders {
  /** Nodes with the owner's cell or with a hint, each counted once. */
  readonly nodes: number;
  /** Those of them that are owners with the cell. */
  readonly owners: number;
}

/** Counts those who have an event of a cell, or know that it was replaced, at this moment. */
export function createCensus(cluster: Cluster, place: Uint8Array): (dot: Dot) => Holders {
  const partition = partitionOfCellKey(place);
  const owners = cluster.placement.owners(partition);
  const clockAt = (name: string, key: Uint8Array): Vector =>
    readVector(cluster.onDisk(name, key), (record) => decodeCell(record).clock);
  const held = new Map(
    owners.map((name) => {
      const known = readVector(cluster.onDisk(name, knowledgeKey(partition)), decodeKnowledge);
      return [name, joinVectors(clockAt(name, place), known)];
    }),
  );
  const hinted = cluster.names.map((name) => {
    return [name, owners.map((owner) => clockAt(name, hintKey(owner, place)))] as const;
  });
  return (dot) => {
    const holders = owners.filter((name) => covers(held.get(name) ?? new Map(), dot));
    const standIns = hinted
      .filter(([, clocks]) => clocks.some((clock) => covers(clock, dot)))
      .map(([name]) => name);
    return { nodes: new Set([...holders, ...standIns]).size, owners: holders.length };
  };
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
