/**
 * Evening out who comes first.
 *
 * Each row's first seat is the primary. Among those that hold the copy anyway,
 * the primary can be chosen freely: no data moves, only the role. Members with too
 * many primaries hand the role to a holder with too few; where there is none, the
 * role is passed along a chain, found breadth first:
 *
 *     a has one too many    row 17: a b ·     row 90: b d ·     d has one too few
 *                                   ▲ ╰──▶ b promoted in 17, d promoted in 90
 */
import { apportion } from "./apportion.ts";
import { EMPTY, type Seating } from "./seating.ts";

/**
 * First among those that had the copy before, so that a new primary has its data;
 * only what is then still uneven goes to members that are new to a row.
 * O(partitions × copies) for the direct ones and for each chain; chains are few.
 */
export function balancePrimaries(seating: Seating): void {
  const wanted = apportion(seating.partitions, [...seating.counts]);
  const held = new Uint32Array(wanted.length);
  for (let partition = 0; partition < seating.partitions; partition++) {
    const primary = seating.at(partition, 0);
    if (primary !== EMPTY) held[primary] = (held[primary] ?? 0) + 1;
  }
  const roles: Roles = {
    seating,
    need: (member) => (wanted[member] ?? 0) - (held[member] ?? 0),
    promote(partition, seat) {
      const from = seating.at(partition, 0);
      const to = seating.at(partition, seat);
      held[from] = (held[from] ?? 0) - 1;
      held[to] = (held[to] ?? 0) + 1;
      seating.promote(partition, seat);
    },
  };
  for (const choices of [
    (partition: number) => seating.kept[partition] ?? 0,
    (partition: number) => seating.seated(partition),
  ]) {
    if (wanted.every((count, member) => count === held[member])) return;
    promoteDirectly(roles, choices);
    promoteAlongChains(roles, choices);
  }
}

interface Roles {
  readonly seating: Seating;
  /** Primaries a member lacks; negative when it has too many. */
  readonly need: (member: number) => number;
  readonly promote: (partition: number, seat: number) => void;
}

/** How many seats of a partition, from the first, may become its primary. */
type Choices = (partition: number) => number;

function promoteDirectly({ seating, need, promote }: Roles, choices: Choices): void {
  for (let step = 0; step < seating.partitions; step++) {
    const partition = seating.scattered(step);
    if (need(seating.at(partition, 0)) >= 0) continue;
    let best = 0;
    let bestNeed = 0;
    for (let seat = 1; seat < choices(partition); seat++) {
      const lacking = need(seating.at(partition, seat));
      if (lacking > bestNeed) {
        best = seat;
        bestNeed = lacking;
      }
    }
    if (best > 0) promote(partition, best);
  }
}

interface Step {
  partition: number;
  seat: number;
}

function promoteAlongChains(roles: Roles, choices: Choices): void {
  const { seating, promote } = roles;
  const led = partitionsByPrimary(seating);
  const search = { ...roles, choices, led };
  for (let chain = findChain(search); chain !== undefined; chain = findChain(search)) {
    for (const { partition, seat } of chain) {
      promote(partition, seat);
      // Where it stood before it is left standing, and passed over.
      led[seating.at(partition, 0)]?.push(partition);
    }
  }
}

interface ChainSearch extends Roles {
  readonly choices: Choices;
  /** By member the partitions it leads, and some that it led before. */
  readonly led: readonly number[][];
}

/** The shortest chain from members with too many primaries to one with too few. */
function findChain({ seating, need, choices, led }: ChainSearch): Step[] | undefined {
  const members = [...seating.counts.keys()];
  const reached = new Map<number, Step | undefined>();
  for (const member of members) if (need(member) < 0) reached.set(member, undefined);
  if (reached.size === 0 || members.every((member) => need(member) <= 0)) return undefined;
  // A Map iterates over what is added meanwhile: this is the queue.
  for (const [member] of reached) {
    for (const partition of led[member] ?? []) {
      if (seating.at(partition, 0) !== member) continue;
      for (let seat = 1; seat < choices(partition); seat++) {
        const next = seating.at(partition, seat);
        if (reached.has(next)) continue;
        reached.set(next, { partition, seat });
        if (need(next) > 0) return chainTo(seating, reached, next);
      }
    }
  }
  return undefined;
}

function partitionsByPrimary(seating: Seating): number[][] {
  const led = Array.from(seating.counts, (): number[] => []);
  for (let partition = 0; partition < seating.partitions; partition++) {
    led[seating.at(partition, 0)]?.push(partition);
  }
  return led;
}

function chainTo(
  seating: Seating,
  reached: ReadonlyMap<number, Step | undefined>,
  end: number,
): Step[] {
  const steps: Step[] = [];
  for (let step = reached.get(end); step !== undefined;) {
    steps.push(step);
    step = reached.get(seating.at(step.partition, 0));
  }
  return steps;
}
