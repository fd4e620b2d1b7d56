/**
 * What a replica knows it has: per partition a vector that says "of these events I
 * hold everything that was not replaced since" (Gonçalves et al., DottedDB, 2017).
 *
 * Its own entry is the highest dot below which all are stored: a dot that is given
 * and still on its way to the disk holds it down. Others' entries are taken over
 * when a comparison with that other has ended; see `anti-entropy.ts`.
 */
import { joinVectors, type Vector } from "../cell.ts";
import type { HybridClock } from "../hybrid-clock.ts";
import { encodeEntry, encodeKnowledge } from "../record.ts";
import { knowledgeKey, ownKey } from "./knowledge-records.ts";
import type { Change } from "./ports.ts";

export interface Issued {
  readonly actor: number;
  readonly counter: number;
  /** The version is on the disk. */
  readonly stored: () => void;
}

export interface Knowledge {
  readonly of: (partition: number) => Vector;
  readonly learn: (partition: number, vector: Vector) => void;
  /** Whose dots a partition's are. */
  readonly actorOf: (partition: number) => number;
  /**
   * Forgets all of a partition, whose dots are another actor's from here on. What it
   * returns must be written: at the latest with the next change of the partition.
   */
  readonly forget: (partition: number) => readonly Change[];
  /** A new dot. Until `stored()`, the own entry stays below it. */
  readonly issue: (partition: number) => Issued;
  /** What a batch must hold beside the dots that were given for it; see `knowledge-records.ts`. */
  readonly changes: (partition: number) => readonly Change[];
}

interface Own {
  /** Given, and on their way to the disk. */
  readonly pending: Set<number>;
  last: number;
  /** The last that a batch spoke of; 0 before the first. */
  recorded: number;
}

const nothing: Vector = new Map();
const none: readonly Change[] = [];

/**
 * `changed` hears of every partition whose vector may be another one now.
 * `draw` gives this start's actors; `stamps` must be above all that they ever gave.
 * A partition that was forgotten n times has the n-th; so there are few.
 */
export function createKnowledge(
  draw: () => number,
  stamps: HybridClock,
  changed: (partition: number) => void = () => undefined,
): Knowledge {
  const actors = [draw()];
  const generations = new Map<number, number>();
  const generationOf = (partition: number): number => generations.get(partition) ?? 0;
  const actorOf = (partition: number): number => {
    const generation = generationOf(partition);
    while (actors.length <= generation) actors.push(draw());
    return actors[generation] ?? 0;
  };
  const learnt = new Map<number, Vector>();
  const own = new Map<number, Own>();
  /** What was last said of a partition, and of what it was made: it is asked for with every read. */
  const said = new Map<number, { learnt: Vector; entry: number; vector: Vector }>();
  const ownEntry = (partition: number): number => {
    const issued = own.get(partition);
    if (issued === undefined) return 0;
    // Stamps rise, so the first that is pending is the lowest.
    const [lowest] = issued.pending;
    return lowest === undefined ? issued.last : lowest - 1;
  };
  return {
    of(partition) {
      const vector = learnt.get(partition) ?? nothing;
      const entry = ownEntry(partition);
      if (entry === 0) return vector;
      const last = said.get(partition);
      if (last?.learnt === vector && last.entry === entry) return last.vector;
      const joint = joinVectors(vector, new Map([[actorOf(partition), entry]]));
      said.set(partition, { learnt: vector, entry, vector: joint });
      return joint;
    },
    learn(partition, vector) {
      learnt.set(partition, joinVectors(learnt.get(partition) ?? nothing, vector));
      changed(partition);
    },
    actorOf,
    forget(partition) {
      learnt.delete(partition);
      own.delete(partition);
      said.delete(partition);
      generations.set(partition, generationOf(partition) + 1);
      changed(partition);
      return [
        { key: knowledgeKey(partition), value: undefined },
        { key: ownKey(partition), value: undefined },
      ];
    },
    issue(partition) {
      const counter = stamps.tick();
      const issued = own.get(partition) ?? { pending: new Set(), last: 0, recorded: 0 };
      own.set(partition, issued);
      issued.last = counter;
      issued.pending.add(counter);
      return {
        actor: actorOf(partition),
        counter,
        stored: () => {
          issued.pending.delete(counter);
          changed(partition);
        },
      };
    },
    changes(partition) {
      const issued = own.get(partition);
      if (issued === undefined || issued.last === issued.recorded) return none;
      const isFirst = issued.recorded === 0;
      issued.recorded = issued.last;
      const value = encodeEntry(actorOf(partition), issued.last);
      const record = { key: ownKey(partition), value };
      const before = learnt.get(partition);
      if (!isFirst || before === undefined) return [record];
      // The record may have been an earlier actor's, of which 'k' has to speak from here on.
      return [record, { key: knowledgeKey(partition), value: encodeKnowledge(before) }];
    },
  };
}
