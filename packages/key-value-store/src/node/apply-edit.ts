/** The edits of `edit.ts` as functions from cells to cells: no I/O, the same everywhere. */
import {
  compareDots,
  covers,
  joinVectors,
  replaceVersion,
  update,
  type Cell,
  type Dot,
  type Vector,
  type Version,
} from "../cell.ts";
import { floorOf, isPresent, readElement, readHead, readString, type Head } from "../head.ts";
import type { ExpireCondition, ExpiryChange } from "../keyspace.ts";
import { formatDouble, parseFloating, parseInteger } from "../numbers.ts";
import {
  isLive,
  ownCount,
  readScore,
  readSiblings,
  type CollectionType,
  type Payload,
} from "../payload.ts";
import type { ElementEdit, HeadEdit, Refusal } from "./edit.ts";
import type { WriteCommand } from "./messages.ts";

export interface EditContext {
  readonly nowMs: number;
  /** A new dot of this owner, above all that were given before. */
  readonly issue: () => Dot;
  /** What was seen of the key's elements. */
  readonly seen: () => Vector;
  /** What was found out about the elements, when it was: then `seen` has all that any owner has. */
  readonly elements: "present" | "none" | "unasked";
}

/** What gave the dot may know more of it, which a cell has no use for. */
const versionOf = ({ actor, counter }: Dot, payload: Payload): Version => ({
  actor,
  counter,
  payload,
});

const nobody: Head = { type: undefined };

/** The head after, the same object when nothing is to be written, or why not. */
export function applyHead(held: Cell, edit: HeadEdit, context: EditContext): Cell | Refusal {
  const head = judgedHead(held, edit, context);
  if (typeof head === "string") return head;
  switch (edit.kind) {
    case "set":
      if (edit.when === "if-absent" && head.type !== undefined) return held;
      if (edit.when === "if-present" && head.type === undefined) return held;
      return put(held, stringWith(edit.bytes, edit.expiry, head), context);
    case "remove":
      return head.type === undefined ? held : remove(held, context);
    case "expire":
      if (head.type === undefined || !holds(edit.when, edit.expiry, head.expiresMs)) return held;
      return expire(held, head, edit.expiry, context);
    case "add":
      return add(held, head, edit.by, context);
    case "add-float": {
      const bytes = sumOfFloats(readString(held, context.nowMs), edit.by);
      if (bytes === undefined) return "not_a_float";
      return put(held, stringWith(bytes, { kind: "keep" }, head), context);
    }
    case "end": {
      const hasElements = held.versions.some(({ payload }) => payload.kind === "collection");
      return head.type === undefined && hasElements ? remove(held, context) : held;
    }
    case "expect":
    case "any":
      return held;
    case "open":
      return open(held, head, edit.type, context);
    default:
      return version(held, edit, context);
  }
}

/** The head as the edit has to see it: without elements it is absent. Or why it cannot be judged. */
function judgedHead(held: Cell, edit: HeadEdit, context: EditContext): Head | Refusal {
  const head = readHead(held, context.nowMs);
  if (head.type === undefined || edit.kind === "any" || edit.kind === "end") return head;
  const isOfElements = edit.kind === "open" || edit.kind === "expect";
  if (isOfElements && head.type === edit.type) return head;
  if (head.type !== "string") {
    if (context.elements === "unasked") return "elements_asked";
    if (context.elements === "none") return nobody;
  }
  const mindsType = "wantsString" in edit ? edit.wantsString : true;
  const wanted = isOfElements ? edit.type : "string";
  return mindsType && head.type !== wanted ? "wrong_type" : head;
}

/** The element after; the same object when nothing is to be written. `held` is above the floor. */
export function applyElement(held: Cell, edit: ElementEdit, context: EditContext): Cell | Refusal {
  const write = (payload: Payload): Cell =>
    update(held, versionOf(context.issue(), payload), held.clock);
  switch (edit.kind) {
    case "put":
      if (edit.when === "if-absent" && isPresent(held)) return held;
      return write({ kind: "value", bytes: edit.bytes });
    case "remove":
      return isPresent(held) ? write({ kind: "removed" }) : held;
    case "add":
      return addTo(held, readElement(held, context.nowMs), edit.by, context);
    case "add-float": {
      const bytes = sumOfFloats(readElement(held, context.nowMs), edit.by);
      return bytes === undefined ? "not_a_float" : write({ kind: "value", bytes });
    }
    default: {
      const score = scoreAfter(readScore(held), edit);
      if (Number.isNaN(score)) return "not_a_float";
      return score === undefined ? held : write({ kind: "score", score });
    }
  }
}

/** `undefined` when a condition does not hold. */
function scoreAfter(
  before: number | undefined,
  { score, change, when, only }: Extract<ElementEdit, { kind: "score" }>,
): number | undefined {
  if (when === "if-absent" && before !== undefined) return undefined;
  if (when === "if-present" && before === undefined) return undefined;
  const after = change === "increment" ? (before ?? 0) + score : score;
  if (before !== undefined && only === "greater" && after <= before) return undefined;
  if (before !== undefined && only === "less" && after >= before) return undefined;
  return after;
}

const expiryOf = (head: Head): number | undefined =>
  head.type === undefined ? undefined : head.expiresMs;

function stringWith(bytes: Uint8Array, expiry: ExpiryChange, head: Head): Payload {
  const expiresMs =
    expiry.kind === "at" ? expiry.atMs : expiry.kind === "keep" ? expiryOf(head) : undefined;
  return { kind: "value", bytes, ...(expiresMs === undefined ? {} : { expiresMs }) };
}

/** One version over all that is held, with the floor that it must have. */
function put(held: Cell, payload: Payload, context: EditContext): Cell | Refusal {
  const floor = floorAfter(held, context);
  if (floor === "elements_asked") return floor;
  const isOver = "expiresMs" in payload && !isLive(payload, context.nowMs);
  const kept: Payload = isOver ? { kind: "removed" } : payload;
  const floored = floor === undefined ? kept : { ...kept, floor };
  return update(held, versionOf(context.issue(), floored), held.clock);
}

/** The floor of a version that ends all that is held. */
function floorAfter(
  held: Cell,
  { seen, elements }: EditContext,
): Vector | undefined | "elements_asked" {
  const floor = floorOf(held);
  const hadElements = held.versions.some(({ payload }) => typeOf(payload) !== undefined);
  if (!hadElements) return floor;
  return elements === "unasked" ? "elements_asked" : joinVectors(floor ?? new Map(), seen());
}

const typeOf = (payload: Payload): CollectionType | undefined =>
  "type" in payload ? payload.type : undefined;

function remove(held: Cell, context: EditContext): Cell | Refusal {
  const type = held.versions.map(({ payload }) => typeOf(payload)).findLast(Boolean);
  return put(held, { kind: "removed", ...(type && { type }) }, context);
}

function holds(
  when: ExpireCondition,
  expiry: ExpiryChange,
  expiresMs: number | undefined,
): boolean {
  const atMs = expiry.kind === "at" ? expiry.atMs : Infinity;
  switch (when) {
    case "if-persistent":
      return expiresMs === undefined;
    case "if-volatile":
      return expiresMs !== undefined;
    case "if-later":
      return atMs > (expiresMs ?? Infinity);
    case "if-earlier":
      return atMs < (expiresMs ?? Infinity);
    default:
      return true;
  }
}

/** The same value with another expiry. Counts stay as they are: they go with what they stand on. */
function expire(
  held: Cell,
  head: Head,
  expiry: ExpiryChange,
  context: EditContext,
): Cell | Refusal {
  if (expiry.kind === "keep" || head.type === undefined) return held;
  if (expiry.kind === "at" && expiry.atMs <= context.nowMs) return remove(held, context);
  const floor = floorOf(held);
  const rest = {
    ...(expiry.kind === "at" && { expiresMs: expiry.atMs }),
    ...(floor && { floor }),
  };
  if (head.type !== "string") {
    const payload: Payload = { kind: "collection", type: head.type, ...rest };
    return update(held, versionOf(context.issue(), payload), held.clock);
  }
  const base = held.versions.findLast(({ payload }) => payload.kind !== "count")?.payload;
  const bytes = base?.kind === "value" ? base.bytes : Buffer.from("0");
  const counts = held.versions.filter(({ payload }) => payload.kind === "count");
  const version = versionOf(context.issue(), { kind: "value", bytes, ...rest });
  const { clock } = update(held, version, held.clock);
  return { clock, versions: [...counts, version].sort(compareDots) };
}

/** A count beside the value that it is added to. */
function add(held: Cell, head: Head, by: bigint, context: EditContext): Cell | Refusal {
  const text = readString(held, context.nowMs);
  const isClean =
    head.type === "string" || held.versions.every(({ payload }) => isPlainRemoval(payload));
  if (isClean) return addTo(held, text, by, context);
  // What has expired or had elements ends first, or it would go on beside the count.
  const ended = put(held, { kind: "removed" }, context);
  return typeof ended === "string" ? ended : addTo(ended, undefined, by, context);
}

const isPlainRemoval = (payload: Payload): boolean =>
  payload.kind === "removed" && payload.type === undefined;

function addTo(
  held: Cell,
  text: Uint8Array | undefined,
  by: bigint,
  { issue }: EditContext,
): Cell | Refusal {
  const before = text === undefined ? 0n : parseInteger(text);
  if (before === undefined) return "not_an_integer";
  if (BigInt.asIntN(64, before + by) !== before + by) return "increment_overflow";
  const dot = issue();
  const old = ownCount(held, dot.actor);
  const sum = (old?.payload.sum ?? 0n) + by;
  return replaceVersion(held, versionOf(dot, { kind: "count", sum }), old);
}

function sumOfFloats(text: Uint8Array | undefined, by: number): Uint8Array | undefined {
  const before = text === undefined ? 0 : parseFloating(text);
  if (before === undefined || !Number.isFinite(before + by)) return undefined;
  return Buffer.from(formatDouble(before + by), "latin1");
}

function open(held: Cell, head: Head, type: CollectionType, context: EditContext): Cell | Refusal {
  const isOpen = held.versions.some(({ payload }) => payload.kind === "collection");
  if (isOpen && head.type === type) return held;
  if (held.versions.length > 0 && head.type !== type) {
    return put(held, { kind: "collection", type }, context);
  }
  // Elements that a head had removed which is forgotten may still be lying about.
  const floor = held.versions.length === 0 ? context.seen() : floorOf(held);
  const payload: Payload = { kind: "collection", type, ...(floor && floor.size > 0 && { floor }) };
  return update(held, versionOf(context.issue(), payload), held.clock);
}

function version(
  held: Cell,
  { payload, context: replaced, siblingsMax }: Extract<HeadEdit, { kind: "version" }>,
  context: EditContext,
): Cell | Refusal {
  const versions = held.versions.filter((each) => !covers(replaced, each));
  const siblings = readSiblings({ clock: held.clock, versions }, context.nowMs);
  if (siblings.length >= siblingsMax) return "too_many_siblings";
  const floor = floorAfter(held, context);
  if (floor === "elements_asked") return floor;
  const floored = floor === undefined ? payload : { ...payload, floor };
  return update(held, versionOf(context.issue(), floored), replaced);
}

/** One write of one cell, whatever it is of. */
export function applyCommand(held: Cell, { actor, counter }: Dot, command: WriteCommand): Cell {
  if (command.kind === "put") {
    const context = command.context === "held" ? held.clock : command.context;
    return update(held, { actor, counter, payload: command.payload }, context);
  }
  const old = ownCount(held, actor);
  const sum = (old?.payload.sum ?? 0n) + command.by;
  return replaceVersion(held, { actor, counter, payload: { kind: "count", sum } }, old);
}
