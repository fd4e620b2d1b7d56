/**
 * Summaries of partitions, made when they are first asked for: a node has up to
 * 16,384 partitions and any number of cells, and begins without reading them.
 *
 *     nothing    not asked for. Changes need no account: going through will meet them.
 *     changes    (after a clean stop) what changed since, to be added to what the
 *                disk has of that stop.
 *     reading    being gone through. Changes up to the place reached are accounted;
 *                those ahead are met later; those in the page that is being read
 *                right now are laid over it when it comes.
 *     whole      every change is accounted.
 *
 * One partition is gone through at a time, a page after the other.
 */
import { nameOf } from "../buffers.ts";
import { partitionOfCellKey, partitionRange, placeAfter } from "../cell-key.ts";
import { emptyCell, type Cell, type Vector } from "../cell.ts";
import type { Change, Entry, Storage } from "./ports.ts";
import { addTo, emptySummary, hear, replaceIn, type Summary } from "./summary.ts";
import { decodeSummary, encodeSummary, summaryKey } from "./summary-record.ts";

export interface SummariesDeps {
  readonly storage: Storage;
  /** A stored cell, or `undefined` for one that is damaged. */
  readonly decode: (entry: Entry) => Cell | undefined;
  /** Is told of every cell, in order, as it is now, while a partition is gone through. */
  readonly found: (place: Uint8Array, cell: Cell) => void;
  /** A summary has changed, or was made. */
  readonly revised: (partition: number) => void;
}

export interface Summaries {
  /** Called with each change as it is given to the storage, in the same turn. */
  readonly changed: (place: Uint8Array, before: Cell, after: Cell) => void;
  /** Dots were heard of, whether or not a cell changed by it. */
  readonly heard: (partition: number, clock: Vector) => void;
  /** Exact, and kept so. The first time it may go through the partition. */
  readonly of: (partition: number) => Promise<Summary>;
  /** The same, when it is made already. */
  readonly made: (partition: number) => Summary | undefined;
  /** What it had of a partition is no more: all of it is deleted, or not what it was thought to be. */
  readonly forget: (partition: number) => Change;
  /** From here on what the disk has of this run's last stop is believed. */
  readonly resume: () => void;
  /**
   * What a clean stop leaves, a few partitions at a time. Nothing may change any more.
   * Of the partitions given nothing is left: they are to be gone through again.
   */
  readonly save: (run: number, without: ReadonlySet<number>) => AsyncGenerator<Change[]>;
}

/** Cells read at once, and summaries saved at once. */
const PAGE = 256;

interface State {
  readonly summary: Summary;
  readonly kind: "changes" | "reading" | "whole";
  /** While reading: everything below is accounted. */
  reached: Uint8Array;
  /** While a page is being read: what changed meanwhile, ahead of what was reached. */
  meanwhile: Map<string, Cell> | undefined;
}

/** What a place that begins no partition is below. */
const START = new Uint8Array();

export function createSummaries(deps: SummariesDeps, runOf: () => number): Summaries {
  const { storage } = deps;
  const states = new Map<number, State>();
  const building = new Map<number, Promise<Summary>>();
  let isResumed = false;
  /** Partitions whose saved summary is not of what they hold. */
  const forgotten = new Set<number>();
  let queue: Promise<unknown> = Promise.resolve();

  const enter = (partition: number, kind: State["kind"], summary: Summary): State => {
    const state: State = { summary, kind, reached: START, meanwhile: undefined };
    states.set(partition, state);
    deps.revised(partition);
    return state;
  };
  const stateFor = (partition: number): State | undefined => {
    const state = states.get(partition);
    if (state !== undefined || !isResumed || forgotten.has(partition)) return state;
    return enter(partition, "changes", emptySummary());
  };
  const load = async (partition: number): Promise<Summary | undefined> => {
    if (!isResumed || forgotten.has(partition)) return undefined;
    const record = await storage.get(summaryKey(partition));
    const saved = record === undefined ? undefined : decodeSummary(runOf(), record);
    // It may have been forgotten while the disk answered.
    if (saved === undefined || forgotten.has(partition)) return undefined;
    const changes = states.get(partition);
    if (changes !== undefined) addTo(saved, changes.summary);
    return enter(partition, "whole", saved).summary;
  };
  const build = async (partition: number): Promise<Summary> => {
    const saved = await load(partition);
    if (saved !== undefined) return saved;
    for (;;) {
      const state = enter(partition, "reading", emptySummary());
      try {
        await goThrough(deps, partition, state, () => states.get(partition) === state);
      } catch (error) {
        if (states.get(partition) === state) states.delete(partition);
        forgotten.add(partition);
        throw error;
      }
      if (states.get(partition) === state) return enter(partition, "whole", state.summary).summary;
    }
  };
  const of = (partition: number): Promise<Summary> => {
    const state = states.get(partition);
    if (state?.kind === "whole") return Promise.resolve(state.summary);
    const running = building.get(partition);
    if (running !== undefined) return running;
    const next = queue.then(() => build(partition));
    building.set(partition, next);
    const leave = (): void => void building.delete(partition);
    queue = next.then(leave, leave);
    return next;
  };
  return {
    of,
    changed(place, before, after) {
      const partition = partitionOfCellKey(place);
      const state = stateFor(partition);
      if (state === undefined) return;
      deps.revised(partition);
      if (state.kind === "reading" && Buffer.compare(place, state.reached) >= 0) {
        state.meanwhile?.set(nameOf(place), after);
      } else replaceIn(state.summary, place, before, after);
    },
    heard(partition, clock) {
      const state = stateFor(partition);
      if (state !== undefined) hear(state.summary, clock);
    },
    made(partition) {
      const state = states.get(partition);
      return state?.kind === "whole" ? state.summary : undefined;
    },
    forget(partition) {
      states.delete(partition);
      forgotten.add(partition);
      deps.revised(partition);
      return { key: summaryKey(partition), value: undefined };
    },
    resume() {
      isResumed = true;
    },
    async *save(run, without) {
      let changes: Change[] = [];
      for (const [partition, { kind, summary }] of states) {
        const whole = kind === "changes" ? await load(partition) : summary;
        const isKnown = kind !== "reading" && whole !== undefined && !without.has(partition);
        const value = isKnown ? encodeSummary(run, whole) : undefined;
        changes.push({ key: summaryKey(partition), value });
        if (changes.length < PAGE) continue;
        yield changes;
        changes = [];
      }
      yield changes;
    },
  };
}

/** Adds up all cells of a partition, while they change, until the end or until `isWanted` ends it. */
async function goThrough(
  { storage, decode, found }: SummariesDeps,
  partition: number,
  state: State,
  isWanted: () => boolean,
): Promise<void> {
  const { from, to } = partitionRange(partition);
  const add = (place: Uint8Array, cell: Cell): void => {
    replaceIn(state.summary, place, emptyCell, cell);
    hear(state.summary, cell.clock);
    found(place, cell);
  };
  state.reached = from;
  while (Buffer.compare(state.reached, to) < 0) {
    const meanwhile = new Map<string, Cell>();
    state.meanwhile = meanwhile;
    const page = await storage.range({ from: state.reached, to, limit: PAGE });
    if (!isWanted()) return;
    const last = page.at(-1);
    const end = page.length < PAGE || last === undefined ? to : placeAfter(last[0]);
    for (const [place, record] of page) {
      if (meanwhile.has(nameOf(place))) continue;
      const cell = decode([place, record]);
      if (cell !== undefined) add(place, cell);
    }
    // What came after the page's end is met by the next one.
    for (const [name, cell] of meanwhile) {
      const place = Buffer.from(name, "latin1");
      if (Buffer.compare(place, end) < 0 && cell !== emptyCell) add(place, cell);
    }
    state.meanwhile = undefined;
    state.reached = end;
  }
}
