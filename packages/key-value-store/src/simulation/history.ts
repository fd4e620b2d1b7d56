/**
 * What clients did and were told, and whether the store kept its word.
 *
 * Each write has a name, which is also its value. A write *replaces* those that its
 * client had read, and what they had replaced. From this alone follows what may be
 * read; nothing of the store's own vectors is believed.
 */

export type Outcome = "acknowledged" | "unknown";

/** One write of a key whose concurrent values are kept. */
export interface SiblingWrite {
  readonly name: string;
  readonly isRemoval: boolean;
  /** Names of all writes that it replaces, those they replaced included. */
  readonly replaces: ReadonlySet<string>;
  outcome: Outcome;
}

/** Names that were read together and cannot be: one replaced the other. Or that nobody wrote. */
export function falseSiblings(
  writes: ReadonlyMap<string, SiblingWrite>,
  values: readonly string[],
): string[] {
  const unknown = values
    .filter((name) => !writes.has(name))
    .map((name) => `${name}: never written`);
  const twice = values.filter((name, at) => values.indexOf(name) !== at);
  const replaced = values.flatMap((name) =>
    values
      .filter((other) => writes.get(name)?.replaces.has(other) === true)
      .map((other) => `${other}: beside ${name}, which replaced it`),
  );
  return [...unknown, ...twice.map((name) => `${name}: twice`), ...replaced];
}

/** What is wrong with the values that are left when all is quiet. */
export function judgeSiblings(
  writes: ReadonlyMap<string, SiblingWrite>,
  values: readonly string[],
): string[] {
  const all = [...writes.values()];
  const lost = all
    .filter(({ outcome, isRemoval }) => outcome === "acknowledged" && !isRemoval)
    .filter(({ name }) => !values.includes(name))
    .filter(({ name }) => !all.some(({ replaces }) => replaces.has(name)))
    .map(({ name }) => `${name}: acknowledged, and lost`);
  const risen = values.flatMap((name) =>
    all
      .filter(({ outcome, replaces }) => outcome === "acknowledged" && replaces.has(name))
      .map((by) => `${name}: there again after ${by.isRemoval ? "removal" : "write"} ${by.name}`),
  );
  return [...falseSiblings(writes, values), ...lost, ...risen];
}

/** One write of a key where the last wins, with the dot's order as the store told it. */
export interface LatestWrite {
  readonly name: string;
  readonly isRemoval: boolean;
  outcome: Outcome;
  /** Known of acknowledged writes only. */
  order: readonly [counter: number, actor: number] | undefined;
}

/** What is wrong with the value left: it must be the last acknowledged, or one of unknown outcome. */
export function judgeLatest(writes: readonly LatestWrite[], value: string | undefined): string[] {
  const last = writes
    .filter(({ outcome }) => outcome === "acknowledged")
    .sort((one, other) => compareOrders(one.order, other.order))
    .at(-1);
  const isExpected = last === undefined ? value === undefined : nameLeftBy(last) === value;
  const maybe = writes.some((write) => write.outcome === "unknown" && nameLeftBy(write) === value);
  if (isExpected || maybe) return [];
  return [`${value ?? "nothing"}: left, where ${last?.name ?? "nothing"} was acknowledged last`];
}

const nameLeftBy = ({ isRemoval, name }: LatestWrite): string | undefined =>
  isRemoval ? undefined : name;

function compareOrders(one: LatestWrite["order"], other: LatestWrite["order"]): number {
  if (one === undefined || other === undefined) return 0;
  return one[0] - other[0] || one[1] - other[1];
}

/** What is wrong with a count: every acknowledged one counts once, an unknown one at most once. */
export function judgeCount(outcomes: readonly Outcome[], count: bigint): string[] {
  const sure = outcomes.filter((outcome) => outcome === "acknowledged").length;
  if (count >= sure && count <= outcomes.length) return [];
  return [`${count} counted, where ${sure} to ${outcomes.length} are right`];
}
