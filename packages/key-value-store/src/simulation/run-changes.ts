/** One seed in which the members change while clients write; then peace, and the verdict. */
import type { StoreNode } from "../node/node.ts";
import { partitionRange } from "../cell-key.ts";
import { createCaller } from "./caller.ts";
import { plan, type Changes } from "./changes.ts";
import { startClients } from "./clients.ts";
import { createCluster, type Cluster } from "./cluster.ts";
import type { Record } from "./deeds.ts";
import { makePeace, unleash } from "./nemesis.ts";
import { operate } from "./register-deed.ts";
import { mixedCopies } from "./run.ts";
import { judge } from "./verdict.ts";
import { createWorld } from "./world.ts";

export interface Verdict {
  /** One sentence for each promise that was broken. */
  readonly wrong: readonly string[];
  readonly acknowledged: number;
  readonly events: number;
  /** Of the last configuration: how often the cluster changed. */
  readonly version: number;
  readonly fingerprint: string;
  readonly trace: readonly string[];
}

const FORMED_MS = 4_000;
const FAULTS_MS = 12_000;
const PEACE_MS = FAULTS_MS + 1_000;
/** From peace on, until nothing may move, wait or differ. */
const QUIET_MS = 25_000;

const zones = ["x", "y", "z"];

export async function runChanges(
  seed: number,
  { keepsTrace = false, hasMixedCopies = false } = {},
): Promise<Verdict> {
  const world = createWorld(seed, { keepsTrace });
  const cluster = createCluster(world, {
    nodes: 3,
    copies: 3,
    partitions: 2 ** (1 + world.random.below(4)),
    prefixes: hasMixedCopies ? [...mixedCopies, { prefix: "register ", copies: 2 }] : [],
    zones: { n1: "x", n2: "y", n3: "z" },
    isFounded: true,
    // Comparisons hide what moves lose; so in most runs they come late.
    repairMs: [80, 1_500, 4_000][world.random.below(3)] ?? 80,
  });
  // The founder is there before the others ask it.
  cluster.start("n1");
  await world.run(600);
  cluster.start("n2");
  cluster.start("n3");
  await world.run(FORMED_MS);
  // Before that there are fewer owners than copies, and a write is as safe as that allows.
  const record = startClients(world, cluster, {
    clients: 5,
    keys: 6,
    untilMs: FAULTS_MS,
    quorum: 2,
  });
  const changes = plan(world, cluster, {
    fromMs: FORMED_MS,
    untilMs: FAULTS_MS,
    everyMs: 1_500,
    zones,
    membersMin: 3,
    membersMax: 6,
  });
  unleash(world, cluster, { untilMs: FAULTS_MS, everyMs: 900, canLoseDisks: false });
  await world.run(PEACE_MS);
  makePeace(world, cluster);
  await world.run(PEACE_MS + QUIET_MS);
  const caller = createCaller(world, cluster, 2);
  const judging = Promise.all(
    [...record.registers].map(([key, history]) =>
      operate({ caller, key, history }, { kind: "get" }),
    ),
  ).then(() => judgeAll(cluster, record, changes));
  await world.run(PEACE_MS + QUIET_MS + 3_000);
  const wrong = [...record.wrong, ...(await judging)];
  return {
    wrong,
    acknowledged: record.acknowledged,
    events: world.eventCount(),
    version: [...changes.staying].map((name) => cluster.node(name)?.placement.version ?? 0)[0] ?? 0,
    fingerprint: world.fingerprint(),
    trace: world.trace,
  };
}

async function judgeAll(cluster: Cluster, record: Record, changes: Changes): Promise<string[]> {
  const nodes = [...changes.staying].map((name) => ({ name, node: cluster.node(name) }));
  const wrong = nodes.filter(({ node }) => node === undefined).map(({ name }) => `${name}: down`);
  const living = nodes.flatMap(({ name, node }) => (node === undefined ? [] : [{ name, node }]));
  wrong.push(...judgeMembers(living, changes));
  for (const { name, node } of living) wrong.push(...(await judgeHoldings(name, node)));
  return [...wrong, ...(await judge(cluster, record))];
}

interface Named {
  readonly name: string;
  readonly node: StoreNode;
}

/** All act by one configuration, whose members are those that were to stay, and nothing moves. */
function judgeMembers(nodes: readonly Named[], { staying }: Changes): string[] {
  const wrong: string[] = [];
  const [first] = nodes;
  const configuration = first?.node.cluster.history.current();
  if (configuration === undefined) return ["there is no configuration"];
  for (const { name, node } of nodes) {
    if (node.placement.version !== configuration.version) {
      wrong.push(`${name}: at version ${node.placement.version}, not ${configuration.version}`);
    }
  }
  const members = configuration.members.map(({ name, state }) => `${name} ${state}`);
  const expected = [...staying].toSorted().map((name) => `${name} member`);
  if (members.join() !== expected.join()) {
    wrong.push(`members are ${members.join()}, where ${expected.join()} are right`);
  }
  if (configuration.moves.size > 0) wrong.push(`${configuration.moves.size} partitions still move`);
  return wrong;
}

/** A node holds nothing that is not its own. */
async function judgeHoldings(name: string, node: StoreNode): Promise<string[]> {
  const wrong: string[] = [];
  for (let partition = 0; partition < node.placement.partitions; partition++) {
    if (node.placement.owners(partition).includes(name)) continue;
    const held = await node.replica.page({ ...partitionRange(partition), limit: 1 });
    if (held.cells.length > 0) wrong.push(`${name}: still holds of partition ${partition}`);
  }
  return wrong;
}
