/**
 * Going through all keys. A cursor is the place that comes next: 14 bits of the
 * partition and 48 of the position, plus one, so that 0 begins and ends.
 */
import {
  keyOfPlace,
  keyPositionOf,
  partitionOfCellKey,
  placeAfter,
  positionPlace,
} from "../cell-key.ts";
import { matchesGlob } from "../commands/glob.ts";
import type { Bytes, Page, ScanOptions, ValueType } from "../keyspace.ts";
import type { PlacedCell } from "../node/messages.ts";
import { presenceOf, type Access } from "./access.ts";

const POSITIONS = 2n ** 48n;

/** Keys of one position, of which there is hardly ever more than one, are on one page. */
export async function scanKeys(
  access: Access,
  cursor: bigint,
  { match, count = 10, type }: ScanOptions & { type?: ValueType } = {},
): Promise<Page<Bytes>> {
  const found: PlacedCell[] = [];
  let next = 0n;
  for await (const head of headsFrom(access, cursor, count)) {
    const at = cursorOf(head.place);
    if (found.length >= count && at !== cursorOf(found.at(-1)?.place ?? head.place)) {
      next = at;
      break;
    }
    found.push(head);
  }
  const types = await Promise.all(found.map((head) => typeAt(access, head)));
  const items = found
    .filter((_, at) => types[at] !== undefined && (type === undefined || types[at] === type))
    .map(({ place }) => keyOfPlace(place))
    .filter((key) => match === undefined || matchesGlob(match, key));
  return { cursor: next, items };
}

/** Counts them all: O(keys). */
export async function countKeys(access: Access): Promise<number> {
  let count = 0;
  for await (const head of headsFrom(access, 0n, 1_000)) {
    if ((await typeAt(access, head)) !== undefined) count += 1;
  }
  return count;
}

async function* headsFrom(
  { node }: Access,
  cursor: bigint,
  limit: number,
): AsyncGenerator<PlacedCell> {
  const at = cursor === 0n ? 0n : cursor - 1n;
  let from = positionPlace(Number((at / POSITIONS) % 16_384n), Number(at % POSITIONS));
  for (;;) {
    const page = await node.heads(from, Math.min(1_000, limit + 1));
    yield* page.cells;
    if (page.upTo === undefined) return;
    from = placeAfter(page.upTo);
  }
}

function cursorOf(place: Uint8Array): bigint {
  return BigInt(partitionOfCellKey(place)) * POSITIONS + BigInt(keyPositionOf(place)) + 1n;
}

async function typeAt(access: Access, { place, cell }: PlacedCell): Promise<ValueType | undefined> {
  const { bucket } = access.keyAt(keyOfPlace(place));
  return (await presenceOf(access, { place, bucket }, cell))?.type;
}
