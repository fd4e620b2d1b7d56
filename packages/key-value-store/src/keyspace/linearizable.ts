/**
 * Strings in linearizable buckets: the key's head is the value of a register, and an
 * edit is a change of it that all owners agree on. The same rules judge it as
 * elsewhere; only its dots are the register's own, one after the other.
 *
 *     register   ─ decode ─▶ head cell ─ edit ─▶ head cell ─ encode ─▶ register
 *
 * There are no collections in such a bucket: each element would be a register, and
 * together they would not be one value.
 */
import { emptyCell, type Cell, type Vector } from "../cell.ts";
import { keyValueErrors } from "../errors.ts";
import { applyHead } from "../node/apply-edit.ts";
import type { HeadEdit } from "../node/edit.ts";
import type { StoreNode } from "../node/node.ts";
import { isInvisible } from "../payload.ts";
import { decodeCell, encodeCell } from "../record.ts";

/** The actor of all dots: a register's changes have one order. */
const ACTOR = 1;

export interface LinearizableHeads {
  readonly read: (place: Uint8Array) => Promise<Cell>;
  /** `expected`: refused with `version_conflict` unless the head is the one that was seen. */
  readonly edit: (
    place: Uint8Array,
    edit: HeadEdit,
    expected?: Vector,
  ) => Promise<{ before: readonly Cell[]; after: readonly Cell[] }>;
}

export function createLinearizableHeads(
  { registers }: Pick<StoreNode, "registers">,
  now: () => number,
): LinearizableHeads {
  const cellOf = (value: Uint8Array | undefined): Cell =>
    value === undefined ? emptyCell : decodeCell(value);
  return {
    read: async (place) => cellOf(await registers.read(place)),
    async edit(place, edit, expected) {
      if (edit.kind === "open" || edit.kind === "expect") throw keyValueErrors.mode_unsupported();
      const nowMs = now();
      const { before, after } = await registers.change(place, (value) => {
        const held = cellOf(value);
        if (expected !== undefined && counterOf(held) !== (expected.get(ACTOR) ?? 0)) {
          throw keyValueErrors.version_conflict();
        }
        const next = applyHead(held, edit, {
          nowMs,
          // Above every one before it also where a removal took the register's memory.
          issue: () => ({ actor: ACTOR, counter: Math.max(counterOf(held) + 1, nowMs * 1_000) }),
          seen: () => new Map(),
          elements: "none",
        });
        if (next === held) return value;
        if (typeof next !== "string")
          return isInvisible(next, nowMs) ? undefined : encodeCell(next);
        throw next === "elements_asked"
          ? keyValueErrors.mode_unsupported()
          : keyValueErrors[next]();
      });
      return { before: [cellOf(before)], after: [cellOf(after)] };
    },
  };
}

const counterOf = (cell: Cell): number => cell.clock.get(ACTOR) ?? 0;
