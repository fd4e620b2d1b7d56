/** SQL of cells: read them by key, write them, read and advance what is closed. */
import { setImmediate } from "node:timers/promises";
import type { AnyTransaction, Sql } from "@tenfold/sql";
import { Cell, type EncodedCell } from "./cell.ts";
import { levels, type Closed, type Level } from "./periods.ts";

export interface CellKey {
  linkId: string;
  level: Level;
  start: number;
}

export interface KeyedCell extends CellKey {
  cell: Cell;
}

/** Cells decoded or encoded before others may run: 5 ms when they are full. */
export const cellsPerSlice = 20;

/** Keys kept per tally; what is beyond shows as `(other)`. */
export const keysMaxOf: Readonly<Record<Level, number>> = Object.freeze({
  [levels.hour]: 100,
  [levels.day]: 250,
  [levels.month]: 500,
});

export interface FoldState {
  closed: Closed;
  /** Where a roll-up is heading, equal to `closed` when none is under way. */
  closing: Closed;
  /** Links up to this one are done. */
  closingLink: string;
}

interface StateRow {
  closed_day: number;
  closed_month: number;
  closing_day: number;
  closing_month: number;
  closing_link: string;
}

/** The folder's lock: who holds this row, and no one else, writes cells. Undefined when it is taken. */
export async function lockState(
  sql: Sql,
  transaction: AnyTransaction,
  options: { wait: boolean },
): Promise<FoldState | undefined> {
  const { rows } = await sql.queryIn<StateRow>(
    transaction,
    `SELECT closed_day, closed_month, closing_day, closing_month, closing_link::text
     FROM url_shortener.click_state FOR UPDATE ${options.wait ? "" : "SKIP LOCKED"}`,
  );
  const row = rows[0];
  return (
    row && {
      closed: { day: row.closed_day, month: row.closed_month },
      closing: { day: row.closing_day, month: row.closing_month },
      closingLink: row.closing_link,
    }
  );
}

/** Writes the state; needs its lock. */
export async function saveState(
  sql: Sql,
  transaction: AnyTransaction,
  { closed, closing, closingLink }: FoldState,
): Promise<void> {
  await sql.queryIn(
    transaction,
    `UPDATE url_shortener.click_state SET closed_day = $1, closed_month = $2,
       closing_day = $3, closing_month = $4, closing_link = $5`,
    [closed.day, closed.month, closing.day, closing.month, closingLink],
  );
}

/** Which days and months are rolled up. */
export async function readClosed(sql: Sql): Promise<Closed> {
  const { rows } = await sql.query<Closed>(
    "SELECT closed_day AS day, closed_month AS month FROM url_shortener.click_state",
    [],
    { name: "clicks-closed" },
  );
  return rows[0] ?? { day: 0, month: 0 };
}

/** A row's columns with numbers as numbers: counts stay far below 2^53. */
export const cellColumns = `cell.link_id::text AS "linkId", cell.level, cell.start,
  cell.human::float8 AS human, cell.bot::float8 AS bot, cell.visitors::float8 AS visitors,
  cell.country, cell.referrer, cell.device, cell.browser, cell.sketch`;

export type CellRow = CellKey & EncodedCell;

const readByKey = `
  SELECT ${cellColumns}
  FROM unnest($1::bigint[], $2::smallint[], $3::integer[]) AS wanted (link_id, level, start)
  CROSS JOIN LATERAL (
    SELECT * FROM url_shortener.click_cells AS found
    WHERE found.link_id = wanted.link_id AND found.level = wanted.level
      AND found.start = wanted.start
    LIMIT 1 -- one look-up per key, whatever the planner knows
  ) AS cell`;

const write = `
  INSERT INTO url_shortener.click_cells AS cell
    (link_id, level, start, human, bot, visitors, country, referrer, device, browser, sketch)
  SELECT * FROM unnest($1::bigint[], $2::smallint[], $3::integer[], $4::bigint[], $5::bigint[],
    $6::bigint[], $7::text[], $8::text[], $9::text[], $10::text[], $11::bytea[])
  ON CONFLICT (link_id, level, start) DO UPDATE SET
    human = excluded.human, bot = excluded.bot, visitors = excluded.visitors,
    country = excluded.country, referrer = excluded.referrer, device = excluded.device,
    browser = excluded.browser, sketch = excluded.sketch`;

/** Writes cells as they are, over what was there. Needs the state's lock. */
export async function putCells(
  sql: Sql,
  transaction: AnyTransaction,
  cells: readonly KeyedCell[],
): Promise<void> {
  const rows: CellRow[] = [];
  for (const { linkId, level, start, cell } of cells) {
    rows.push({ linkId, level, start, ...cell.encode(keysMaxOf[level]) });
    if (rows.length % cellsPerSlice === 0) await setImmediate();
  }
  await sql.queryIn(transaction, write, [
    rows.map((row) => row.linkId),
    rows.map((row) => row.level),
    rows.map((row) => row.start),
    rows.map((row) => row.human),
    rows.map((row) => row.bot),
    rows.map((row) => row.visitors),
    rows.map((row) => row.country),
    rows.map((row) => row.referrer),
    rows.map((row) => row.device),
    rows.map((row) => row.browser),
    rows.map((row) => row.sketch),
  ]);
}

/** Adds cells to what is there; keys must differ. Needs the state's lock. */
export async function addCells(
  sql: Sql,
  transaction: AnyTransaction,
  cells: readonly KeyedCell[],
  isOpen: (key: CellKey) => boolean,
): Promise<void> {
  const name = ({ linkId, level, start }: CellKey): string => `${linkId}/${level}/${start}`;
  const { rows } = await sql.queryIn<CellRow>(transaction, readByKey, [
    cells.map((cell) => cell.linkId),
    cells.map((cell) => cell.level),
    cells.map((cell) => cell.start),
  ]);
  const present = new Map(rows.map((row) => [name(row), row]));
  const merged: KeyedCell[] = [];
  for (const added of cells) {
    const row = present.get(name(added));
    const cell = row === undefined ? added.cell : Cell.decode(row);
    if (row !== undefined) cell.merge(added.cell);
    if (!isOpen(added)) cell.seal();
    merged.push({ ...added, cell });
    if (merged.length % cellsPerSlice === 0) await setImmediate();
  }
  await putCells(sql, transaction, merged);
}
