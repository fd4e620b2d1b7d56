/** Reading a partition table from data that may be anything. */
import { consistentHashingErrors } from "./errors.ts";
import { keyHash } from "./key-hash.ts";
import type { LocatorOptions } from "./locator.ts";
import { sortMembers, type Member } from "./member.ts";
import { bytesPerSeat, type PartitionTableData } from "./partition-table-data.ts";
import type { Seats } from "./partition-planner.ts";
import { checkSizes, tableOf, type PartitionTable } from "./partition-table.ts";
import { EMPTY } from "./seating.ts";

/**
 * The table that `toJSON()` was called on, from parsed JSON. The hash is not part
 * of the data: pass the same. Throws `partition_table_invalid` for anything that
 * is not a whole, consistent table.
 */
export function parsePartitionTable(data: unknown, options: LocatorOptions = {}): PartitionTable {
  if (!isTableData(data)) {
    throw invalid("fields are missing or of the wrong type, or the format is not 1");
  }
  const { version, partitions, copies } = data;
  try {
    checkSizes(partitions, copies);
    const members = sortMembers(data.members);
    if (members.some(({ id }, index) => id !== data.members[index]?.id)) {
      throw new RangeError("members are not sorted by id");
    }
    const rows = readRows(fromBase64(data.rows), members.length);
    if (rows.length !== partitions * copies) throw new RangeError("the rows are cut off");
    checkRows({ members, rows, width: copies });
    const seats = { members, rows, width: copies };
    return tableOf({ version, partitions, seats, hash: keyHash(options) });
  } catch (error) {
    if (error instanceof RangeError) throw invalid(error.message);
    throw error;
  }
}

const invalid = (what: string): Error =>
  consistentHashingErrors.partition_table_invalid({
    detail: `Not a partition table: ${what}.`,
    hint: "Fetch it again, or plan a new one.",
  });

function isTableData(data: unknown): data is PartitionTableData {
  if (typeof data !== "object" || data === null) return false;
  const { format, version, partitions, copies, members, rows }: Record<string, unknown> = {
    ...data,
  };
  return (
    format === 1 &&
    Number.isSafeInteger(version) &&
    typeof partitions === "number" &&
    typeof copies === "number" &&
    typeof rows === "string" &&
    Array.isArray(members) &&
    members.every(isMember)
  );
}

function isMember(value: unknown): value is Member {
  if (typeof value !== "object" || value === null) return false;
  const { id, weight, zone }: Record<string, unknown> = { ...value };
  return typeof id === "string" && typeof weight === "number" && typeof zone === "string";
}

function readRows(bytes: Uint8Array, members: number): Uint16Array {
  if (bytesPerSeat(members) === 1)
    return Uint16Array.from(bytes, (byte) => (byte === 255 ? EMPTY : byte));
  return Uint16Array.from({ length: bytes.length >>> 1 }, (_, at) => {
    return (bytes[at * 2] ?? 0) | ((bytes[at * 2 + 1] ?? 0) << 8);
  });
}

/** Every seat names a member that takes something, once in a row, and gaps are at the end. */
function checkRows({ members, rows, width }: Seats): void {
  for (let start = 0; start < rows.length; start += width) {
    const row = rows.subarray(start, start + width);
    for (const [seat, member] of row.entries()) {
      const isFirst = row.indexOf(member) === seat;
      if (member === EMPTY ? row.subarray(seat).some((next) => next !== EMPTY) : !isFirst) {
        throw new RangeError(`partition ${start / width} has a gap or a member twice`);
      }
      if (member !== EMPTY && !((members[member]?.weight ?? 0) > 0)) {
        throw new RangeError(`partition ${start / width} is given to nobody`);
      }
    }
    if (row[0] === EMPTY && members.some(({ weight }) => weight > 0)) {
      throw new RangeError(`partition ${start / width} has no owner`);
    }
  }
}

function fromBase64(text: string): Uint8Array {
  try {
    return Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
  } catch (cause) {
    throw new RangeError("the rows are not base64", { cause });
  }
}
