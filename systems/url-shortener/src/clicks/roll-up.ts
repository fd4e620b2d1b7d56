/**
 * Hours become days, and days months, a while after they have ended:
 *
 *   closed_day            closing_day                    now
 *   ───────┴──── day D ────────┴──── open hours ──────────┤
 *
 * A roll-up goes through a period's links in steps of one transaction each.
 * A step computes the cells anew from the finer ones, so a step can be
 * repeated; readers see the period as open until all of it is done. Days lose
 * their visitors' hashes here and keep the number.
 */
import { setImmediate } from "node:timers/promises";
import type { AnyTransaction, Sql } from "@tenfold/sql";
import { Cell } from "./cell.ts";
import { firstDayOf, levels, monthOfDay, type Level } from "./periods.ts";
import {
  cellColumns,
  cellsPerSlice,
  lockState,
  putCells,
  saveState,
  type CellRow,
  type FoldState,
  type KeyedCell,
} from "./store.ts";

export type StepOutcome = "done" | "more" | "busy";

const linksPerStep = 50;

/** What a period is made of: cells of `level` with [start, end). */
interface Parts {
  level: Level;
  start: number;
  end: number;
}

function partsOf(level: Level, period: number): Parts {
  return level === levels.day
    ? { level: levels.hour, start: period * 24, end: (period + 1) * 24 }
    : { level: levels.day, start: firstDayOf(period), end: firstDayOf(period + 1) };
}

async function firstStart(
  sql: Sql,
  transaction: AnyTransaction,
  { level, start, end }: Parts,
): Promise<number | undefined> {
  const { rows } = await sql.queryIn<{ start: number }>(
    transaction,
    `SELECT start FROM url_shortener.click_cells
     WHERE level = $1 AND start >= $2 AND start < $3 ORDER BY level, start LIMIT 1`,
    [level, start, end],
  );
  return rows[0]?.start;
}

/** Chooses the next period to close, skipping those without clicks. */
async function begin(
  sql: Sql,
  transaction: AnyTransaction,
  state: FoldState,
  dueDay: number,
): Promise<FoldState | undefined> {
  const { day, month } = state.closed;
  if (day < dueDay) {
    const parts = { level: levels.hour, start: day * 24, end: dueDay * 24 };
    const hour = await firstStart(sql, transaction, parts);
    const next = hour === undefined ? dueDay : Math.floor(hour / 24);
    const closing = { day: hour === undefined ? next : next + 1, month };
    return { closed: { day: next, month }, closing, closingLink: "0" };
  }
  const dueMonth = monthOfDay(day);
  if (month < dueMonth) {
    const parts = { level: levels.day, start: firstDayOf(month), end: firstDayOf(dueMonth) };
    const firstDay = await firstStart(sql, transaction, parts);
    const next = firstDay === undefined ? dueMonth : monthOfDay(firstDay);
    const closing = { day, month: firstDay === undefined ? next : next + 1 };
    return { closed: { day, month: next }, closing, closingLink: "0" };
  }
  return undefined;
}

async function readParts(
  sql: Sql,
  transaction: AnyTransaction,
  parts: Parts,
  afterLink: string,
): Promise<CellRow[]> {
  const { rows } = await sql.queryIn<CellRow>(
    transaction,
    `WITH due AS (
       SELECT DISTINCT link_id
       FROM generate_series($2::integer, $3::integer - 1) AS period (start)
       CROSS JOIN LATERAL (
         SELECT link_id FROM url_shortener.click_cells
         WHERE level = $1 AND start = period.start AND link_id > $4
         ORDER BY link_id LIMIT $5
       ) AS found
       ORDER BY link_id LIMIT $5
     )
     SELECT ${cellColumns} FROM due JOIN url_shortener.click_cells AS cell USING (link_id)
     WHERE cell.level = $1 AND cell.start >= $2 AND cell.start < $3
     ORDER BY cell.link_id`,
    [parts.level, parts.start, parts.end, afterLink, linksPerStep],
  );
  return rows;
}

/** Adds up each link's parts into one cell of the period. */
async function rollUpLinks(
  sql: Sql,
  transaction: AnyTransaction,
  period: { level: Level; start: number },
  afterLink: string,
): Promise<string | undefined> {
  const parts = partsOf(period.level, period.start);
  const rows = await readParts(sql, transaction, parts, afterLink);
  const sums = new Map<string, KeyedCell>();
  for (const [index, row] of rows.entries()) {
    if (index % cellsPerSlice === 0) await setImmediate();
    const sum = sums.get(row.linkId) ?? { ...period, linkId: row.linkId, cell: new Cell() };
    sum.cell.merge(Cell.decode(row));
    sums.set(row.linkId, sum);
  }
  const cells = [...sums.values()];
  if (cells.length === 0) return undefined;
  for (const { cell } of cells) cell.seal();
  await putCells(sql, transaction, cells);
  if (parts.level === levels.hour) {
    await sql.queryIn(
      transaction,
      `UPDATE url_shortener.click_cells SET sketch = NULL
       WHERE link_id = ANY ($1::bigint[]) AND level = $2 AND start >= $3 AND start < $4
         AND sketch IS NOT NULL`,
      [[...sums.keys()], parts.level, parts.start, parts.end],
    );
  }
  return sums.size < linksPerStep ? undefined : cells.at(-1)?.linkId;
}

/** One step towards having every day before `dueDay`, and each month they complete, closed. */
export async function rollUpStep(sql: Sql, dueDay: number): Promise<StepOutcome> {
  return await sql
    .tables("url-shortener")
    .transaction()
    .execute(async (transaction) => {
      const state = await lockState(sql, transaction, { wait: false });
      if (state === undefined) return "busy";
      const { closed, closing } = state;
      const level =
        closing.day > closed.day
          ? levels.day
          : closing.month > closed.month
            ? levels.month
            : undefined;
      if (level === undefined) {
        const begun = await begin(sql, transaction, state, dueDay);
        if (begun === undefined) return "done";
        await saveState(sql, transaction, begun);
        return "more";
      }
      const start = level === levels.day ? closed.day : closed.month;
      const last = await rollUpLinks(sql, transaction, { level, start }, state.closingLink);
      await saveState(
        sql,
        transaction,
        last === undefined
          ? { closed: closing, closing, closingLink: "0" }
          : { closed, closing, closingLink: last },
      );
      return "more";
    });
}
