/** Which partitions are on the move, and how far each is. See `configuration.ts`. */

export type Phase =
  /** The new owners get every write and are being filled; the former ones count. */
  | "filling"
  /** The new owners count; the former ones still get every write. */
  | "leaving";

export interface Move {
  readonly phase: Phase;
  /** The version of the configuration in which this phase began. */
  readonly since: number;
}

/** By partition, only those that move. */
export type Moves = ReadonlyMap<number, Move>;

/** Neighbours in the same phase since the same version: `[first, count, phase, since]`. */
export type MoveRun = readonly [first: number, count: number, phase: Phase, since: number];

/** Partitions mostly change phase in their order, so runs are few. O(moves log moves). */
export function toRuns(moves: Moves): MoveRun[] {
  const runs: [number, number, Phase, number][] = [];
  for (const [partition, { phase, since }] of [...moves].sort(([one], [other]) => one - other)) {
    const last = runs.at(-1);
    const isNext =
      last !== undefined &&
      last[0] + last[1] === partition &&
      last[2] === phase &&
      last[3] === since;
    if (isNext) last[1] += 1;
    else runs.push([partition, 1, phase, since]);
  }
  return runs;
}

export function fromRuns(runs: readonly MoveRun[]): Moves {
  const moves = new Map<number, Move>();
  for (const [first, count, phase, since] of runs) {
    const move = { phase, since };
    for (let at = 0; at < count; at++) moves.set(first + at, move);
  }
  return moves;
}
