/** What is wrong when all is quiet: with what the owners hold, and with what clients were told. */
import { partitionOfCellKey } from "../cell-key.ts";
import { hasSameVersions, type Cell } from "../cell.ts";
import { isInvisible, readCount, readLatest, readSiblings } from "../payload.ts";
import { linearize } from "../testing/linearizability.ts";
import { nameOfBytes, placeOf } from "./caller.ts";
import type { Cluster } from "./cluster.ts";
import type { Record } from "./deeds.ts";
import { judgeSets } from "./set-deed.ts";
import { judgeCount, judgeLatest, judgeSiblings } from "./history.ts";

/** One sentence for each promise that was broken. */
export async function judge(cluster: Cluster, record: Record): Promise<string[]> {
  const keys = [record.siblings, record.latest, record.counts].flatMap((map) => [...map.keys()]);
  const sets = await judgeSets(cluster, record);
  const wrong = [...leftHints(cluster), ...judgeRegisters(record), ...sets];
  for (const key of keys) {
    const held = await cellsOf(cluster, key);
    const sentences = [...judgeCopies(cluster, held), ...judgeValues(record, key, held[0])];
    wrong.push(...sentences.map((sentence) => `${key}: ${sentence}`));
  }
  return wrong;
}

function leftHints(cluster: Cluster): string[] {
  return cluster.names.flatMap((name) => {
    const left = cluster.node(name)?.hints.count() ?? 0;
    return left > 0 ? [`${name}: ${left} hints are left`] : [];
  });
}

function judgeCopies(cluster: Cluster, held: readonly Cell[]): string[] {
  const [first] = held;
  if (first === undefined) return [];
  const differ = held.every((cell) => hasSameVersions(cell, first)) ? [] : ["owners differ"];
  // Nobody can speak for an actor whose disk is gone, so what it touched is never forgotten.
  const isLeft =
    cluster.lostDisks() === 0 &&
    held.some((cell) => cell.versions.length > 0 && isInvisible(cell, 0));
  return isLeft ? [...differ, "a tombstone is left"] : differ;
}

function judgeValues(record: Record, key: string, cell: Cell | undefined): string[] {
  if (cell === undefined) return [];
  const siblings = record.siblings.get(key);
  if (siblings !== undefined) {
    return judgeSiblings(siblings, readSiblings(cell, 0).map(nameOfBytes));
  }
  const latest = record.latest.get(key);
  const value = readLatest(cell, 0);
  if (latest !== undefined) return judgeLatest(latest, value && nameOfBytes(value));
  return judgeCount(record.counts.get(key) ?? [], readCount(cell, 0) ?? 0n);
}

function judgeRegisters(record: Record): string[] {
  return [...record.registers].flatMap(([key, history]) => {
    if (history.at(-1)?.answered === undefined) return [`${key}: no answer in peace`];
    const { isLinearizable, stuckAt } = linearize(history);
    const deeds = stuckAt.map(({ deed }) => JSON.stringify(deed)).join(", ");
    return isLinearizable ? [] : [`${key}: not linearizable, none of ${deeds} can come next`];
  });
}

/** What every owner of a key holds. */
async function cellsOf(cluster: Cluster, key: string): Promise<Cell[]> {
  const place = placeOf(cluster, key);
  const owners = cluster.placement.owners(partitionOfCellKey(place));
  const nodes = owners.map((owner) => cluster.node(owner));
  return Promise.all(
    nodes.filter((node) => node !== undefined).map((node) => node.replica.read(place)),
  );
}
