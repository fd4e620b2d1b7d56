/**
 * Whether what clients saw of one register could have happened in one order, each
 * operation at some moment between its call and its answer (linearizability,
 * Herlihy and Wing 1990; the search of Wing and Gong 1993 with Lowe's memory of
 * what was tried).
 *
 *     A  ├── set 1 ──┤                      set 1, get 1, set 2, get 2
 *     B        ├──── get 1 ────┤            is one such order
 *     C           ├───── set 2 ─ ─ ─ ─ ▶    no answer: any time later, or never
 *
 * A state of the search is what is already in the order, and the register's value.
 * Operations are numbered by their call; those in the order are all below `next`
 * but for the holes, so two ways to the same state are recognized in O(holes).
 * Exponential at worst, in the number of operations that overlap.
 */

/** What a register can be asked. `undefined` is an absent one. */
export type RegisterDeed =
  | { readonly kind: "get" }
  | { readonly kind: "set"; readonly value: string | undefined }
  /** Sets when the value is the expected one. */
  | {
      readonly kind: "compare-and-set";
      readonly from: string | undefined;
      readonly to: string | undefined;
    }
  /** An absent value counts as 0. */
  | { readonly kind: "increment"; readonly by: number };

export interface Operation {
  readonly deed: RegisterDeed;
  /** When it was called and answered, by one clock. */
  readonly calledMs: number;
  /** Absent when no answer came, or one that leaves the outcome open. */
  readonly answered?: {
    readonly atMs: number;
    /** Read: the value. Set: nothing. Compare-and-set: whether it was set. Increment: the sum. */
    readonly outcome: string | number | boolean | undefined;
  };
}

export interface Linearization {
  readonly isLinearizable: boolean;
  /** When it is not: the operations of which none could come next, in the order that went furthest. */
  readonly stuckAt: readonly Operation[];
}

/** States that are looked at before the search is given up with an error. */
const STATES_MAX = 2_000_000;

interface State {
  /** Every operation from here on is not in the order. */
  readonly next: number;
  /** Nor is any of these below. */
  readonly holes: readonly number[];
  readonly value: string | undefined;
}

/** Checks the operations on one register, absent at first. Throws when the search grows beyond all measure. */
export function linearize(history: readonly Operation[]): Linearization {
  const operations = history
    // A read without answer says nothing.
    .filter(({ deed, answered }) => deed.kind !== "get" || answered !== undefined)
    .sort((one, other) => one.calledMs - other.calledMs);
  const earliestFrom = earliestAnswers(operations);
  const tried = new Set<string>();
  const open: State[] = [{ next: 0, holes: [], value: undefined }];
  let furthest: { done: number; stuckAt: readonly Operation[] } = { done: -1, stuckAt: [] };
  for (let state = open.pop(); state !== undefined; state = open.pop()) {
    const candidates = candidatesOf(operations, earliestFrom, state);
    const isDone = candidates.every((at) => operations[at]?.answered === undefined);
    if (isDone) return { isLinearizable: true, stuckAt: [] };
    const done = state.next - state.holes.length;
    if (done > furthest.done) {
      furthest = { done, stuckAt: candidates.flatMap((at) => operations[at] ?? []) };
    }
    const free = candidates.find((at) => isFree(operations[at], state.value));
    // What has an answer is tried first, the earliest answer first of all: it is last on the stack.
    for (const at of free === undefined ? candidates : [free]) {
      const after = placed(operations, state, at);
      if (after === undefined) continue;
      const name = `${after.next}|${after.holes.join()}|${after.value ?? "\u0000"}`;
      if (tried.has(name)) continue;
      if (tried.size >= STATES_MAX) throw new RangeError("too many operations overlap to tell");
      tried.add(name);
      open.push(after);
    }
  }
  return { isLinearizable: false, stuckAt: furthest.stuckAt };
}

const answerMs = (operation: Operation | undefined): number =>
  operation?.answered?.atMs ?? Infinity;

/** The earliest answer among the operations from each one on. */
function earliestAnswers(operations: readonly Operation[]): number[] {
  const earliest: number[] = [];
  let least = Infinity;
  for (let at = operations.length - 1; at >= 0; at--) {
    least = Math.min(least, answerMs(operations[at]));
    earliest[at] = least;
  }
  return earliest;
}

/** What may come next: all that were called before any of the rest was answered. Latest answer first. */
function candidatesOf(
  operations: readonly Operation[],
  earliestFrom: readonly number[],
  { next, holes }: State,
): number[] {
  const limitMs = Math.min(
    earliestFrom[next] ?? Infinity,
    ...holes.map((at) => answerMs(operations[at])),
  );
  const candidates = [...holes];
  for (let at = next; (operations[at]?.calledMs ?? Infinity) <= limitMs; at++) {
    if (at >= operations.length) break;
    candidates.push(at);
  }
  const latestFirst = (one: number, other: number): number => {
    const [first, second] = [answerMs(operations[one]), answerMs(operations[other])];
    return first === second ? other - one : second - first;
  };
  return candidates.sort(latestFirst);
}

/** Whether an operation fits here and changes nothing, and so is best put here, whatever comes. */
function isFree(operation: Operation | undefined, value: string | undefined): boolean {
  if (operation?.answered === undefined) return false;
  const { deed, answered } = operation;
  if (deed.kind === "get") return answered.outcome === value;
  return deed.kind === "compare-and-set" && answered.outcome === false && deed.from !== value;
}

/** The state with one more operation in the order, or `undefined` when its answer was another. */
function placed(operations: readonly Operation[], state: State, at: number): State | undefined {
  const operation = operations[at];
  if (operation === undefined) return undefined;
  const { value, outcome } = applyDeed(operation.deed, state.value);
  const { answered } = operation;
  if (answered !== undefined && answered.outcome !== outcome) return undefined;
  if (at < state.next) {
    return { next: state.next, holes: state.holes.filter((hole) => hole !== at), value };
  }
  const skipped = Array.from({ length: at - state.next }, (_, index) => state.next + index);
  return { next: at + 1, holes: [...state.holes, ...skipped], value };
}

/** What a deed does to a value, and what it answers. */
export function applyDeed(
  deed: RegisterDeed,
  value: string | undefined,
): { value: string | undefined; outcome: string | number | boolean | undefined } {
  switch (deed.kind) {
    case "get":
      return { value, outcome: value };
    case "set":
      return { value: deed.value, outcome: undefined };
    case "compare-and-set": {
      const holds = value === deed.from;
      return { value: holds ? deed.to : value, outcome: holds };
    }
    default: {
      const sum = Number(value ?? 0) + deed.by;
      return { value: String(sum), outcome: sum };
    }
  }
}
