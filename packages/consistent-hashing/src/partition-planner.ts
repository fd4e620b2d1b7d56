/**
 * From one table to the next with as few copies moved as there can be.
 *
 *     keep       everyone who may stay in a row stays
 *     fill       empty seats go to those below their quota, by lot
 *     hand over  seats of those above their quota go to those below
 *     promote    primaries are evened out among those who hold the copy: no data moves
 *
 * With quotas from Webster's method, each member is either above or below, never
 * first one and then the other, so every hand-over is a move that any table with
 * these quotas has to make. Zones and distinct copies can stand in the way of a
 * direct hand-over; then it goes by way of a third member, at the cost of one
 * move more.
 */
import type { FullMember } from "./member.ts";
import { quotasOf } from "./partition-quotas.ts";
import { balancePrimaries } from "./primaries.ts";
import { EMPTY, Seating } from "./seating.ts";

export interface Seats {
  readonly members: readonly FullMember[];
  readonly rows: Uint16Array;
  /** Seats per row. */
  readonly width: number;
}

interface Wanted {
  members: readonly FullMember[];
  partitions: number;
  copies: number;
}

export interface PlannedSeats {
  readonly rows: Uint16Array;
  /** The partitions whose holders are not all those from before, in no order. */
  readonly changed: readonly number[];
}

/** The rows of the next table. O(partitions × copies), and × n for seats that have to be filled. */
export function planSeats(before: Seats | undefined, wanted: Wanted): PlannedSeats {
  const { members, partitions, copies } = wanted;
  const quotas = quotasOf(members, wanted);
  const seating = new Seating(partitions, copies, quotas);
  if (before !== undefined) keep(seating, before, members);
  fill(seating);
  handOver(seating);
  if (quotas.copies > 1) balancePrimaries(seating);
  return { rows: seating.rows, changed: seating.changed };
}

/** For each index of the old members the index among the new that still take something, or EMPTY. */
function renumber(before: readonly FullMember[], after: readonly FullMember[]): Uint16Array {
  const places = new Map(after.map(({ id, weight }, index) => [id, weight > 0 ? index : EMPTY]));
  return Uint16Array.from(before, ({ id }) => places.get(id) ?? EMPTY);
}

function keep(seating: Seating, before: Seats, members: readonly FullMember[]): void {
  const places = renumber(before.members, members);
  if (before.width === 1 && seating.width === 1) keepSingles(seating, before.rows, places);
  else keepRows(seating, before, places);
}

/** The usual case, in a loop that is quick even before it is compiled: a plan is rare, and often a process's first. */
function keepSingles(seating: Seating, old: Uint16Array, places: Uint16Array): void {
  const { rows, counts, kept } = seating;
  const count = rows.length;
  kept.fill(1);
  for (let partition = 0; partition < count; partition++) {
    const member = places[old[partition]!] ?? EMPTY;
    if (member === EMPTY) {
      kept[partition] = 0;
      seating.note(partition);
    } else {
      rows[partition] = member;
      counts[member]! += 1;
    }
  }
}

function keepRows(seating: Seating, before: Seats, places: Uint16Array): void {
  const { copies, zones } = seating.quotas;
  const { rows, counts, width } = seating;
  for (let partition = 0; partition < seating.partitions; partition++) {
    let kept = 0;
    for (let seat = 0; seat < before.width; seat++) {
      const old = before.rows[partition * before.width + seat] ?? EMPTY;
      if (old === EMPTY) break;
      const member = places[old] ?? EMPTY;
      // In a single zone whoever sat here may stay.
      const stays =
        member !== EMPTY && kept < copies && (zones === 1 || seating.fits(partition, member));
      if (stays) {
        rows[partition * width + kept] = member;
        counts[member] = (counts[member] ?? 0) + 1;
        kept += 1;
      } else {
        seating.note(partition);
      }
    }
    seating.kept[partition] = kept;
  }
}

function takers(seating: Seating): number[] {
  return [...seating.counts.keys()].filter((member) => seating.need(member) > 0);
}

function fill(seating: Seating): void {
  let needy = takers(seating);
  let sinceRefreshed = 0;
  let vacant = seating.vacancies();
  const { copies } = seating.quotas;
  for (let step = 0; vacant > 0 && step < seating.partitions; step++) {
    const partition = seating.scattered(step);
    for (let seat = seating.seated(partition); seat < copies; seat++) {
      vacant -= 1;
      const member = seating.draw(partition, needy);
      if (member !== EMPTY) seating.add(partition, member);
      else if (!seatByExchange(seating, partition)) seatAnyone(seating, partition);
      // Those who have their part need not be asked again.
      sinceRefreshed += 1;
      if (sinceRefreshed < 256) continue;
      needy = needy.filter((each) => seating.need(each) > 0);
      sinceRefreshed = 0;
    }
  }
}

/**
 * Nobody in need may sit here: someone of another row comes over, and one in need
 * takes that seat. Someone who was new to that row anyway, if there is one: then
 * it costs no further move.
 */
function seatByExchange(seating: Seating, partition: number): boolean {
  const needy = takers(seating);
  return (
    seatGuest(seating, { partition, needy, onlyNew: true }) ||
    seatGuest(seating, { partition, needy, onlyNew: false })
  );
}

interface Search {
  partition: number;
  needy: readonly number[];
  /** Only seats whose holders are new to their rows. */
  onlyNew: boolean;
}

function seatGuest(seating: Seating, { partition, needy, onlyNew }: Search): boolean {
  for (let step = 0; step < seating.partitions; step++) {
    const other = seating.scattered(step);
    const first = onlyNew ? (seating.kept[other] ?? 0) : 0;
    for (let seat = first; seat < seating.seated(other); seat++) {
      const guest = seating.at(other, seat);
      if (!seating.fits(partition, guest)) continue;
      const member = seating.draw(other, needy, seat);
      if (member === EMPTY) continue;
      seating.replace(other, seat, member);
      seating.add(partition, guest);
      return true;
    }
  }
  return false;
}

/** Rather one too many than a copy too few; rather two in one zone than none. */
function seatAnyone(seating: Seating, partition: number): void {
  const free = [...seating.counts.keys()].filter(
    (member) => (seating.quotas.seats[member] ?? 0) > 0 && !seating.has(partition, member),
  );
  const fitting = free.filter((member) => seating.fits(partition, member));
  const [member] = (fitting.length > 0 ? fitting : free).sort(
    (a, b) => seating.need(b) - seating.need(a) || a - b,
  );
  if (member !== undefined) seating.add(partition, member);
}

/** Seats of those who have too many, to those who have too few. */
function handOver(seating: Seating): void {
  let needy = takers(seating);
  let surplus = surplusOf(seating);
  for (let step = 0; surplus > 0 && step < seating.partitions; step++) {
    const partition = seating.scattered(step);
    for (let seat = seating.seated(partition) - 1; seat >= 0; seat--) {
      if (seating.need(seating.at(partition, seat)) >= 0) continue;
      const member = seating.draw(partition, needy, seat);
      if (member === EMPTY) continue;
      seating.replace(partition, seat, member);
      surplus -= 1;
      if (seating.need(member) === 0) needy = needy.filter((each) => each !== member);
    }
  }
  while (surplus > 0 && handOverByExchange(seating, needy)) {
    surplus -= 1;
    needy = takers(seating);
  }
}

function surplusOf(seating: Seating): number {
  let surplus = 0;
  for (const member of seating.counts.keys()) surplus += Math.max(0, -seating.need(member));
  return surplus;
}

/** Seats whose holder may be exchanged, before one gives up and stays above its quota. */
const EXCHANGES_MAX = 32;

/** One who has too many leaves its seat to a third, whose seat elsewhere goes to one in need. */
function handOverByExchange(seating: Seating, needy: readonly number[]): boolean {
  let tried = 0;
  for (let step = 0; step < seating.partitions; step++) {
    const partition = seating.scattered(step);
    for (let seat = 0; seat < seating.seated(partition); seat++) {
      if (seating.need(seating.at(partition, seat)) >= 0) continue;
      const search = { partition, seat, needy };
      if (exchange(seating, { ...search, onlyNew: true })) return true;
      if (exchange(seating, { ...search, onlyNew: false })) return true;
      tried += 1;
      if (tried === EXCHANGES_MAX) return false;
    }
  }
  return false;
}

interface Exchange extends Search {
  seat: number;
}

function exchange(seating: Seating, { partition, seat, needy, onlyNew }: Exchange): boolean {
  for (let step = 0; step < seating.partitions; step++) {
    const other = seating.scattered(step);
    if (other === partition) continue;
    const first = onlyNew ? (seating.kept[other] ?? 0) : 0;
    for (let place = first; place < seating.seated(other); place++) {
      const third = seating.at(other, place);
      if (!seating.fits(partition, third, seat)) continue;
      const member = seating.draw(other, needy, place);
      if (member === EMPTY) continue;
      seating.replace(other, place, member);
      seating.replace(partition, seat, third);
      return true;
    }
  }
  return false;
}
