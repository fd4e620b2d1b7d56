/**
 * From the log into cells. One process at a time folds, whoever gets the
 * state's row lock; a round takes some batches, adds them up by link and
 * hour, and writes the sums, all in one transaction. Killed half way, nothing
 * has happened and the batches are still there.
 *
 * A late click, of an hour whose day is closed, is added to the day's cell
 * too, and to the month's; everything else reaches those by roll-up.
 */
import { setImmediate } from "node:timers/promises";
import type { AnyTransaction, Sql } from "@tenfold/sql";
import { readBatch } from "./batch.ts";
import { Cell } from "./cell.ts";
import { dayOfHour, levels, monthOfDay, type Closed, type Level } from "./periods.ts";
import { addCells, lockState, type CellKey, type KeyedCell } from "./store.ts";

/** `more`: there may be further batches; `busy`: another process folds. */
export type FoldOutcome = "done" | "more" | "busy";

/** Many, so that clicks on one link meet before they are written. */
const batchesPerRound = 160;
/** Few, so that no statement keeps the database's processor from others for long. */
const cellsPerStatement = 50;
const linksPerLook = 500;

const claim = `
  DELETE FROM url_shortener.click_batches AS batch
  USING (
    SELECT shard, id FROM url_shortener.click_batches
    WHERE shard >= $1 ORDER BY shard, id LIMIT $2
  ) AS due
  WHERE batch.shard = due.shard AND batch.id = due.id
  RETURNING batch.shard, batch.payload`;

/** Takes batches from `shard` on, then from the first; `next` is where to go on. */
async function claimBatches(
  sql: Sql,
  transaction: AnyTransaction,
  shard: number,
): Promise<{ payloads: string[]; next: number | undefined }> {
  const payloads: string[] = [];
  for (const from of shard === 0 ? [0] : [shard, 0]) {
    const room = batchesPerRound - payloads.length;
    const { rows } = await sql.queryIn<{ shard: number; payload: string }>(transaction, claim, [
      from,
      room,
    ]);
    for (const { payload } of rows) payloads.push(payload);
    if (rows.length >= room) return { payloads, next: Math.max(...rows.map((row) => row.shard)) };
  }
  return { payloads, next: undefined };
}

class Sums {
  readonly #cells = new Map<Level, Map<number, Map<string, Cell>>>();

  /** Keeps `cell` itself when it is the first of its key: give a cell to one key only, or a copy. */
  add(key: CellKey, cell: Cell): void {
    let starts = this.#cells.get(key.level);
    if (starts === undefined) this.#cells.set(key.level, (starts = new Map()));
    let links = starts.get(key.start);
    if (links === undefined) starts.set(key.start, (links = new Map()));
    const sum = links.get(key.linkId);
    if (sum === undefined) links.set(key.linkId, cell);
    else sum.merge(cell);
  }

  *[Symbol.iterator](): Generator<KeyedCell> {
    for (const [level, starts] of this.#cells)
      for (const [start, links] of starts)
        for (const [linkId, cell] of links) yield { linkId, level, start, cell };
  }
}

function copyOf(cell: Cell): Cell {
  const copy = new Cell();
  copy.merge(cell);
  return copy;
}

async function addUp(payloads: readonly string[], closing: Closed): Promise<Sums> {
  const sums = new Sums();
  for (const payload of payloads) {
    for (const { linkId, hour, cell } of readBatch(payload)) {
      const day = dayOfHour(hour);
      const month = monthOfDay(day);
      if (day < closing.day) sums.add({ linkId, level: levels.day, start: day }, copyOf(cell));
      if (month < closing.month)
        sums.add({ linkId, level: levels.month, start: month }, copyOf(cell));
      sums.add({ linkId, level: levels.hour, start: hour }, cell);
    }
    await setImmediate();
  }
  return sums;
}

/** Of cells, those whose link is not forgotten. One marked from now on is purged after this round. */
async function withoutForgotten(
  sql: Sql,
  transaction: AnyTransaction,
  cells: readonly KeyedCell[],
): Promise<KeyedCell[]> {
  const kept: KeyedCell[] = [];
  for (let at = 0; at < cells.length; at += linksPerLook) {
    const some = cells.slice(at, at + linksPerLook);
    const { rows } = await sql.queryIn<{ id: string }>(
      transaction,
      "SELECT link_id::text AS id FROM url_shortener.click_forgotten WHERE link_id = ANY ($1::bigint[])",
      [[...new Set(some.map(({ linkId }) => linkId))]],
    );
    const forgotten = new Set(rows.map(({ id }) => id));
    kept.push(...some.filter(({ linkId }) => !forgotten.has(linkId)));
  }
  return kept;
}

export interface FoldOptions {
  /** Wait for another process's round, or answer `busy`. */
  wait: boolean;
  /** Called between statements, so that a long round leaves time for others. */
  rest?: () => Promise<void>;
}

/** One round, from `shard` on. `shard` of the answer is where to go on. */
export async function foldRound(
  sql: Sql,
  shard: number,
  options: FoldOptions,
): Promise<{ outcome: FoldOutcome; shard: number }> {
  return await sql
    .tables("url-shortener")
    .transaction()
    .execute(async (transaction) => {
      const state = await lockState(sql, transaction, options);
      if (state === undefined) return { outcome: "busy", shard };
      const { payloads, next } = await claimBatches(sql, transaction, shard);
      const sums = await addUp(payloads, state.closing);
      const cells = await withoutForgotten(sql, transaction, [...sums]);
      const isOpen = ({ level, start }: CellKey): boolean =>
        level === levels.hour && dayOfHour(start) >= state.closing.day;
      for (let at = 0; at < cells.length; at += cellsPerStatement) {
        const some = cells.slice(at, at + cellsPerStatement);
        await addCells(sql, transaction, some, isOpen);
        if (at + cellsPerStatement < cells.length) await options.rest?.();
      }
      return { outcome: next === undefined ? "done" : "more", shard: next ?? 0 };
    });
}
