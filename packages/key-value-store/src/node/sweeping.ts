/**
 * Deletes elements below the floor of their head, some at a time. Nobody sees them,
 * so there is no hurry. One is only deleted when this replica's knowledge has all
 * of it: then it stays gone however late a copy comes, also without the floor.
 */
import { nameOf } from "../buffers.ts";
import { elementsRange, partitionOfCellKey, placeAfter } from "../cell-key.ts";
import { coversAll, emptyCell, type Cell, type Vector } from "../cell.ts";
import { floorOf } from "../head.ts";
import { encodeKnowledge } from "../record.ts";
import { isDead, type HeadWatch } from "./head-watch.ts";
import type { KeyedLock } from "./keyed-lock.ts";
import type { Knowledge } from "./knowledge.ts";
import { knowledgeKey } from "./knowledge-records.ts";
import { readPage } from "./page.ts";
import type { Change, Storage } from "./ports.ts";
import { indexChanges } from "./score-index.ts";

/** Elements looked at for one head in one round. */
const LOOKED_AT_MAX = 1_024;
const HEADS_MAX = 8;

export interface SweepingDeps {
  readonly storage: Storage;
  readonly lock: KeyedLock;
  readonly knowledge: Knowledge;
  readonly watch: HeadWatch;
  readonly load: (place: Uint8Array) => Promise<Cell>;
  readonly account: (place: Uint8Array, before: Cell, after: Cell) => void;
}

/** One bounded round. Resolves to how many elements were deleted. */
export function createSweeping(deps: SweepingDeps): () => Promise<number> {
  const { storage, watch, load, knowledge } = deps;
  const remove = createRemoval(deps);
  return async () => {
    let deleted = 0;
    for (const [name, sweep] of [...watch.sweeps].slice(0, HEADS_MAX)) {
      const floor = floorOf(await load(sweep.head));
      const range = elementsRange(sweep.head);
      const from = sweep.from ?? range.from;
      const page = await readPage(storage, load, { from, to: range.to, limit: LOOKED_AT_MAX });
      const dead = page.cells.filter(({ cell }) => floor !== undefined && isDead(cell, floor));
      const known = knowledge.of(partitionOfCellKey(sweep.head));
      const sure = dead.filter(({ cell }) => coversAll(known, cell.clock));
      if (floor !== undefined)
        deleted += await remove(
          sure.map(({ place }) => place),
          floor,
        );
      // Its floor may have grown meanwhile: then it was noted anew.
      if (watch.sweeps.get(name) !== sweep) continue;
      watch.sweeps.delete(name);
      const isLeft = sweep.isLeft || sure.length < dead.length;
      const last = page.cells.at(-1)?.place;
      const next = page.isWhole || last === undefined ? undefined : placeAfter(last);
      // To the end of the line: others have their turn, and what is left is tried once more.
      if (next !== undefined || isLeft) {
        watch.sweeps.set(name, { ...sweep, from: next, isLeft: next !== undefined && isLeft });
      }
    }
    return deleted;
  };
}

function createRemoval({
  storage,
  lock,
  load,
  account,
  knowledge,
}: SweepingDeps): (places: readonly Uint8Array[], floor: Vector) => Promise<number> {
  return async (places, floor) => {
    const [first] = places;
    if (first === undefined) return 0;
    const partition = partitionOfCellKey(first);
    return lock.runAll(places.map(nameOf), async () => {
      const known = knowledge.of(partition);
      // Without the knowledge on disk first, a crash would leave neither.
      const changes: Change[] = [{ key: knowledgeKey(partition), value: encodeKnowledge(known) }];
      const gone: { place: Uint8Array; cell: Cell }[] = [];
      for (const place of places) {
        const cell = await load(place);
        if (!isDead(cell, floor) || !coversAll(known, cell.clock)) continue;
        changes.push({ key: place, value: undefined }, ...indexChanges(place, cell, emptyCell));
        gone.push({ place, cell });
      }
      const written = storage.write(changes, { sync: false });
      for (const { place, cell } of gone) account(place, cell, emptyCell);
      await written;
      return gone.length;
    });
  };
}
