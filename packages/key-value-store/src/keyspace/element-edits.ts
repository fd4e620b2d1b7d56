/** Writing and removing elements, some at a time. */
import { nameOf } from "../buffers.ts";
import { isPresent } from "../head.ts";
import type { Bytes } from "../keyspace.ts";
import type { ElementChange } from "../node/edit.ts";
import type { CollectionType } from "../payload.ts";
import { wasWritten, type Access, type Edited, type Key } from "./access.ts";

/** Elements, and bytes of their values, in one message and one write to the disk. */
const ELEMENTS_MAX = 256;
const BYTES_MAX = 512 * 1024;

/** Each once. */
export function unique(names: readonly Bytes[]): readonly Bytes[] {
  if (names.length <= 1) return names;
  return [...new Map(names.map((name) => [nameOf(name), name])).values()];
}

/** Writes elements. Those that come after a failure are not tried. */
export async function editElements(
  access: Access,
  key: Key,
  type: CollectionType,
  elements: readonly ElementChange[],
): Promise<Edited[]> {
  const edits: Edited[] = [];
  for (const some of inPieces(elements)) {
    edits.push(await access.edit(key, { kind: "open", type }, some));
  }
  return edits;
}

/** How many were there. */
export async function removeElements(
  access: Access,
  key: Key,
  type: CollectionType,
  names: readonly Bytes[],
): Promise<number> {
  const elements = unique(names).map((name) => ({
    place: access.elementAt(key, name),
    edit: { kind: "remove" } as const,
  }));
  let removed = 0;
  for (const some of inPieces(elements)) {
    const edited = await access.edit(key, { kind: "expect", type }, some);
    removed += some.filter((_, at) => wasWritten(edited, at + 1)).length;
  }
  return removed;
}

/** How many elements came in that were not there. */
export function addedIn(edits: readonly Edited[]): number {
  return edits.reduce(
    (sum, { before, after }) =>
      sum +
      after.filter((cell, at) => {
        const was = before[at];
        return at > 0 && was !== undefined && !isPresent(was) && isPresent(cell);
      }).length,
    0,
  );
}

/** An element that comes again begins a piece: an edit has each at most once. */
function* inPieces(elements: readonly ElementChange[]): Generator<readonly ElementChange[]> {
  let piece = new Map<string, ElementChange>();
  let bytes = 0;
  for (const element of elements) {
    const name = nameOf(element.place);
    if (piece.size >= ELEMENTS_MAX || bytes >= BYTES_MAX || piece.has(name)) {
      yield [...piece.values()];
      piece = new Map();
      bytes = 0;
    }
    piece.set(name, element);
    bytes += element.place.length + (element.edit.kind === "put" ? element.edit.bytes.length : 0);
  }
  if (piece.size > 0) yield [...piece.values()];
}
