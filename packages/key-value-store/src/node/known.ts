/** What several owners say of the same cells, taken together. */
import { dropKnown, emptyCell, join, joinVectors, type Cell, type Vector } from "../cell.ts";

/** Cells as one replica has them, in the order asked, with what it knew before it read them. */
export interface Known {
  readonly cells: readonly Cell[];
  readonly knowledge: Vector;
}

export interface Survey extends Known {
  /** The highest dots that it was ever told of the partition, by anybody. */
  readonly told: Vector;
}

/**
 * The join of what several owners said. What one of them knows to be gone is gone,
 * also when its tombstone is; and the outcome's clock says so to those repaired.
 */
export function joinKnown(answers: readonly { cell: Cell; knowledge: Vector }[]): Cell {
  const [only] = answers;
  if (answers.length === 1 && only !== undefined) return only.cell;
  return answers
    .map(({ cell }) =>
      answers.reduce((left, other) => dropKnown(left, other.cell, other.knowledge), cell),
    )
    .reduce(join, emptyCell);
}

/** The cell at a place of the list, as all of them together have it. */
export function joinAt(answers: readonly Known[], at: number): Cell {
  return joinKnown(
    answers.map(({ cells, knowledge }) => ({ cell: cells[at] ?? emptyCell, knowledge })),
  );
}

/** All that any of them knows. */
export function jointKnowledge(answers: readonly Known[]): Vector {
  return answers.reduce<Vector>(
    (vector, { knowledge }) => joinVectors(vector, knowledge),
    new Map(),
  );
}
