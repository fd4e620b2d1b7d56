/** One seed from beginning to end: faults, peace, and the verdict. */
import { isInvisible, readCount, readLatest, readSiblings } from "../payload.ts";
import type { Cell } from "../cell.ts";
import { hasSameVersions } from "../cell.ts";
import { partitionOfCellKey } from "../cell-key.ts";
import { nameOfBytes, placeOf, startClients, type Record } from "./clients.ts";
import { createCluster, type Cluster } from "./cluster.ts";
import { judgeCount, judgeLatest, judgeSiblings } from "./history.ts";
import { makePeace, unleash, type Losses } from "./nemesis.ts";
import { createWorld } from "./world.ts";

export interface Verdict {
  /** One sentence for each promise that was broken. */
  readonly wrong: readonly string[];
  readonly acknowledged: number;
  readonly events: number;
  /** The same for the same seed, else something outside the world has been asked. */
  readonly fingerprint: string;
  readonly trace: readonly string[];
}

const FAULTS_MS = 5_000;
const PEACE_MS = FAULTS_MS + 1_000;
/** From peace on, until nothing may be left to repair. */
const QUIET_MS = 6_000;

/**
 * Runs one seed. `keepsTrace` keeps every event, to read what happened; `disksLie`
 * plants a breach that the verdict must name.
 */
export async function runSeed(
  seed: number,
  { keepsTrace = false, disksLie = false } = {},
): Promise<Verdict> {
  const world = createWorld(seed, { keepsTrace });
  const cluster = createCluster(world, {
    nodes: 3 + world.random.below(3),
    copies: 3,
    partitions: 2,
    disksLie,
  });
  for (const name of cluster.names) cluster.start(name);
  const record = startClients(world, cluster, {
    clients: 5,
    keys: 2,
    untilMs: FAULTS_MS,
    quorum: 2,
  });
  const losses = unleash(world, cluster, { untilMs: FAULTS_MS, everyMs: 400 });
  await world.run(PEACE_MS);
  makePeace(world, cluster);
  await world.run(PEACE_MS + QUIET_MS);
  // Judging reads the disks, which answer in the world's time.
  const judging = judge(cluster, record, losses);
  await world.run(PEACE_MS + QUIET_MS + 500);
  const wrong = [...record.wrong, ...(await judging)];
  return {
    wrong,
    acknowledged: record.acknowledged,
    events: world.eventCount(),
    fingerprint: world.fingerprint(),
    trace: world.trace,
  };
}

async function judge(cluster: Cluster, record: Record, losses: Losses): Promise<string[]> {
  const keys = [record.siblings, record.latest, record.counts].flatMap((map) => [...map.keys()]);
  const cells = new Map<string, Cell>();
  const wrong: string[] = [];
  for (const key of keys) {
    const held = await cellsOf(cluster, key);
    const [first] = held;
    if (first === undefined) continue;
    cells.set(key, first);
    if (!held.every((cell) => hasSameVersions(cell, first))) wrong.push(`${key}: owners differ`);
    // Nobody can speak for an actor whose disk is gone, so what it touched is never forgotten.
    if (losses.copies > 0) continue;
    if (held.some((cell) => cell.versions.length > 0 && isInvisible(cell, 0))) {
      wrong.push(`${key}: a tombstone is left`);
    }
  }
  for (const name of cluster.names) {
    const left = cluster.node(name)?.hints.count() ?? 0;
    if (left > 0) wrong.push(`${name}: ${left} hints are left`);
  }
  const say = (key: string, sentences: readonly string[]): void => {
    wrong.push(...sentences.map((sentence) => `${key}: ${sentence}`));
  };
  for (const [key, cell] of cells) {
    const writes = record.siblings.get(key);
    const latest = record.latest.get(key);
    const counts = record.counts.get(key);
    const value = readLatest(cell, 0);
    if (writes !== undefined)
      say(key, judgeSiblings(writes, readSiblings(cell, 0).map(nameOfBytes)));
    if (latest !== undefined) {
      say(key, judgeLatest(latest, value === undefined ? undefined : nameOfBytes(value)));
    }
    if (counts !== undefined) say(key, judgeCount(counts, readCount(cell, 0) ?? 0n));
  }
  return wrong;
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
