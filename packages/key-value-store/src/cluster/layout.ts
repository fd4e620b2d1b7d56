/**
 * How a cluster's keys are cut into partitions, and where each is to be: one table
 * for all keys, and one more for each other number of copies that some prefix has.
 *
 *     prefix ""        3 copies    partitions    0 to 1,023    by slot
 *     prefix "hot:"    5 copies    partitions 1,024 to 2,047   by slot
 *     prefix "lazy:"   1 copy      partitions 2,048 to 3,071   by slot
 *
 * A partition is all that the rest of a node knows: who owns it, who fills it, what is
 * compared. So a key of fewer copies moves, heals and is forgotten as any other does.
 * The prefixes are decided when the cluster is made, and the same for ever: a key that
 * another rule led elsewhere would not be found again.
 */
import {
  createPartitionTable,
  parsePartitionTable,
  plan,
  type PartitionTable,
  type PartitionTableData,
} from "@tenfold/consistent-hashing";
import { byPrefix } from "../by-prefix.ts";
import { partitionOf, partitionOfSlot } from "../cell-key.ts";

/** Keys that begin so have another number of copies. The longest that fits decides. */
export interface PrefixCopies {
  /** In bytes of latin-1, not empty. */
  readonly prefix: string;
  readonly copies: number;
}

type TableMembers = Parameters<typeof plan>[1];

export interface Layout {
  /** All of one size; the first is of keys that have no prefix of the list. */
  readonly tables: readonly [PartitionTable, ...PartitionTable[]];
  readonly prefixes: readonly PrefixCopies[];
  /** Of all tables. */
  readonly partitions: number;
  /** The most that any key has. */
  readonly copiesMax: number;
  readonly members: PartitionTable["members"];
  readonly owners: (partition: number) => string[];
  /** O(length of the key + prefixes). */
  readonly partitionOf: (key: Uint8Array) => number;
  /** How many nodes are to hold a key. O(prefixes). */
  readonly copiesOf: (key: Uint8Array) => number;
  /** Of keys that have no prefix of the list, as cluster clients see all. */
  readonly partitionOfSlot: (slot: number) => number;
  /** For other members, with the fewest moves. */
  readonly plannedFor: (members: TableMembers) => Layout;
}

/** Fits the 14 bits that a cursor has for it. */
const PARTITIONS_MAX = 16_384;

/** Throws a RangeError for numbers out of range. */
export function createLayout(
  members: TableMembers,
  options: { copies: number; partitions: number; prefixes?: readonly PrefixCopies[] | undefined },
): Layout {
  const { copies, partitions, prefixes = [] } = options;
  const all = [copies, ...prefixes.map((each) => each.copies)];
  const [first, ...others] = [...new Set(all)];
  const tableOf = (count = copies): PartitionTable =>
    createPartitionTable(members, { copies: count, partitions });
  return layoutOf([tableOf(first), ...others.map(tableOf)], prefixes);
}

/** As it is kept: a cluster without prefixes has one table and nothing else. */
export interface LayoutData {
  readonly target: PartitionTableData;
  readonly others?: readonly PartitionTableData[];
  readonly prefixes?: readonly PrefixCopies[];
}

export function encodeLayout({ tables: [first, ...others], prefixes }: Layout): LayoutData {
  const target = first.toJSON();
  if (prefixes.length === 0) return { target };
  return { target, others: others.map((table) => table.toJSON()), prefixes };
}

/** Throws a RangeError for what was not made by `encodeLayout`. */
export function decodeLayout({ target, others = [], prefixes = [] }: LayoutData): Layout {
  return layoutOf(
    [parsePartitionTable(target), ...others.map((data) => parsePartitionTable(data))],
    prefixes,
  );
}

function layoutOf(tables: Layout["tables"], prefixes: readonly PrefixCopies[]): Layout {
  const [{ partitions: size, members }] = tables;
  if (tables.some((table) => table.partitions !== size)) {
    throw new RangeError("the tables are of different sizes");
  }
  const partitions = size * tables.length;
  if (partitions > PARTITIONS_MAX) {
    throw new RangeError(`all tables together may have ${PARTITIONS_MAX} partitions`);
  }
  const firsts = prefixes.map(({ prefix, copies }) => {
    const at = tables.findIndex((table) => table.copies === copies);
    if (prefix === "" || at < 0) throw new RangeError(`no table has ${copies} copies`);
    return { prefix, copies, first: at * size };
  });
  const ruleOf = byPrefix(firsts, { prefix: "", copies: tables[0].copies, first: 0 });
  return {
    tables,
    prefixes,
    partitions,
    copiesMax: Math.max(...tables.map(({ copies }) => copies)),
    members,
    owners(partition) {
      const table = tables[Math.floor(partition / size)];
      if (table === undefined) throw new RangeError(`there is no partition ${partition}`);
      return table.owners(partition % size);
    },
    partitionOf: (key) => ruleOf(key).first + partitionOf(key, size),
    copiesOf: (key) => ruleOf(key).copies,
    partitionOfSlot: (slot) => partitionOfSlot(slot, size),
    plannedFor(wanted) {
      const [first, ...others] = tables.map((table) => plan(table, wanted).after);
      return first === undefined
        ? layoutOf(tables, prefixes)
        : layoutOf([first, ...others], prefixes);
    },
  };
}
