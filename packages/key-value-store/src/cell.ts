/**
 * A cell: values that did not see each other, and a vector of all that was seen.
 *
 *     clock     { a: 90, b: 71 }
 *     versions  (a,90) "tea"   (b,71) "coffee"
 *
 * Dotted version vector sets (Almeida, Baquero, Gonçalves, Preguiça, Fonte, 2014).
 * Each value has a dot of its own, so two values that came through one replica
 * stay apart without being mistaken for successors of each other, and a vector has
 * one entry per actor however many clients write. Counters are stamps of a hybrid
 * clock and not consecutive: "everything of this actor up to n" holds all the
 * same, since an actor writes one cell one after the other.
 *
 * `join` is the only merge there is: commutative, associative, idempotent. It
 * needs that an actor never forgets what it stored; see `node/replica.ts`.
 *
 * Cost: O(versions + actors). Cells are values and never changed.
 */
import type { Payload } from "./payload.ts";

/** The highest counter seen of each actor. Absent is 0. */
export type Vector = ReadonlyMap<number, number>;

/** One event: `counter` rises within an actor. Actors are numbers of 48 bits. */
export interface Dot {
  readonly actor: number;
  readonly counter: number;
}

export interface Version extends Dot {
  readonly payload: Payload;
}

export interface Cell {
  /** Covers the dots of all versions. */
  readonly clock: Vector;
  /** Sorted by counter, then actor. */
  readonly versions: readonly Version[];
}

/** What is absent and never was there. */
export const emptyCell: Cell = Object.freeze({ clock: new Map(), versions: Object.freeze([]) });

/** Whether the vector has seen the dot. */
export function covers(vector: Vector, { actor, counter }: Dot): boolean {
  return counter <= (vector.get(actor) ?? 0);
}

/** Whether `vector` has seen everything that `other` has. */
export function coversAll(vector: Vector, other: Vector): boolean {
  for (const [actor, counter] of other) {
    if (counter > (vector.get(actor) ?? 0)) return false;
  }
  return true;
}

/** The entry-wise maximum. */
export function joinVectors(one: Vector, other: Vector): Vector {
  if (coversAll(one, other)) return one;
  const joined = new Map(one);
  for (const [actor, counter] of other) {
    if (counter > (joined.get(actor) ?? 0)) joined.set(actor, counter);
  }
  return joined;
}

export function hasDot(cell: Cell, dot: Dot): boolean {
  return cell.versions.some((version) => isSameDot(version, dot));
}

function isSameDot(one: Dot, other: Dot): boolean {
  return one.counter === other.counter && one.actor === other.actor;
}

/** The order of `lww`: later counter first compared, then the actor. */
export function compareDots(one: Dot, other: Dot): number {
  return one.counter - other.counter || one.actor - other.actor;
}

/** Both histories: a version stays when both have it, or the other has not seen it. */
export function join(one: Cell, other: Cell): Cell {
  if (isAllNews(other, one)) return other;
  const kept = one.versions.filter(
    (version) => !covers(other.clock, version) || hasDot(other, version),
  );
  const added = other.versions.filter((version) => !covers(one.clock, version));
  const versions = added.length === 0 ? kept : [...kept, ...added].sort(compareDots);
  return { clock: joinVectors(one.clock, other.clock), versions };
}

/** Whether one has seen all of another, which has seen none of its versions: what a copy mostly is. */
function isAllNews(one: Cell, other: Cell): boolean {
  for (const version of one.versions) if (covers(other.clock, version)) return false;
  return coversAll(one.clock, other.clock);
}

/**
 * The cell after one more event. What `context` has seen is replaced, the rest
 * stays beside the new version. The dot must be above all of its actor.
 */
export function update(cell: Cell, version: Version, context: Vector): Cell {
  const isAll = context === cell.clock;
  const clock = new Map(isAll ? context : joinVectors(cell.clock, context));
  clock.set(version.actor, version.counter);
  const kept = isAll ? [] : cell.versions.filter((each) => !covers(context, each));
  return { clock, versions: kept.length === 0 ? [version] : [...kept, version].sort(compareDots) };
}

/** As `update`, but replaces exactly one version: an actor's contribution to a counter. */
export function replaceVersion(cell: Cell, version: Version, old: Dot | undefined): Cell {
  const clock = new Map(cell.clock);
  clock.set(version.actor, version.counter);
  const kept = cell.versions.filter((each) => old === undefined || !isSameDot(each, old));
  return { clock, versions: [...kept, version].sort(compareDots) };
}

/**
 * A foreign cell without what is known to be gone: versions that `knowledge` has
 * seen and `held` no longer has. Their dots stay in the clock, so that whoever
 * joins the outcome learns of it.
 */
export function dropKnown(foreign: Cell, held: Cell, knowledge: Vector): Cell {
  const versions = foreign.versions.filter(
    (version) => !covers(knowledge, version) || hasDot(held, version),
  );
  return versions.length === foreign.versions.length ? foreign : { ...foreign, versions };
}

/** Whether both hold the same versions; their clocks may differ. */
export function hasSameVersions(one: Cell, other: Cell): boolean {
  return (
    one.versions.length === other.versions.length &&
    one.versions.every((version, index) => {
      const twin = other.versions[index];
      return twin !== undefined && isSameDot(version, twin);
    })
  );
}

export function isSameCell(one: Cell, other: Cell): boolean {
  return (
    hasSameVersions(one, other) &&
    one.clock.size === other.clock.size &&
    coversAll(one.clock, other.clock)
  );
}
