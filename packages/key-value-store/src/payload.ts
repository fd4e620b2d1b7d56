/**
 * What a version carries, and how the concurrent versions of a cell read. Joining
 * keeps them all; the meaning is made here, from the same cell for everyone.
 */
import { compareDots, type Cell, type Vector, type Version } from "./cell.ts";
import { keyValueErrors } from "./errors.ts";

export type CollectionType = "hash" | "set" | "zset";

/**
 * A floor, in a key's head, removes every element at or below it. A head that
 * replaces one with a floor has that floor too: see `head.ts`.
 */
export type Payload =
  /** A removal. It has a dot, so it has a time. `type`: what elements above the floor are part of. */
  | { readonly kind: "removed"; readonly type?: CollectionType; readonly floor?: Vector }
  /** A string, a hash's field, or with no bytes a set's member. */
  | {
      readonly kind: "value";
      readonly bytes: Uint8Array;
      readonly expiresMs?: number;
      readonly floor?: Vector;
    }
  /** A key that has elements, each a cell of its own. */
  | {
      readonly kind: "collection";
      readonly type: CollectionType;
      readonly expiresMs?: number;
      readonly floor?: Vector;
    }
  | { readonly kind: "score"; readonly score: number }
  /** All that one actor added to a counter since it was last set. */
  | { readonly kind: "count"; readonly sum: bigint };

type Held<Kind extends Payload["kind"]> = Version & {
  readonly payload: Extract<Payload, { kind: Kind }>;
};

function versionsOf<Kind extends Payload["kind"]>(cell: Cell, kind: Kind): Held<Kind>[] {
  return cell.versions.filter((version): version is Held<Kind> => version.payload.kind === kind);
}

/** Whether it is no removal and has not expired. */
export function isLive(payload: Payload, nowMs: number): boolean {
  if (payload.kind === "value" || payload.kind === "collection") {
    return payload.expiresMs === undefined || payload.expiresMs > nowMs;
  }
  return payload.kind !== "removed";
}

/** All values that nobody replaced, the oldest first; for buckets with `siblings`. */
export function readSiblings(cell: Cell, nowMs: number): Uint8Array[] {
  return versionsOf(cell, "value")
    .filter(({ payload }) => isLive(payload, nowMs))
    .map(({ payload }) => payload.bytes);
}

/** The last write wins, and a removal or an expired value is a write. */
export function readLatest(cell: Cell, nowMs: number): Uint8Array | undefined {
  // Not a running total's business: counts are added to a value, they do not replace it.
  const last = cell.versions.filter(({ payload }) => payload.kind !== "count").at(-1);
  if (last?.payload.kind !== "value" || !isLive(last.payload, nowMs)) return undefined;
  return last.payload.bytes;
}

/** A field of a hash or a member of a set: there when any write of it is; the latest such. */
export function readField(cell: Cell, nowMs: number): Uint8Array | undefined {
  return versionsOf(cell, "value")
    .filter(({ payload }) => isLive(payload, nowMs))
    .at(-1)?.payload.bytes;
}

/** A sorted set's member: there when any write of it is; the latest such score. */
export function readScore(cell: Cell): number | undefined {
  return versionsOf(cell, "score").at(-1)?.payload.score;
}

/**
 * What was added by all actors, on top of the value; `undefined` when there is
 * neither. Throws `not_an_integer` when the value is no number.
 */
export function readCount(cell: Cell, nowMs: number): bigint | undefined {
  const counts = versionsOf(cell, "count");
  const text = readLatest(cell, nowMs);
  if (counts.length === 0 && text === undefined) return undefined;
  const base = text === undefined ? 0n : parseCount(text);
  return counts.reduce((sum, { payload }) => sum + payload.sum, base);
}

function parseCount(text: Uint8Array): bigint {
  const digits = Buffer.from(text).toString("latin1");
  if (!/^(?:0|-?[1-9]\d{0,18})$/.test(digits)) throw keyValueErrors.not_an_integer();
  return BigInt(digits);
}

/** The actor's own contribution, which its next one replaces. */
export function ownCount(cell: Cell, actor: number): Held<"count"> | undefined {
  return versionsOf(cell, "count")
    .filter((version) => version.actor === actor)
    .sort(compareDots)
    .at(-1);
}

/** Whether nothing is left but removals and values that expire: it may go once it has no reader. */
export function isForgettable(cell: Cell): boolean {
  return cell.versions.every(
    ({ payload }) =>
      payload.kind === "removed" || (payload.kind === "value" && payload.expiresMs !== undefined),
  );
}

/** Whether nothing of the cell is to be seen at the time, whatever it is read as. */
export function isInvisible(cell: Cell, nowMs: number): boolean {
  return cell.versions.every(({ payload }) => !isLive(payload, nowMs));
}
