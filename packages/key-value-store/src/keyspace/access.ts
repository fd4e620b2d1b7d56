/** What every kind of value needs of the node: places, limits, quorums, refusals as errors. */
import { cellKey, elementPlace, elementsRange, placeAfter } from "../cell-key.ts";
import type { Cell, Vector } from "../cell.ts";
import { hasSameVersions } from "../cell.ts";
import { keyValueErrors } from "../errors.ts";
import { aboveFloor, floorOf, isPresent, readHead } from "../head.ts";
import type { Bytes, ValueType } from "../keyspace.ts";
import type { Durability, EditOutcome, ElementChange, HeadEdit } from "../node/edit.ts";
import type { StoreNode } from "../node/node.ts";
import type { CollectionType } from "../payload.ts";
import type { Bucket } from "./buckets.ts";
import { createLinearizableHeads } from "./linearizable.ts";

/** What the keyspace stands on. */
export type KeyspaceNode = Pick<
  StoreNode,
  "read" | "readWhole" | "record" | "edit" | "survey" | "range" | "heads" | "inspect" | "registers"
> & { readonly placement: Pick<StoreNode["placement"], "partitionOf"> };

export interface Limits {
  readonly keyBytesMax: number;
  readonly valueBytesMax: number;
  /** Of a field or a member: it is part of a place in the store. */
  readonly elementBytesMax: number;
}

/** A key, where its head lies, and how it is kept. */
export interface Key {
  readonly place: Uint8Array;
  readonly bucket: Bucket;
}

export interface Edited {
  /** The head, then the elements as given. */
  readonly before: readonly Cell[];
  readonly after: readonly Cell[];
}

export interface EditOptions {
  /** What a head in a linearizable bucket must be. */
  readonly expected?: Vector | undefined;
  /** Judges nothing that is held, so nobody is asked before. */
  readonly isBlind?: boolean;
  readonly writeQuorum?: number | undefined;
  readonly durability?: Durability | undefined;
}

export interface Presence {
  readonly type: ValueType;
  readonly expiresMs: number | undefined;
  readonly floor: Vector | undefined;
}

/** One element that is there. */
export interface Element {
  readonly place: Uint8Array;
  readonly cell: Cell;
}

export interface Access {
  readonly node: KeyspaceNode;
  readonly now: () => number;
  /** Rejects by throwing `key_too_long`. */
  readonly keyAt: (key: Bytes) => Key;
  readonly elementAt: (key: Key, element: Bytes) => Uint8Array;
  readonly checkValue: (value: Bytes) => void;
  /** The head. */
  readonly read: (key: Key) => Promise<Cell>;
  /** The same, where `record` has said that it does not know. */
  readonly readWhole: (key: Key) => Promise<Cell>;
  /** The head as a record that R owners hold alike, where that is known soon. */
  readonly record: (key: Key) => ReturnType<KeyspaceNode["record"]>;
  /** Rejects with what the owner refused. */
  readonly edit: (
    key: Key,
    edit: HeadEdit,
    elements?: readonly ElementChange[],
    options?: EditOptions,
  ) => Promise<Edited>;
  /** Elements of a collection, above its floor; empty cells when the key is absent. Rejects with `wrong_type`. */
  readonly elements: (
    key: Key,
    type: CollectionType,
    places: readonly Uint8Array[],
  ) => Promise<readonly Cell[]>;
  /** What the key is; a collection only when it has an element. */
  readonly presence: (key: Key) => Promise<Presence | undefined>;
  /** The floor of a collection, or `absent`. Rejects with `wrong_type`. */
  readonly floor: (key: Key, type: CollectionType) => Promise<Vector | undefined | "absent">;
}

export interface AccessDeps {
  readonly node: KeyspaceNode;
  readonly now: () => number;
  readonly noted: (key: Bytes) => void;
  readonly bucketOf: (key: Bytes) => Bucket;
  readonly limits: Limits;
}

const nothing: Cell = { clock: new Map(), versions: [] };

export function createAccess({ node, now, noted, bucketOf, limits }: AccessDeps): Access {
  const typed = (head: Cell, type: CollectionType): boolean => {
    const found = readHead(head, now()).type;
    if (found === "string") throw keyValueErrors.wrong_type();
    return found === type;
  };
  const linearizable = createLinearizableHeads(node, now);
  const access: Access = {
    node,
    now,
    keyAt(key) {
      if (key.length > limits.keyBytesMax) throw tooLong("key", key, limits.keyBytesMax);
      noted(key);
      return { place: cellKey({ key }, node.placement.partitionOf(key)), bucket: bucketOf(key) };
    },
    elementAt(key, element) {
      if (element.length > limits.elementBytesMax) {
        throw tooLong("field or member", element, limits.elementBytesMax);
      }
      return elementPlace(key.place, element);
    },
    checkValue(value) {
      if (value.length > limits.valueBytesMax) throw tooLong("value", value, limits.valueBytesMax);
    },
    read: ({ place, bucket }) =>
      bucket.resolve === "linearizable"
        ? linearizable.read(place)
        : node.read(place, bucket.readQuorum),
    readWhole: ({ place, bucket }) =>
      bucket.resolve === "linearizable"
        ? linearizable.read(place)
        : node.readWhole(place, bucket.readQuorum),
    record: ({ place, bucket }) =>
      bucket.resolve === "linearizable" ? undefined : node.record(place, bucket.readQuorum),
    edit({ place, bucket }, edit, elements = nobody, options = {}) {
      if (bucket.resolve === "linearizable") {
        return linearizable.edit(place, edit, options.expected);
      }
      const outcome = node.edit({
        edit: { place, edit, elements, nowMs: now() },
        readQuorum: options.isBlind === true ? 1 : bucket.readQuorum,
        writeQuorum: options.writeQuorum ?? bucket.writeQuorum,
        durability: options.durability ?? bucket.durability,
      });
      return outcome.then(editedOrThrow);
    },
    async elements({ place, bucket }, type, places) {
      refuseLinearizable(bucket);
      const { cells } = await node.survey([place, ...places], bucket);
      const [head = nothing, ...elements] = cells;
      if (!typed(head, type)) {
        await refuseIfPresent(access, { place, bucket }, head);
        return places.map(() => nothing);
      }
      const floor = floorOf(head);
      return elements.map((cell) => aboveFloor(cell, floor));
    },
    async presence({ place, bucket }) {
      return presenceOf(access, { place, bucket }, await access.read({ place, bucket }));
    },
    async floor({ place, bucket }, type) {
      refuseLinearizable(bucket);
      const head = await node.read(place, bucket.readQuorum);
      if (typed(head, type)) return floorOf(head);
      await refuseIfPresent(access, { place, bucket }, head);
      return "absent";
    },
  };
  return access;
}

const nobody: readonly ElementChange[] = [];

function editedOrThrow(outcome: EditOutcome): Edited {
  if (outcome.kind === "edited") return outcome;
  // A node never gives this one out: it asks.
  if (outcome.code === "elements_asked") throw keyValueErrors.quorum_unavailable();
  throw keyValueErrors[outcome.code]();
}

function refuseLinearizable({ resolve }: Bucket): void {
  if (resolve !== "linearizable") return;
  const detail = "A linearizable bucket has strings only; collections need another one.";
  throw keyValueErrors.mode_unsupported({ detail });
}

/** What a head that was read says the key is. */
export async function presenceOf(
  { node, now }: Pick<Access, "node" | "now">,
  { place, bucket }: Key,
  cell: Cell,
): Promise<Presence | undefined> {
  const head = readHead(cell, now());
  if (head.type === undefined) return undefined;
  const floor = floorOf(cell);
  if (head.type === "string") return { ...head, floor };
  let { from } = elementsRange(place);
  const { to } = elementsRange(place);
  for (let limit = 4; ; limit = 1_024) {
    const page = await node.range({ from, to, limit }, bucket.readQuorum);
    if (page.cells.some((each) => isPresent(aboveFloor(each.cell, floor))))
      return { ...head, floor };
    if (page.upTo === undefined) return undefined;
    from = placeAfter(page.upTo);
  }
}

/** A collection of another type is only in the way when it has elements. */
async function refuseIfPresent(access: Access, key: Key, head: Cell): Promise<void> {
  if ((await presenceOf(access, key, head)) !== undefined) throw keyValueErrors.wrong_type();
}

/** Whether the cell at a place of the list was written. */
export function wasWritten({ before, after }: Edited, at = 0): boolean {
  const [was, is] = [before[at], after[at]];
  return was !== undefined && is !== undefined && !hasSameVersions(was, is);
}

function tooLong(what: string, bytes: Bytes, max: number): Error {
  const detail = `The ${what} has ${bytes.length} bytes; at most ${max} are taken.`;
  return what === "key"
    ? keyValueErrors.key_too_long({ detail })
    : keyValueErrors.value_too_long({ detail });
}
