/**
 * What a replica knows it has: per partition a vector that says "of these events I
 * hold everything that was not replaced since" (Gonçalves et al., DottedDB, 2017).
 *
 * Its own entry is the highest dot below which all are stored: a dot that is given
 * and still on its way to the disk holds it down. Others' entries are taken over
 * when a comparison with that other has ended; see `anti-entropy.ts`.
 */
import { hasCode } from "@tenfold/core";
import { joinVectors, type Vector } from "../cell.ts";
import type { HybridClock } from "../hybrid-clock.ts";
import { decodeKnowledge } from "../record.ts";

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
  /** Forgets all of a partition, whose dots are the returned actor's from here on. */
  readonly disown: (partition: number) => number;
  /** A new dot. Until `stored()`, the own entry stays below it. */
  readonly issue: (partition: number) => Issued;
}

/**
 * `changed` hears of every partition whose vector may be another one now.
 * `draw` gives this start's actors; `stamps` must be above all that they ever gave.
 * A partition that was given away n times has the n-th; so there are few.
 */
export function createKnowledge(
  draw: () => number,
  stamps: HybridClock,
  changed: (partition: number) => void = () => undefined,
): Knowledge {
  const actors = [draw()];
  const generations = new Map<number, number>();
  const actorOf = (partition: number): number => {
    const generation = generations.get(partition) ?? 0;
    while (actors.length <= generation) actors.push(draw());
    return actors[generation] ?? 0;
  };
  const learnt = new Map<number, Vector>();
  const own = new Map<number, { pending: Set<number>; last: number }>();
  const nothing: Vector = new Map();
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
      return entry === 0 ? vector : joinVectors(vector, new Map([[actorOf(partition), entry]]));
    },
    learn(partition, vector) {
      learnt.set(partition, joinVectors(learnt.get(partition) ?? nothing, vector));
      changed(partition);
    },
    actorOf,
    disown(partition) {
      learnt.delete(partition);
      own.delete(partition);
      generations.set(partition, (generations.get(partition) ?? 0) + 1);
      changed(partition);
      return actorOf(partition);
    },
    issue(partition) {
      const counter = stamps.tick();
      const issued = own.get(partition) ?? { pending: new Set(), last: 0 };
      own.set(partition, issued);
      issued.last = counter;
      issued.pending.add(counter);
      changed(partition);
      return {
        actor: actorOf(partition),
        counter,
        stored: () => {
          issued.pending.delete(counter);
          changed(partition);
        },
      };
    },
  };
}

/** The storage key of what is known of a partition. */
export function knowledgeKey(partition: number): Uint8Array {
  return Buffer.of(0x6b, partition >>> 8, partition & 0xff);
}

/** What a record says, or nothing for one that is damaged. */
export function readKnowledge(record: Uint8Array | undefined): Vector | undefined {
  try {
    return record === undefined ? undefined : decodeKnowledge(record);
  } catch (error) {
    if (hasCode(error, "record_corrupt")) return undefined;
    throw error;
  }
}
