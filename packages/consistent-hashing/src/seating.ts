/**
 * The table while it is being planned: who sits where, what a row still allows,
 * and how far each member is from its quota.
 *
 *     partition   seats (copies = 3)      a row holds a member once, and a zone
 *        0        a  d  f                 no more often than the spread allows
 *        1        b  c  ·                 the first seat is the primary
 *        2        e  a  d                 · = empty, at the end of a row only
 */
import type { Quotas } from "./partition-quotas.ts";
import { mix32 } from "./hash.ts";

/** Nobody: an index no member can have. */
export const EMPTY = 0xffff;

/** Rows of seats and the rules of sitting. All methods O(copies) unless said otherwise. */
export class Seating {
  readonly rows: Uint16Array;
  readonly partitions: number;
  /** Seats in a row, of which `quotas.copies` are to be filled. */
  readonly width: number;
  readonly quotas: Quotas;
  readonly counts: Uint32Array;
  /** By partition: how many seats, from the first, are held by those that had the copy before. */
  readonly kept: Uint8Array;
  /** Partitions whose holders are not all those from before. */
  readonly changed: number[] = [];
  readonly #isChanged: Uint8Array;
  readonly #usedByZone: Uint8Array;

  constructor(partitions: number, width: number, quotas: Quotas) {
    this.partitions = partitions;
    this.width = width;
    this.quotas = quotas;
    this.rows = new Uint16Array(partitions * width).fill(EMPTY);
    this.counts = new Uint32Array(quotas.seats.length);
    this.kept = new Uint8Array(partitions);
    this.#isChanged = new Uint8Array(partitions);
    this.#usedByZone = new Uint8Array(quotas.zones);
  }

  /** Notes that a partition's holders are not all those from before. */
  note(partition: number): void {
    if (this.#isChanged[partition] === 1) return;
    this.#isChanged[partition] = 1;
    this.changed.push(partition);
  }

  /** Copies a member lacks; negative when it has too many. */
  need(member: number): number {
    return (this.quotas.seats[member] ?? 0) - (this.counts[member] ?? 0);
  }

  at(partition: number, seat: number): number {
    return this.rows[partition * this.width + seat] ?? EMPTY;
  }

  /** Seats taken in a row. */
  seated(partition: number): number {
    let seat = 0;
    while (seat < this.width && this.at(partition, seat) !== EMPTY) seat += 1;
    return seat;
  }

  /** Whether a member may sit in a row, were the one in seat `without` gone. */
  fits(partition: number, member: number, without = -1): boolean {
    const { zoneOf, limits, zones } = this.quotas;
    if (zones === 1) return !this.#holdsBeside(partition, member, without);
    const used = this.#usedByZone.fill(0);
    const zone = zoneOf[member] ?? 0;
    let extra = 0;
    for (let seat = 0; seat < this.width; seat++) {
      const other = this.at(partition, seat);
      if (other === EMPTY || seat === without) continue;
      if (other === member) return false;
      const otherZone = zoneOf[other] ?? 0;
      used[otherZone] = (used[otherZone] ?? 0) + 1;
      if ((used[otherZone] ?? 0) > limits.base) extra += 1;
    }
    const held = used[zone] ?? 0;
    return held < limits.base || (held === limits.base && extra < limits.extra);
  }

  has(partition: number, member: number): boolean {
    return this.#holdsBeside(partition, member, -1);
  }

  #holdsBeside(partition: number, member: number, without: number): boolean {
    for (let seat = 0; seat < this.width; seat++)
      if (seat !== without && this.at(partition, seat) === member) return true;
    return false;
  }

  /** Sits a member at the end of a row that has room. */
  add(partition: number, member: number): void {
    this.rows[partition * this.width + this.seated(partition)] = member;
    this.counts[member] = (this.counts[member] ?? 0) + 1;
    this.note(partition);
  }

  /** Frees a seat; those behind move up, so a copy that stays becomes the primary. */
  remove(partition: number, seat: number): void {
    const start = partition * this.width;
    const member = this.at(partition, seat);
    this.rows.copyWithin(start + seat, start + seat + 1, start + this.width);
    this.rows[start + this.width - 1] = EMPTY;
    this.counts[member] = (this.counts[member] ?? 0) - 1;
    const kept = this.kept[partition] ?? 0;
    if (seat < kept) this.kept[partition] = kept - 1;
    this.note(partition);
  }

  /** Gives a seat to another. */
  replace(partition: number, seat: number, member: number): void {
    this.remove(partition, seat);
    this.add(partition, member);
  }

  /** Makes the holder of a seat the primary. */
  promote(partition: number, seat: number): void {
    const start = partition * this.width;
    const primary = this.at(partition, 0);
    this.rows[start] = this.at(partition, seat);
    this.rows[start + seat] = primary;
  }

  /**
   * One of `members` that lacks copies and may sit there, drawn by lot with chances
   * about as their needs, so that everyone meets everyone in the rows. The lot is a
   * hash of partition and member: the same for all who plan. O(members × copies).
   */
  draw(partition: number, members: readonly number[], without = -1): number {
    let drawn = EMPTY;
    let soonest = Infinity;
    for (const member of members) {
      const need = this.need(member);
      if (need <= 0) continue;
      const lot = mix32(Math.imul(partition + 1, 0x9e3779b1) ^ Math.imul(member + 1, 0x85ebca77));
      const time = (lot + 1) / need;
      if (time >= soonest || !this.fits(partition, member, without)) continue;
      drawn = member;
      soonest = time;
    }
    return drawn;
  }

  /**
   * The `step`th partition in an order that has nothing to do with their
   * neighbourhood: an odd stride, the golden ratio's, visits every residue of a
   * power of two once.
   */
  scattered(step: number): number {
    return Math.imul(step, 0x9e3779b1) & (this.partitions - 1);
  }

  /** Seats that are empty and should not be. O(members). */
  vacancies(): number {
    return this.counts.reduce((left, count) => left - count, this.partitions * this.quotas.copies);
  }
}
