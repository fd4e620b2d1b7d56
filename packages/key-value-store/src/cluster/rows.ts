/**
 * Who holds each partition, as rows of names: where partitions are, while the
 * layout says where they are to be.
 */
import type { Layout } from "./layout.ts";

export interface Rows {
  readonly names: readonly string[];
  readonly width: number;
  /** Places in `names`, row by row; `EMPTY` where a row is shorter. */
  readonly seats: Uint16Array;
}

export const EMPTY = 0xffff;

/** The names in one row. */
export function rowOf({ names, width, seats }: Rows, partition: number): string[] {
  const row: string[] = [];
  for (let at = partition * width; at < (partition + 1) * width; at++) {
    const name = names[seats[at] ?? EMPTY];
    if (name !== undefined) row.push(name);
  }
  return row;
}

export function rowsOfLayout({ tables, partitions, copiesMax, owners }: Layout): Rows {
  if (tables.length > 1) return rowsFrom(partitions, copiesMax, owners);
  const { members, rows, width } = tables[0].seats;
  return { names: members.map(({ id }) => id), width, seats: rows };
}

/** Rows built from one function of the partition. O(partitions × width). */
export function rowsFrom(
  partitions: number,
  width: number,
  rowAt: (partition: number) => readonly string[],
): Rows {
  const places = new Map<string, number>();
  const seats = new Uint16Array(partitions * width).fill(EMPTY);
  for (let partition = 0; partition < partitions; partition++) {
    for (const [seat, name] of rowAt(partition).slice(0, width).entries()) {
      const place = places.get(name) ?? places.size;
      places.set(name, place);
      seats[partition * width + seat] = place;
    }
  }
  return { names: [...places.keys()], width, seats };
}

/** Plain data: two bytes a seat, low byte first, in base64. */
export interface RowsData {
  readonly names: readonly string[];
  readonly width: number;
  readonly seats: string;
}

export function encodeRows({ names, width, seats }: Rows): RowsData {
  const bytes = Buffer.alloc(seats.length * 2);
  for (const [at, seat] of seats.entries()) bytes.writeUInt16LE(seat, at * 2);
  return { names, width, seats: bytes.toString("base64") };
}

/** Throws a RangeError when there are not as many rows as there are partitions. */
export function decodeRows({ names, width, seats }: RowsData, partitions: number): Rows {
  const bytes = Buffer.from(seats, "base64");
  if (bytes.length !== partitions * width * 2) throw new RangeError("the rows are cut off");
  const read = Uint16Array.from({ length: partitions * width }, (_, at) =>
    bytes.readUInt16LE(at * 2),
  );
  return { names, width, seats: read };
}
