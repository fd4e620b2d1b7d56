/**
 * Sorted sets: each member a cell of its own with a score; of concurrent scores the
 * last one stays. Ranges read through the owners' index by score.
 */
import { emptyCell } from "../cell.ts";
import { elementOfPlace } from "../cell-key.ts";
import type { ScoreConditions, ScoredMember, SortedSets } from "../keyspace.ts";
import type { ElementChange } from "../node/edit.ts";
import { readScore } from "../payload.ts";
import { wasWritten, type Access, type Element, type Key } from "./access.ts";
import { addedIn, editElements, removeElements } from "./element-edits.ts";
import { countElements, scanElements } from "./elements.ts";
import { countSpan, readRange } from "./sorted-ranges.ts";

const type = "zset";

export function createSortedSets(access: Access): SortedSets {
  const { keyAt, elementAt } = access;
  const changeOf = (
    key: Key,
    { member, score }: ScoredMember,
    change: "set" | "increment",
    { when = "always", only }: ScoreConditions,
  ): ElementChange => ({
    place: elementAt(key, member),
    edit: { kind: "score", score, change, when, only: only ?? "any" },
  });
  return {
    async add(key, entries, conditions = {}) {
      const at = keyAt(key);
      const elements = entries.map((entry) => changeOf(at, entry, "set", conditions));
      const edits = await editElements(access, at, type, elements);
      const changed = edits.flatMap(({ before, after }) =>
        before.filter((cell, place) => {
          const [was, is] = [readScore(cell), readScore(after[place] ?? emptyCell)];
          return place > 0 && was !== undefined && was !== is;
        }),
      );
      return { added: addedIn(edits), changed: changed.length };
    },
    async increment(key, entry, conditions = {}) {
      const at = keyAt(key);
      const element = changeOf(at, entry, "increment", conditions);
      const edited = await access.edit(at, { kind: "open", type }, [element]);
      return wasWritten(edited, 1) ? readScore(edited.after[1] ?? emptyCell) : undefined;
    },
    remove: (key, members) => removeElements(access, keyAt(key), type, members),
    async scores(key, members) {
      const at = keyAt(key);
      const places = members.map((member) => elementAt(at, member));
      return (await access.elements(at, type, places)).map(readScore);
    },
    size: (key) => countElements(access, keyAt(key), type),
    range: (key, range) => readRange(access, keyAt(key), range),
    count: (key, span) => countSpan(access, keyAt(key), span),
    scan: (key, cursor, options) =>
      scanElements(access, keyAt(key), { type, cursor, ...options }, memberOf),
  };
}

function memberOf({ place, cell }: Element): ScoredMember {
  return { member: elementOfPlace(place), score: readScore(cell) ?? 0 };
}
