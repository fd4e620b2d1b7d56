/** One seed from beginning to end: faults, peace, and the verdict. */
import { createCaller } from "./caller.ts";
import { startClients } from "./clients.ts";
import { createCluster } from "./cluster.ts";
import { makePeace, unleash } from "./nemesis.ts";
import { operate } from "./register-deed.ts";
import { judge } from "./verdict.ts";
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
const JUDGING_MS = 5_000;

/** Of three copies or two, two of each answer reads and have stored writes: the judge counts alike. */
export const mixedCopies = ["count ", "latest 1"].map((prefix) => ({ prefix, copies: 2 }));

/**
 * Runs one seed. `keepsTrace` keeps every event, to read what happened; `disksLie`
 * plants a breach that the verdict must name; with `hasMixedCopies` some kinds of keys
 * have two copies instead of three.
 */
export async function runSeed(
  seed: number,
  { keepsTrace = false, disksLie = false, hasMixedCopies = false } = {},
): Promise<Verdict> {
  const world = createWorld(seed, { keepsTrace });
  const cluster = createCluster(world, {
    nodes: 3 + world.random.below(3),
    copies: 3,
    partitions: 2,
    prefixes: hasMixedCopies ? mixedCopies : [],
    disksLie,
  });
  for (const name of cluster.names) cluster.start(name);
  const clients = { clients: 5, keys: 2, untilMs: FAULTS_MS, quorum: 2 };
  const record = startClients(world, cluster, clients);
  unleash(world, cluster, { untilMs: FAULTS_MS, everyMs: 400 });
  await world.run(PEACE_MS);
  makePeace(world, cluster);
  await world.run(PEACE_MS + QUIET_MS);
  const caller = createCaller(world, cluster, clients.quorum);
  const judging = Promise.all(
    // In peace every register answers, and what it says must fit all that was said before.
    [...record.registers].map(async ([key, history]) => {
      // Unless slow fsyncs come together with a voter that lost its disk: then the next time.
      for (let times = 0; times < 3; times++) {
        await operate({ caller, key, history }, { kind: "get" });
        if (history.at(-1)?.answered !== undefined) return;
      }
    }),
  ).then(() => judge(cluster, record));
  // Judging reads the disks, which answer in the world's time.
  await world.run(PEACE_MS + QUIET_MS + JUDGING_MS);
  const wrong = [...record.wrong, ...(await judging)];
  return {
    wrong,
    acknowledged: record.acknowledged,
    events: world.eventCount(),
    fingerprint: world.fingerprint(),
    trace: world.trace,
  };
}
