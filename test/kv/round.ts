/** One round of the nemesis: clients at work, faults on the way, then peace and a look at what is left. */
import type { Random } from "@tenfold/core";
import type { Redis } from "ioredis";
import { connectTo, startLoad } from "./clients.ts";
import { judge, judgeAtom, kindOf, type Final, type Operation, type Wrong } from "./history.ts";
import { until, type Fault, type Target } from "./target.ts";

export interface RoundOptions {
  readonly random: Random;
  readonly prefix: string;
  readonly clients: number;
  readonly faults: number;
  /** How long a fault lasts at most. */
  readonly faultMs: number;
  readonly atoms: boolean;
}

export interface RoundResult extends Wrong {
  readonly faults: readonly string[];
  /** Keys that nodes answer differently when all is quiet. */
  readonly disagreeing: string[];
  /** Keys whose operations could not have happened in one order. */
  readonly disordered: string[];
  readonly acknowledged: number;
  readonly failed: number;
  readonly unknown: number;
  /** The longest time in which no write was acknowledged. */
  readonly outageMs: number;
  readonly operations: readonly Operation[];
}

/** Read in one piece. */
const KEYS_AT_ONCE = 100;

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Runs one. The target must be well when it begins, and is well again when it ends. */
export async function runRound(target: Target, options: RoundOptions): Promise<RoundResult> {
  const { random, faultMs } = options;
  const load = startLoad(target, options);
  const faults: string[] = [];
  let hasReplaced = false;
  await pause(500);
  for (let count = 0; count < options.faults; count++) {
    const fault = drawFault(target, random, hasReplaced);
    hasReplaced ||= fault.kind === "replace";
    faults.push(describeFault(fault));
    await target.inject(fault);
    await pause(faultMs / 2 + random.below(faultMs / 2));
    // Some faults are followed by the next one before they are over.
    if (random.below(3) > 0) await target.heal();
  }
  await target.heal();
  await pause(500);
  await load.stop();
  await target.settle().catch((cause: unknown) => {
    throw new Error(`${faults.join(", ")}: ${String(cause)}`, { cause });
  });
  return { faults, ...(await look(target, load.operations)), ...summarise(load.operations) };
}

/** One disk is lost in a round at most: what was acknowledged is on two. */
function drawFault(target: Target, random: Random, hasReplaced: boolean): Fault {
  const pick = <Item>(items: readonly Item[]): Item => {
    const item = items[random.below(items.length)];
    if (item === undefined) throw new Error("nothing to draw from");
    return item;
  };
  const kind = pick(target.faults.filter((each) => !(hasReplaced && each === "replace")));
  const node = pick(target.nodes);
  if (kind !== "cut") return { kind, node };
  return { kind, from: node, to: pick(target.nodes.filter((other) => other !== node)) };
}

const describeFault = (fault: Fault): string =>
  fault.kind === "cut" ? `cut ${fault.from}→${fault.to}` : `${fault.kind} ${fault.node}`;

type Findings = Wrong & { disagreeing: string[]; disordered: string[] };

/** Reads every key through every endpoint. */
async function look(target: Target, operations: readonly Operation[]): Promise<Findings> {
  const byKey = Map.groupBy(operations, ({ key }) => key);
  const ports = await target.endpoints();
  const views: ReadonlyMap<string, Final>[] = [];
  for (const port of ports) views.push(await readAll(port, [...byKey.keys()]));
  const wrong: Findings = { lost: [], risen: [], miscounted: [], disagreeing: [], disordered: [] };
  for (const [key, list] of byKey) {
    const finals = views.map((view) => view.get(key));
    const [first] = finals;
    if (finals.some((final) => JSON.stringify(final) !== JSON.stringify(first))) {
      wrong.disagreeing.push(`${key}: ${JSON.stringify(finals)}`);
    }
    if (kindOf(key) === "atom") {
      wrong.disordered.push(...judgeAtom(key, list));
      continue;
    }
    const { lost, risen, miscounted } = judge(key, list, first);
    wrong.lost.push(...lost);
    wrong.risen.push(...risen);
    wrong.miscounted.push(...miscounted);
  }
  return wrong;
}

async function readAll(port: number, keys: readonly string[]): Promise<Map<string, Final>> {
  let redis: Redis | undefined;
  await until(
    `an answer on port ${port}`,
    async () => (redis = await connectTo(port)) !== undefined,
    30_000,
  );
  const finals = new Map<string, Final>();
  try {
    for (let at = 0; at < keys.length; at += KEYS_AT_ONCE) {
      const some = keys.slice(at, at + KEYS_AT_ONCE);
      const values = await Promise.all(some.map((key) => readFinal(redis, key)));
      for (const [index, key] of some.entries()) {
        finals.set(key, values[index]);
      }
    }
  } finally {
    redis?.disconnect();
  }
  return finals;
}

/** A read that finds too few replicas is tried again, as a client would. */
async function readFinal(redis: Redis | undefined, key: string): Promise<Final> {
  let final: Final;
  await until(
    `an answer for ${key}`,
    async () => {
      if (kindOf(key) === "group") final = (await redis?.smembers(key))?.toSorted();
      else final = (await redis?.get(key)) ?? undefined;
      return true;
    },
    20_000,
  );
  return final;
}

function summarise(
  operations: readonly Operation[],
): Pick<RoundResult, "acknowledged" | "failed" | "unknown" | "outageMs" | "operations"> {
  const count = (outcome: Operation["outcome"]): number =>
    operations.filter((each) => each.outcome === outcome).length;
  const answers = operations
    .filter(({ outcome, action }) => outcome === "ok" && action.kind !== "read")
    .map(({ endedMs }) => endedMs ?? 0)
    .toSorted((a, b) => a - b);
  const gaps = answers.map((at, index) => at - (answers[index - 1] ?? at));
  return {
    acknowledged: count("ok"),
    failed: count("failed"),
    unknown: count("unknown"),
    outageMs: Math.max(0, ...gaps),
    operations,
  };
}
