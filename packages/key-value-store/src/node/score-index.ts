/**
 * A sorted set's index, by score and then by the member's bytes. It is the
 * replica's own, follows from the element's cell, and is written with it in one
 * batch, so it cannot disagree with the cell beside it.
 *
 * Every score that a cell holds is an entry, not only the one it reads as: joined
 * with another replica's cell, any of them may turn out to be the latest. So an
 * entry is a hint, and the joined cell decides.
 */
import { elementOfPlace, headPlace, scorePlace } from "../cell-key.ts";
import type { Cell } from "../cell.ts";
import type { Change } from "./ports.ts";

const none: readonly Change[] = [];

/** What the index needs when an element's cell changes. */
export function indexChanges(place: Uint8Array, before: Cell, after: Cell): readonly Change[] {
  const old = scoresOf(before);
  const next = scoresOf(after);
  if (old === undefined && next === undefined) return none;
  const head = headPlace(place);
  const member = elementOfPlace(place);
  const changes: Change[] = [];
  for (const score of old ?? []) {
    if (next?.includes(score) !== true) {
      changes.push({ key: scorePlace(head, score, member), value: undefined });
    }
  }
  for (const score of next ?? []) {
    if (old?.includes(score) !== true) {
      changes.push({ key: scorePlace(head, score, member), value: new Uint8Array() });
    }
  }
  return changes;
}

function scoresOf({ versions }: Cell): number[] | undefined {
  let scores: number[] | undefined;
  for (const { payload } of versions) {
    if (payload.kind === "score") (scores ??= []).push(payload.score);
  }
  return scores;
}
