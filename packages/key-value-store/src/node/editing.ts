/** An owner's edit of the cells of one key: judged and written under their locks. */
import { nameOf } from "../buffers.ts";
import { partitionOfCellKey } from "../cell-key.ts";
import { joinVectors, type Cell, type Vector } from "../cell.ts";
import { aboveFloor, floorOf } from "../head.ts";
import { applyElement, applyHead, type EditContext } from "./apply-edit.ts";
import type { Durability, EditOutcome, KeyEdit } from "./edit.ts";
import type { HotCells } from "./hot-cells.ts";
import type { KeyedLock } from "./keyed-lock.ts";
import type { Issued, Knowledge } from "./knowledge.ts";
import { joinAt, jointKnowledge, type Known } from "./known.ts";
import type { PlacedCell } from "./messages.ts";
import type { Pending, Replaced } from "./pending.ts";
import type { Store } from "./store.ts";

/** What the owner that edits was told before. */
export interface Told {
  /** By other owners, of the head and the elements in the edit's order. */
  readonly others: readonly Known[];
  readonly elements: EditContext["elements"];
  readonly durability: Durability;
}

/** The outcome, and the cells that were written, for the other owners. */
export interface Edited {
  readonly outcome: EditOutcome;
  readonly written: readonly PlacedCell[];
}

/** An edit that was acted on, and is not yet as durable as asked. */
export interface Acted extends Edited {
  /** To be awaited before anything is said of it; `undefined` when there is nothing to wait for. */
  readonly stored: Promise<void> | undefined;
}

export interface Editing {
  /** Resolves when what it wrote is as durable as asked. */
  readonly edit: (edit: KeyEdit, told: Told) => Promise<Edited>;
  /** In one turn; `undefined`, and nothing is done, where the disk or another one has to be waited for first. */
  readonly editNow: (edit: KeyEdit, told: Told) => Acted | undefined;
}

export interface EditingDeps {
  readonly lock: KeyedLock;
  /** A cell that is in memory. */
  readonly hot: Pick<HotCells, "get" | "load">;
  readonly pending: Pick<Pending, "of" | "ofAny">;
  readonly store: Store;
  readonly knowledge: Knowledge;
}

interface Judged {
  readonly outcome: EditOutcome;
  readonly changes: readonly Replaced[];
}

export function createEditing({ lock, hot, pending, store, knowledge }: EditingDeps): Editing {
  /** Under the cells' locks, in one turn. `found`: the write of what was read, if that is on its way. */
  const act = (
    edit: KeyEdit,
    told: Told,
    own: readonly Cell[],
    found: Promise<unknown> | undefined,
  ): Acted => {
    const { others, durability, elements } = told;
    const partition = partitionOfCellKey(edit.place);
    const issued: Issued[] = [];
    const context: EditContext = {
      nowMs: edit.nowMs,
      elements,
      issue() {
        const dot = knowledge.issue(partition);
        issued.push(dot);
        return dot;
      },
      // The head is locked: no element can have come in that the head held does not speak of.
      seen: (): Vector => joinVectors(knowledge.of(partition), jointKnowledge(others)),
    };
    const held = others.length === 0 ? own : joinedWith(own, knowledge.of(partition), others);
    const { outcome, changes } = judge(edit, own, held, context);
    const stored = changes.length === 0 ? undefined : store(changes, durability);
    // Who is asked for more tells nobody of this one.
    const tells = durability === "disk" && !isAsking(outcome);
    const waited = stored?.written ?? (tells ? found : undefined);
    const settle = (): void => {
      // A dot that was given and not used is nowhere missing either.
      for (const dot of issued) dot.stored();
    };
    if (waited === undefined) settle();
    return {
      outcome,
      written: changes.map(({ place, after }, at) => {
        return { place, cell: after, record: stored?.records[at] };
      }),
      stored: waited?.then(settle),
    };
  };
  const editNow: Editing["editNow"] = (edit, told) => {
    if (edit.elements.length > 0) return undefined;
    const name = nameOf(edit.place);
    const own = lock.isHeld(name) ? undefined : hot.get(name);
    return own === undefined ? undefined : act(edit, told, [own], pending.of(name));
  };
  const editLocked = (edit: KeyEdit, told: Told): Promise<Acted> => {
    const places = [edit.place, ...edit.elements.map(({ place }) => place)];
    return lock.runAll(places.map(nameOf), async () => {
      // Before the reading: by the time it ends, what it found may have failed.
      const found = pending.ofAny(places);
      return act(edit, told, await Promise.all(places.map(hot.load)), found);
    });
  };
  return {
    editNow,
    async edit(edit, told) {
      const acted = editNow(edit, told) ?? (await editLocked(edit, told));
      if (acted.stored !== undefined) await acted.stored;
      return acted;
    },
  };
}

/** Whether the edit is to be made anew, with more known of the key's elements. */
export const isAsking = (outcome: EditOutcome): boolean =>
  outcome.kind === "refused" && outcome.code === "elements_asked";

function joinedWith(own: readonly Cell[], knowledge: Vector, others: readonly Known[]): Cell[] {
  const all = [{ cells: own, knowledge }, ...others];
  return own.map((_, at) => joinAt(all, at));
}

/** `own`: what this replica has; `held`: with what the others have. Both: the head, then the elements. */
function judge(
  edit: KeyEdit,
  own: readonly Cell[],
  held: readonly Cell[],
  context: EditContext,
): Judged {
  const head = held[0];
  if (head === undefined) throw new RangeError("an edit has a head");
  const headAfter = applyHead(head, edit.edit, context);
  if (typeof headAfter === "string") return refused(headAfter);
  const before = [head];
  const after = [headAfter];
  const changes: Replaced[] = [];
  const stored = own[0];
  if (headAfter !== head && stored !== undefined) {
    changes.push(replaced(edit.place, stored, headAfter));
  }
  const floor = edit.elements.length === 0 ? undefined : floorOf(headAfter);
  for (const { place, edit: elementEdit } of edit.elements) {
    const at = after.length;
    const stored = own[at];
    const cell = aboveFloor(held[at] ?? head, floor);
    const next = applyElement(cell, elementEdit, context);
    if (typeof next === "string") return refused(next);
    before.push(cell);
    after.push(next);
    if (next !== cell && stored !== undefined) changes.push(replaced(place, stored, next));
  }
  return { outcome: { kind: "edited", before, after }, changes };
}

const replaced = (place: Uint8Array, before: Cell, after: Cell): Replaced => ({
  place,
  name: nameOf(place),
  before,
  after,
});

const refused = (code: Extract<EditOutcome, { kind: "refused" }>["code"]): Judged => ({
  outcome: { kind: "refused", code },
  changes: [],
});
