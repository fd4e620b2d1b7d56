/** Reading the elements of a collection, in the order of their positions. */
import {
  elementOfPlace,
  elementPositionOf,
  elementsRange,
  placeAfter,
  type PlaceRange,
} from "../cell-key.ts";
import { aboveFloor, isPresent } from "../head.ts";
import type { Page, ScanOptions } from "../keyspace.ts";
import { matchesGlob } from "../commands/glob.ts";
import type { CollectionType } from "../payload.ts";
import type { Access, Element, Key } from "./access.ts";

const PAGE = 1_024;

/** Pages of elements that are there, from a position on. */
export async function* elementPages(
  { node, floor: floorOf }: Access,
  key: Key,
  { type, from: start, limit = PAGE }: { type: CollectionType; from?: PlaceRange; limit?: number },
): AsyncGenerator<{ elements: Element[]; next: Uint8Array | undefined }> {
  const floor = await floorOf(key, type);
  if (floor === "absent") return;
  const range = start ?? elementsRange(key.place);
  let { from } = range;
  for (;;) {
    const page = await node.range({ from, to: range.to, limit }, key.bucket.readQuorum);
    const elements = page.cells
      .map(({ place, cell }) => ({ place, cell: aboveFloor(cell, floor) }))
      .filter(({ cell }) => isPresent(cell));
    const next = page.upTo === undefined ? undefined : placeAfter(page.upTo);
    yield { elements, next };
    if (next === undefined) return;
    from = next;
  }
}

export async function allElements(
  access: Access,
  key: Key,
  type: CollectionType,
): Promise<Element[]> {
  const all: Element[] = [];
  for await (const { elements } of elementPages(access, key, { type })) all.push(...elements);
  return all;
}

/** O(elements): they are counted, a page at a time. */
export async function countElements(
  access: Access,
  key: Key,
  type: CollectionType,
): Promise<number> {
  let count = 0;
  for await (const { elements } of elementPages(access, key, { type })) count += elements.length;
  return count;
}

/**
 * A page of a scan. The cursor is the position that comes next, plus one: 0 begins
 * and ends. Elements of one position, of which there is hardly ever more than one,
 * are on one page.
 */
export async function scanElements<Item>(
  access: Access,
  key: Key,
  { type, cursor, match, count = 10 }: ScanOptions & { type: CollectionType; cursor: bigint },
  itemOf: (element: Element) => Item,
): Promise<Page<Item>> {
  const start = cursor === 0n ? 0 : Number(BigInt.asUintN(48, cursor - 1n));
  const from = elementsRange(key.place, start);
  const found: Element[] = [];
  let last = -1;
  for await (const { elements } of elementPages(access, key, { type, from, limit: count })) {
    for (const element of elements) {
      const position = elementPositionOf(element.place);
      if (found.length >= count && position !== last) return pageOf(found, position, match, itemOf);
      found.push(element);
      last = position;
    }
  }
  return pageOf(found, undefined, match, itemOf);
}

function pageOf<Item>(
  elements: readonly Element[],
  next: number | undefined,
  match: Uint8Array | undefined,
  itemOf: (element: Element) => Item,
): Page<Item> {
  const items = elements
    .filter(({ place }) => match === undefined || matchesGlob(match, elementOfPlace(place)))
    .map(itemOf);
  return { cursor: next === undefined ? 0n : BigInt(next) + 1n, items };
}
