/** An owner's edit of the cells of one key: judged and written under their locks. */
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
import { nameOf, type Pending, type Replaced } from "./pending.ts";

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

export interface EditingDeps {
  readonly lock: KeyedLock;
  /** A cell that is in memory. */
  readonly hot: Pick<HotCells, "get" | "load">;
  readonly pending: Pick<Pending, "ofAny">;
  readonly store: (changes: readonly Replaced[], durability: Durability) => Promise<void>;
  readonly knowledge: Knowledge;
}

interface Judged {
  readonly outcome: EditOutcome;
  readonly changes: readonly Replaced[];
}

interface Asked {
  readonly edit: KeyEdit;
  readonly told: Told;
}

/** What was done, before it is as durable as asked. */
interface Done extends Judged {
  /** For a change, its write; else the write of what was found, if that is on its way. */
  readonly written: Promise<unknown> | undefined;
  readonly issued: readonly Issued[];
}

/** Resolves when what it wrote is as durable as asked. */
export function createEditing({
  lock,
  hot,
  pending,
  store,
  knowledge,
}: EditingDeps): (edit: KeyEdit, told: Told) => Promise<Edited> {
  /** Under the cells' locks, in one turn. */
  const act = (
    { edit, told }: Asked,
    own: readonly Cell[],
    found: Promise<unknown> | undefined,
  ): Done => {
    const partition = partitionOfCellKey(edit.place);
    const issued: Issued[] = [];
    const context: EditContext = {
      nowMs: edit.nowMs,
      elements: told.elements,
      issue() {
        const dot = knowledge.issue(partition);
        issued.push(dot);
        return dot;
      },
      // The head is locked: no element can have come in that the head held does not speak of.
      seen: (): Vector => joinVectors(knowledge.of(partition), jointKnowledge(told.others)),
    };
    const { others } = told;
    const held = others.length === 0 ? own : joinedWith(own, knowledge.of(partition), others);
    const judged = judge(edit, own, held, context);
    const waited = told.durability === "disk" ? found : undefined;
    const written = judged.changes.length > 0 ? store(judged.changes, told.durability) : waited;
    return { ...judged, issued, written };
  };
  /** A head alone that nobody else works on and that is in memory: nothing has to be waited for. */
  const actNow = (asked: Asked): Done | undefined => {
    const { place, elements } = asked.edit;
    if (elements.length > 0) return undefined;
    const name = nameOf(place);
    const own = lock.isHeld(name) ? undefined : hot.get(name);
    return own === undefined ? undefined : act(asked, [own], pending.ofAny([place]));
  };
  const actLocked = (asked: Asked): Promise<Done> => {
    const { place, elements } = asked.edit;
    const places = [place, ...elements.map((element) => element.place)];
    return lock.runAll(places.map(nameOf), async () => {
      // Before the reading: by the time it ends, what it found may have failed.
      const found = pending.ofAny(places);
      return act(asked, await Promise.all(places.map(hot.load)), found);
    });
  };
  return async (edit, told) => {
    const { outcome, changes, written, issued } =
      actNow({ edit, told }) ?? (await actLocked({ edit, told }));
    if (written !== undefined) await written;
    // A dot that was given and not used is nowhere missing either.
    for (const dot of issued) dot.stored();
    return { outcome, written: changes.map(({ place, after }) => ({ place, cell: after })) };
  };
}

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
  const [head, ...elements] = held;
  if (head === undefined) throw new RangeError("an edit has a head");
  const headAfter = applyHead(head, edit.edit, context);
  if (typeof headAfter === "string") return refused(headAfter);
  const floor = floorOf(headAfter);
  const before = [head];
  const after = [headAfter];
  for (const [index, { edit: elementEdit }] of edit.elements.entries()) {
    const cell = aboveFloor(elements[index] ?? head, floor);
    const next = applyElement(cell, elementEdit, context);
    if (typeof next === "string") return refused(next);
    before.push(cell);
    after.push(next);
  }
  const places = [edit.place, ...edit.elements.map(({ place }) => place)];
  const changes = places.flatMap((place, at) => {
    const [was, is, stored] = [before[at], after[at], own[at]];
    if (was === is || is === undefined || stored === undefined) return [];
    return [{ place, before: stored, after: is }];
  });
  return { outcome: { kind: "edited", before, after }, changes };
}

const refused = (code: Extract<EditOutcome, { kind: "refused" }>["code"]): Judged => ({
  outcome: { kind: "refused", code },
  changes: [],
});
