/** A partition table as plain data. */
import type { FullMember } from "./member.ts";
import type { Seats } from "./partition-planner.ts";

/**
 * What is stored and sent: 22 KB for 16,384 partitions of up to 255 members.
 * `rows` is base64 of the seats, row by row, each one byte (255 is empty) for up
 * to 255 members, else two, low byte first (65,535 is empty).
 */
export interface PartitionTableData {
  readonly format: 1;
  readonly version: number;
  readonly partitions: number;
  readonly copies: number;
  readonly members: readonly FullMember[];
  readonly rows: string;
}

interface Parts {
  version: number;
  partitions: number;
  seats: Seats;
}

/** O(partitions × copies). */
export function serialiseTable({ version, partitions, seats }: Parts): PartitionTableData {
  const { members, rows, width } = seats;
  const bytes = new Uint8Array(rows.length * bytesPerSeat(members.length));
  if (bytes.length === rows.length) bytes.set(rows);
  else for (const [at, seat] of rows.entries()) bytes.set([seat & 0xff, seat >>> 8], at * 2);
  return { format: 1, version, partitions, copies: width, members, rows: toBase64(bytes) };
}

/** One while an index and the empty seat fit a byte. */
export const bytesPerSeat = (members: number): number => (members <= 255 ? 1 : 2);

function toBase64(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  return btoa(text);
}
