/**
 * What a key's head cell says: type, expiry, and the floor of its elements.
 *
 *     tea    head      collection(hash, floor { a: 40 })
 *            element   milk   (a,33) "no"     at or below the floor: gone
 *            element   sugar  (b,12) "two"    above: there
 *
 * A removal of a collection writes one floor, however many elements there are: a
 * vector of what the remover had seen. What it had not seen stays, and with it the
 * key: a removed head remembers its type for that. A floor goes from each version
 * to the one that replaces it, and from there only with the whole cell.
 *
 * Of concurrent heads the latest decides, except that a collection beats a removal
 * that had not seen it.
 */
import { covers, joinVectors, type Cell, type Vector } from "./cell.ts";
import { parseInteger } from "./numbers.ts";
import { isLive, readField, readLatest, type CollectionType } from "./payload.ts";

export type Head =
  | { readonly type: "string"; readonly expiresMs: number | undefined }
  /** There when it has an element. */
  | { readonly type: CollectionType; readonly expiresMs: number | undefined }
  | { readonly type: undefined };

const absent: Head = Object.freeze({ type: undefined });
const plain: Head = Object.freeze({ type: "string", expiresMs: undefined });

/** The head at the time. Elements of a collection are to be looked at: without any, the key is absent. */
export function readHead(cell: Cell, nowMs: number): Head {
  const { versions } = cell;
  if (versions.length === 0) return absent;
  const top = versions.findLast(({ payload }) => payload.kind !== "count")?.payload;
  const isCounter = versions.some(({ payload }) => payload.kind === "count");
  if (top?.kind === "value") {
    return isLive(top, nowMs) ? { type: "string", expiresMs: top.expiresMs } : absent;
  }
  const collection = versions.findLast(
    ({ payload }) => payload.kind === "collection" && isLive(payload, nowMs),
  )?.payload;
  if (collection?.kind === "collection" && (top === collection || !isCounter)) {
    return { type: collection.type, expiresMs: collection.expiresMs };
  }
  if (top?.kind === "collection") return absent;
  if (isCounter) return plain;
  if (top?.kind === "removed" && top.type !== undefined) {
    return { type: top.type, expiresMs: undefined };
  }
  return absent;
}

/** The string of a key; `undefined` when there is none, or the key holds another type. */
export function readString(cell: Cell, nowMs: number): Uint8Array | undefined {
  const [only] = cell.versions;
  if (cell.versions.length === 1 && only?.payload.kind === "value") {
    return isLive(only.payload, nowMs) ? only.payload.bytes : undefined;
  }
  if (readHead(cell, nowMs).type !== "string") return undefined;
  return withCounts(cell, readLatest(cell, nowMs));
}

/** A field of a hash, or with no bytes a set's member; of concurrent writes any that is there, the latest. */
export function readElement(cell: Cell, nowMs: number): Uint8Array | undefined {
  return withCounts(cell, readField(cell, nowMs));
}

/** A value with what was added to it. What is no number stays as it is. */
function withCounts(cell: Cell, base: Uint8Array | undefined): Uint8Array | undefined {
  if (!cell.versions.some(({ payload }) => payload.kind === "count")) return base;
  const start = base === undefined ? 0n : parseInteger(base);
  if (start === undefined) return base;
  const sum = cell.versions.reduce(
    (total, { payload }) => (payload.kind === "count" ? total + payload.sum : total),
    start,
  );
  return Buffer.from(sum.toString(), "latin1");
}

/** The floor of a head: the join of those of its versions, `undefined` when none has one. */
export function floorOf(cell: Cell): Vector | undefined {
  let floor: Vector | undefined;
  for (const { payload } of cell.versions) {
    if (!("floor" in payload) || payload.floor === undefined) continue;
    floor = floor === undefined ? payload.floor : joinVectors(floor, payload.floor);
  }
  return floor;
}

/** An element without what the floor removes. */
export function aboveFloor(cell: Cell, floor: Vector | undefined): Cell {
  if (floor === undefined || cell.versions.every((version) => !covers(floor, version))) return cell;
  return { clock: cell.clock, versions: cell.versions.filter((each) => !covers(floor, each)) };
}

/** Whether an element is there: some write of it is. */
export function isPresent(cell: Cell): boolean {
  return cell.versions.some(({ payload }) => payload.kind !== "removed");
}
