/** Members that come, go, are replaced and weigh anew while clients write; drawn from the seed. */
import type { Operations } from "../cluster/operations.ts";
import type { Cluster } from "./cluster.ts";
import type { World } from "./world.ts";

export interface ChangesOptions {
  readonly fromMs: number;
  readonly untilMs: number;
  readonly everyMs: number;
  readonly zones: readonly string[];
  /** Never fewer members than this. */
  readonly membersMin: number;
  readonly membersMax: number;
}

/** What was done, for those who judge. */
export interface Changes {
  /** Members that are to be there in the end. */
  readonly staying: Set<string>;
  /** Members that were asked to leave. */
  readonly leaving: Set<string>;
  /** How many disks were lost with a member that was replaced. */
  lost: number;
}

/** Plans the changes. At most one member is lost with its disk: two copies of three are left. */
export function plan(world: World, cluster: Cluster, options: ChangesOptions): Changes {
  const { random } = world;
  const changes: Changes = { staying: new Set(cluster.names), leaving: new Set(), lost: 0 };
  let last = cluster.names.length;
  const anyOf = (names: Iterable<string>): string => {
    const list = [...names];
    return list[random.below(Math.max(1, list.length))] ?? "";
  };
  const zone = (): string => options.zones[random.below(Math.max(1, options.zones.length))] ?? "";
  const join = (): void => {
    if (changes.staying.size >= options.membersMax) return;
    last += 1;
    const name = `n${last}`;
    cluster.add(name, zone());
    changes.staying.add(name);
    world.note(`${name} joins`);
    cluster.start(name);
  };
  const drain = (): void => {
    if (changes.staying.size <= options.membersMin) return;
    const name = anyOf(changes.staying);
    changes.staying.delete(name);
    changes.leaving.add(name);
    world.note(`${name} is to leave`);
    ask(world, cluster, [...changes.staying], ({ drain: leave }) => leave(name));
  };
  const replace = (): void => {
    if (changes.lost > 0) return;
    const name = anyOf(changes.staying);
    changes.lost += 1;
    changes.staying.delete(name);
    world.note(`${name} is gone for good`);
    cluster.retire(name);
    join();
    ask(world, cluster, [...changes.staying], ({ remove }) => remove(name));
  };
  const weigh = (): void => {
    const name = anyOf(changes.staying);
    const weight = 1 + random.below(3);
    world.note(`${name} weighs ${weight}`);
    ask(world, cluster, [...changes.staying], (operations) => operations.weigh(name, weight));
  };
  const kinds = [join, join, drain, replace, weigh];
  const next = (): void => {
    if (world.now() >= options.untilMs) return;
    kinds[random.below(kinds.length)]?.();
    world.after(random.float() * 2 * options.everyMs, next);
  };
  world.after(options.fromMs, next);
  return changes;
}

/** Asks one after the other until one says that it is decided, as an operator would. */
function ask(
  world: World,
  cluster: Cluster,
  names: readonly string[],
  operation: (operations: Operations) => Promise<void>,
): void {
  let isDone = false;
  const attempt = (turn: number): void => {
    const name = names[turn % names.length];
    if (isDone || name === undefined || turn > 60) return;
    cluster
      .call(name, (node) => operation(node.cluster.operations))
      .then(() => {
        isDone = true;
      })
      // Not now: it is asked again below, of another.
      .catch(() => undefined);
    world.after(1_000, () => attempt(turn + 1));
  };
  attempt(0);
}
