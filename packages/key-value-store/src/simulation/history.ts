/**
 * What clients did and were told, and whether the store kept its word.
 *
 * Each write has a name, which is also its value. A write *replaces* those that its
 * client had read, and what they had replaced. From this alone follows what may be
 * read; nothing of the store's own vectors is believed.
 *
 * A read has to show a write that is *due*: acknowledged before it began, and by
 * then on the disks of so many owners that R of them could not miss it, as it is or
 * as something that they know to have been replaced. What an owner and a stand-in
 * have may be missed until the hint is handed over.
 */
import type { Dot } from "../cell.ts";

export interface Write {
  readonly name: string;
  /** The store's own name of it. Absent while the outcome is unknown, and for ever when no answer came. */
  dot?: Dot;
}

/** Names of writes that a read has to show. */
export type Due = ReadonlySet<string>;

const isAcknowledged = ({ dot }: Write): boolean => dot !== undefined;

/** One write of a key whose concurrent values are kept. */
export interface SiblingWrite extends Write {
  readonly isRemoval: boolean;
  /** Names of all writes that it replaces, those they replaced included. */
  readonly replaces: ReadonlySet<string>;
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

/** Of writes that must have been met, those that are not there, and values that they replaced. */
function missedAndRisen(
  writes: ReadonlyMap<string, SiblingWrite>,
  values: readonly string[],
  isMet: (write: SiblingWrite) => boolean,
): string[] {
  const all = [...writes.values()];
  const met = all.filter(isMet);
  const missed = met
    .filter(({ name, isRemoval }) => !isRemoval && !values.includes(name))
    .filter(({ name }) => !all.some(({ replaces }) => replaces.has(name)))
    .map(({ name }) => `${name}: acknowledged, and lost`);
  const risen = values.flatMap((name) =>
    met
      .filter(({ replaces }) => replaces.has(name))
      .map((by) => `${name}: there again after ${by.isRemoval ? "removal" : "write"} ${by.name}`),
  );
  return [...missed, ...risen];
}

/** What is wrong with the values that are left when all is quiet. */
export function judgeSiblings(
  writes: ReadonlyMap<string, SiblingWrite>,
  values: readonly string[],
): string[] {
  return [...falseSiblings(writes, values), ...missedAndRisen(writes, values, isAcknowledged)];
}

/** What is wrong with values read at any time. */
export function judgeSiblingRead(
  writes: ReadonlyMap<string, SiblingWrite>,
  values: readonly string[],
  due: Due,
): string[] {
  const wrong = missedAndRisen(writes, values, ({ name }) => due.has(name));
  return [...falseSiblings(writes, values), ...wrong];
}

/** One write of a key where the last wins, with the dot's order as the store told it. */
export interface LatestWrite extends Write {
  readonly isRemoval: boolean;
  /** Known of acknowledged writes only, and of those whose clock was not far off. */
  order?: readonly [counter: number, actor: number];
}

/** What is wrong with the value left: it must be the last acknowledged, or one of unknown outcome. */
export function judgeLatest(writes: readonly LatestWrite[], value: string | undefined): string[] {
  return wrongLatest(writes, value, lastOf(writes.filter(isAcknowledged)), (write, last) =>
    Object.is(write, last),
  );
}

/** What is wrong with a value read at any time: it must not be older than the last that is due. */
export function judgeLatestRead(
  writes: readonly LatestWrite[],
  value: string | undefined,
  due: Due,
): string[] {
  const last = lastOf(writes.filter(({ name }) => due.has(name)));
  return wrongLatest(
    writes,
    value,
    last,
    (write, found) => found === undefined || compareOrders(write.order, found.order) >= 0,
  );
}

function wrongLatest(
  writes: readonly LatestWrite[],
  value: string | undefined,
  last: LatestWrite | undefined,
  isExpected: (write: LatestWrite, last: LatestWrite | undefined) => boolean,
): string[] {
  const isRight =
    (last === undefined && value === undefined) ||
    writes.some(
      (write) =>
        nameLeftBy(write) === value && (write.order === undefined || isExpected(write, last)),
    );
  if (isRight) return [];
  return [`${value ?? "nothing"}: left, where ${last?.name ?? "nothing"} was acknowledged last`];
}

const lastOf = (writes: readonly LatestWrite[]): LatestWrite | undefined =>
  writes
    .filter(({ order }) => order !== undefined)
    .sort((one, other) => compareOrders(one.order, other.order))
    .at(-1);

const nameLeftBy = ({ isRemoval, name }: LatestWrite): string | undefined =>
  isRemoval ? undefined : name;

function compareOrders(one: LatestWrite["order"], other: LatestWrite["order"]): number {
  if (one === undefined || other === undefined) return 0;
  return one[0] - other[0] || one[1] - other[1];
}

/** What is wrong with a count: every acknowledged one counts once, an unknown one at most once. */
export function judgeCount(
  writes: readonly Write[],
  count: bigint,
  isSure: (write: Write) => boolean = isAcknowledged,
): string[] {
  const sure = writes.filter(isSure).length;
  if (count >= sure && count <= writes.length) return [];
  return [`${count} counted, where ${sure} to ${writes.length} are right`];
}

/** The same of a count read at any time. */
export function judgeCountRead(writes: readonly Write[], count: bigint, due: Due): string[] {
  return judgeCount(writes, count, ({ name }) => due.has(name));
}
