/** What changes when members do: the next table, and the copies that have to move. */
import { sortMembers, type MemberLike } from "./member.ts";
import { planSeats, type Seats } from "./partition-planner.ts";
import { checkSizes, tableOf, type PartitionTable } from "./partition-table.ts";
import { EMPTY } from "./seating.ts";

/** One copy of one partition that has to be made. */
export interface PartitionMove {
  readonly partition: number;
  /**
   * Who gives its copy up for this one, and can send it while it lives; where
   * nobody does, the primary so far. `undefined` when nobody held the partition.
   */
  readonly source: string | undefined;
  readonly target: string;
}

export interface PartitionPlan {
  readonly after: PartitionTable;
  readonly moves: readonly PartitionMove[];
  /** That of `after`: one more than before, or the same when nothing changes. */
  readonly version: number;
}

export interface PlanOptions {
  /** A new number of copies per partition. As before when absent. */
  copies?: number;
}

/**
 * The table for other members, weights, zones or copies. Deterministic: from the
 * same table and the same members, in any order, everyone plans the same.
 *
 * Promises, as long as zones and distinct copies leave room: every member ends
 * within one copy of its share; the moves are the fewest that lead there; when one
 * member comes, goes or changes its weight, nothing moves between the others.
 * With copies > 1 the primary's *role* may pass between those that hold the copy.
 *
 * O(partitions × copies + moves × n). `before` is not changed.
 */
export function plan(
  before: PartitionTable,
  members: readonly MemberLike[],
  { copies = before.copies }: PlanOptions = {},
): PartitionPlan {
  const { partitions, hash, version } = before;
  checkSizes(partitions, copies);
  const sorted = sortMembers(members);
  const { rows, changed } = planSeats(before.seats, { members: sorted, partitions, copies });
  const seats = { members: sorted, rows, width: copies };
  if (isSame(before.seats, seats)) return { after: before, moves: [], version };
  const after = tableOf({ version: version + 1, partitions, seats, hash });
  const moves = movesBetween(
    before.seats,
    seats,
    changed.toSorted((a, b) => a - b),
  );
  return { after, moves, version: after.version };
}

function isSame(before: Seats, after: Seats): boolean {
  return (
    before.width === after.width &&
    before.members.length === after.members.length &&
    before.members.every(({ id, weight, zone }, index) => {
      const other = after.members[index];
      return id === other?.id && weight === other.weight && zone === other.zone;
    }) &&
    before.rows.every((member, at) => member === after.rows[at])
  );
}

/** The copies that are in `after` and not in `before`. O(changed × copies). */
function movesBetween(before: Seats, after: Seats, changed: readonly number[]): PartitionMove[] {
  const moves: PartitionMove[] = [];
  const known = new Map(after.members.map(({ id }, index) => [id, index]));
  // Old indices in the new numbering; those that are gone keep a number of their own.
  const places = Uint32Array.from(
    before.members,
    ({ id }, index) => known.get(id) ?? EMPTY + 1 + index,
  );
  for (const partition of changed) {
    const old = rowOf(before, partition).map((member) => places[member] ?? EMPTY);
    const row = rowOf(after, partition);
    const leaving = old.filter((member) => !row.includes(member));
    for (const member of row) {
      if (old.includes(member)) continue;
      const source = leaving.shift() ?? old[0];
      moves.push({
        partition,
        source: source === undefined ? undefined : idOf(source, before, after),
        target: after.members[member]?.id ?? "",
      });
    }
  }
  return moves;
}

function idOf(place: number, before: Seats, after: Seats): string | undefined {
  return place > EMPTY ? before.members[place - EMPTY - 1]?.id : after.members[place]?.id;
}

function rowOf({ rows, width }: Seats, partition: number): number[] {
  const row: number[] = [];
  for (let seat = 0; seat < width; seat++) {
    const member = rows[partition * width + seat] ?? EMPTY;
    if (member !== EMPTY) row.push(member);
  }
  return row;
}
