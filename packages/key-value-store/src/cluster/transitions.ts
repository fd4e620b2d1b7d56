/** The steps from one configuration to the next. Each is pure; what is decided is the outcome. */
import { endsOf, memberOf, type Configuration, type ConfiguredMember } from "./configuration.ts";
import { createLayout, type Layout, type PrefixCopies } from "./layout.ts";
import type { Move } from "./phases.ts";
import { rowsFrom, rowsOfLayout } from "./rows.ts";

/** Voters at most: more make each decision slower and hardly any safer. */
const VOTERS_MAX = 5;

/** The first configuration of a cluster: given members, all in place. */
export function foundCluster(options: {
  clusterId: string;
  members: readonly ConfiguredMember[];
  copies: number;
  /** Of each number of copies. */
  partitions: number;
  prefixes?: readonly PrefixCopies[] | undefined;
}): Configuration {
  const { clusterId } = options;
  const members = options.members.toSorted(byName);
  const target = createLayout(tableMembers(members), options);
  const first = {
    version: 1,
    clusterId,
    members,
    voters: [],
    target,
    former: rowsOfLayout(target),
    moves: new Map(),
  };
  return { ...first, voters: chooseVoters(first, () => true) };
}

/**
 * With a member that is new, or came back without what it had: then its partitions
 * are filled anew before it counts for them. `undefined` while some are `leaving`.
 */
export function withMember(
  configuration: Configuration,
  member: ConfiguredMember,
): Configuration | undefined {
  const { target, former, version } = configuration;
  const known = memberOf(configuration, member.name);
  const others = configuration.members.filter(({ name }) => name !== member.name);
  if (known === undefined) {
    return next(configuration, { members: [...others, member].sort(byName) });
  }
  if ([...configuration.moves.values()].some(({ phase }) => phase === "leaving")) return undefined;
  const without = (partition: number): string[] =>
    endsOf(configuration, partition).before.filter((name) => name !== member.name);
  const moves = new Map(configuration.moves);
  for (let partition = 0; partition < target.partitions; partition++) {
    const { before, after } = endsOf(configuration, partition);
    // Where it was the only one, there is nobody to fill it from.
    if (!before.includes(member.name) || before.length === 1) continue;
    if (!after.includes(member.name) && !moves.has(partition)) continue;
    moves.set(partition, { phase: "filling", since: version + 1 });
  }
  return next(configuration, {
    members: [...others, { ...member, state: known.state }].sort(byName),
    former: rowsFrom(target.partitions, former.width, (partition) =>
      moves.has(partition) ? without(partition) : target.owners(partition),
    ),
    moves,
  });
}

/** With a member in another state or of another weight. */
export function withChanged(
  configuration: Configuration,
  name: string,
  change: Partial<Pick<ConfiguredMember, "state" | "weight" | "address" | "clientAddress">>,
): Configuration {
  const members = configuration.members.map((member) =>
    member.name === name ? { ...member, ...change } : member,
  );
  return next(configuration, { members });
}

/** Without a member that holds nothing any more. */
export function withoutMember(configuration: Configuration, name: string): Configuration {
  const members = configuration.members.filter((member) => member.name !== name);
  return next(configuration, { members });
}

/** Whether the members' weights, zones or states ask for another table than the target. */
export function needsPlan(configuration: Configuration): boolean {
  const wanted = tableMembers(configuration.members);
  const planned = configuration.target.members;
  return (
    wanted.length !== planned.length ||
    wanted.some(({ id, weight, zone }, at) => {
      const other = planned[at];
      return other?.id !== id || other.weight !== weight || other.zone !== zone;
    })
  );
}

/**
 * With a new target. What was already on its way to the same owners goes on; every
 * other move begins anew. Only when no partition is `leaving`.
 */
export function withPlan(configuration: Configuration): Configuration {
  const { members, target, version } = configuration;
  const after = target.plannedFor(tableMembers(members));
  const moves = new Map<number, Move>();
  for (let partition = 0; partition < target.partitions; partition++) {
    const now = endsOf(configuration, partition).before;
    const then = after.owners(partition);
    if (isSameSet(now, then)) continue;
    const underWay = configuration.moves.get(partition);
    const goesOn = underWay !== undefined && isSameSet(target.owners(partition), then);
    moves.set(partition, goesOn ? underWay : { phase: "filling", since: version + 1 });
  }
  const former = rowsFrom(
    target.partitions,
    widthOf(configuration, after),
    (partition) => endsOf(configuration, partition).before,
  );
  return next(configuration, { target: after, former, moves });
}

/** With some partitions a step further: filled ones count from now on, left ones are settled. */
export function withProgress(
  configuration: Configuration,
  { filled, left }: { filled: Iterable<number>; left: Iterable<number> },
): Configuration {
  const moves = new Map(configuration.moves);
  for (const partition of filled) {
    moves.set(partition, { phase: "leaving", since: configuration.version + 1 });
  }
  for (const partition of left) moves.delete(partition);
  return next(configuration, { moves });
}

/** With other voters, or `undefined` where they are right as they are. */
export function withVoters(
  configuration: Configuration,
  isUp: (name: string) => boolean,
): Configuration | undefined {
  const voters = chooseVoters(configuration, isUp);
  const isSame = isSameSet(voters, configuration.voters);
  return isSame ? undefined : next(configuration, { voters });
}

/**
 * An odd number of members, those that vote already first, spread over zones. One
 * that is down is replaced where another is up; one that leaves votes until its
 * partitions are elsewhere, lest too few are left.
 */
function chooseVoters(configuration: Configuration, isUp: (name: string) => boolean): string[] {
  const { members, moves, voters } = configuration;
  const able = members.filter(
    ({ state }) => state === "member" || (state === "leaving" && moves.size > 0),
  );
  const count = Math.min(VOTERS_MAX, able.length - (able.length % 2 === 0 ? 1 : 0));
  const chosen: ConfiguredMember[] = [];
  const rank = ({ name, zone, state }: ConfiguredMember): number => {
    const sameZone = chosen.filter((each) => each.zone === zone).length;
    const wanting = (isUp(name) ? 0 : 1_000) + (state === "leaving" ? 100 : 0);
    return wanting + sameZone * 10 + (voters.includes(name) ? 0 : 1);
  };
  while (chosen.length < count) {
    const [best] = able
      .filter((member) => !chosen.includes(member))
      .toSorted((one, other) => rank(one) - rank(other));
    if (best === undefined) break;
    chosen.push(best);
  }
  // A cluster all of whose members are leaving or joining keeps the voters it has.
  return chosen.length === 0
    ? voters.filter((name) => memberOf(configuration, name) !== undefined)
    : chosen.map(({ name }) => name).sort();
}

/** Those that take a share, as the table knows them: who leaves is not among them. */
function tableMembers(
  members: readonly ConfiguredMember[],
): { id: string; weight: number; zone: string }[] {
  return members
    .filter(({ state }) => state === "joining" || state === "member")
    .map(({ name, weight, zone }) => ({ id: name, weight, zone }))
    .sort((one, other) => (one.id < other.id ? -1 : 1));
}

function next(configuration: Configuration, change: Partial<Configuration>): Configuration {
  return { ...configuration, ...change, version: configuration.version + 1 };
}

const widthOf = ({ former }: Configuration, after: Layout): number =>
  Math.max(former.width, after.copiesMax);

const byName = (one: ConfiguredMember, other: ConfiguredMember): number =>
  one.name < other.name ? -1 : 1;

const isSameSet = (one: readonly string[], other: readonly string[]): boolean =>
  one.length === other.length && one.every((name) => other.includes(name));
