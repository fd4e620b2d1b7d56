/**
 * Reading: any series over any range from a bounded number of cells. Totals
 * come from the coarsest cells that fit; a series by hour or day reads its own
 * cells beside them, in the same statement, so that the two agree.
 */
import type { Sql } from "@tenfold/sql";
import type { Static } from "typebox";
import type { ClickQuery, ClickSeries } from "../contract.ts";
import { linkErrors } from "../errors.ts";
import {
  addEncoded,
  addToTally,
  dimensions,
  largestFirst,
  type Count,
  type Dimension,
  type Tally,
} from "./cell.ts";
import {
  bucketOf,
  coverRange,
  dayOfHour,
  firstDayOf,
  firstHourOf,
  hourMs,
  levels,
  periodName,
  type Level,
  type Piece,
} from "./periods.ts";
import { Sketch } from "./sketch.ts";
import { readClosed } from "./store.ts";

export interface ClickTotals extends Count {
  total: number;
}

/** The name under which a tally shows what it has no room for. */
export const otherKey = "(other)";
export const bucketsMax = 5_000;

const timeLevels = { hour: levels.hour, day: levels.day, month: levels.month } as const;

interface Range {
  fromHour: number;
  toHour: number;
}

interface SeriesRow extends Count {
  purpose: number;
  level: Level;
  start: number;
  visitors: number;
  sketch: Buffer | null;
  tally: string | null;
}

/** Different visitors per day, summed over days: hours of an open day are united first. */
class VisitorDays {
  #sealed = 0;
  #open: Map<number, Sketch> | undefined;

  add({ level, start, visitors, sketch }: SeriesRow): void {
    if (sketch === null) {
      this.#sealed += visitors;
      return;
    }
    const day = dayOfHour(firstHourOf(level, start));
    const open = (this.#open ??= new Map());
    const known = open.get(day);
    if (known === undefined) open.set(day, Sketch.fromBytes(sketch));
    else known.merge(Sketch.fromBytes(sketch));
  }

  count(): number {
    let sum = this.#sealed;
    for (const sketch of this.#open?.values() ?? []) sum += sketch.count();
    return sum;
  }
}

class Sum {
  human = 0;
  bot = 0;
  readonly #visitors = new VisitorDays();

  add(row: SeriesRow): void {
    this.human += row.human;
    this.bot += row.bot;
    this.#visitors.add(row);
  }

  shown(): { total: number; human: number; bot: number; unique: number } {
    const { human, bot } = this;
    return { total: human + bot, human, bot, unique: this.#visitors.count() };
  }
}

function hourOf(text: string, round: (hour: number) => number, name: string): number {
  const ms = Date.parse(text);
  if (Number.isNaN(ms)) {
    throw linkErrors.range_invalid({
      detail: `"${name}" is not a time.`,
      fields: [{ field: `/${name}`, detail: "Write it as 2026-06-01T00:00:00Z." }],
    });
  }
  return round(ms / hourMs);
}

/** The range asked for in whole hours, widened to whole days where hours are no longer kept. */
function rangeOf(query: Static<typeof ClickQuery>, nowMs: number, oldestHour: number): Range {
  const asked = {
    toHour:
      query.to === undefined ? Math.floor(nowMs / hourMs) + 1 : hourOf(query.to, Math.ceil, "to"),
    fromHour: 0,
  };
  asked.fromHour =
    query.from === undefined ? asked.toHour - 30 * 24 : hourOf(query.from, Math.floor, "from");
  if (asked.fromHour >= asked.toHour) {
    throw linkErrors.range_invalid({ detail: "The range is empty: `from` must be before `to`." });
  }
  const { fromHour, toHour } = asked;
  const days = {
    fromHour: fromHour < oldestHour ? Math.floor(fromHour / 24) * 24 : fromHour,
    toHour: toHour < oldestHour ? Math.ceil(toHour / 24) * 24 : toHour,
  };
  if (query.by === "hour" && fromHour < oldestHour) {
    throw linkErrors.range_invalid({
      detail: `Single hours are kept since ${periodName(levels.hour, oldestHour)}.`,
      hint: "Ask by day or month.",
    });
  }
  return days;
}

function checkBuckets(level: Level, { fromHour, toHour }: Range): void {
  const count = bucketOf(level, toHour - 1) - bucketOf(level, fromHour) + 1;
  if (count <= bucketsMax) return;
  throw linkErrors.range_invalid({
    detail: `The range holds ${count} steps; at most ${bucketsMax} are answered.`,
    hint: "Ask for a shorter range, or by day or month.",
  });
}

const itemsPurpose = 1;

async function readRows(
  sql: Sql,
  linkId: string,
  pieces: readonly (Piece & { purpose: number })[],
  dimension: Dimension | undefined,
): Promise<SeriesRow[]> {
  const { rows } = await sql.query<SeriesRow>(
    `SELECT wanted.purpose, cell.level, cell.start, cell.human::float8 AS human,
       cell.bot::float8 AS bot, cell.visitors::float8 AS visitors, cell.sketch,
       ${dimension === undefined ? "NULL" : `cell.${dimension}`} AS tally
     FROM unnest($2::smallint[], $3::smallint[], $4::integer[], $5::integer[])
       AS wanted (purpose, level, first, past)
     CROSS JOIN LATERAL (
       SELECT * FROM url_shortener.click_cells AS found
       WHERE found.link_id = $1 AND found.level = wanted.level
         AND found.start >= wanted.first AND found.start < wanted.past
       OFFSET 0 -- keeps the planner from reading the whole table when it knows little about it
     ) AS cell`,
    [
      linkId,
      pieces.map(({ purpose }) => purpose),
      pieces.map(({ level }) => level),
      pieces.map(({ start }) => start),
      pieces.map(({ end }) => end),
    ],
    { name: `clicks-series-${dimension ?? "time"}` },
  );
  return rows;
}

/** Every bucket of the range, oldest first, empty ones too. */
function timeItems(level: Level, range: Range, rows: readonly SeriesRow[]): ClickSeries["items"] {
  const sums = new Map<number, Sum>();
  const last = bucketOf(level, range.toHour - 1);
  for (let bucket = bucketOf(level, range.fromHour); bucket <= last; bucket += 1) {
    sums.set(bucket, new Sum());
  }
  for (const row of rows) sums.get(bucketOf(level, firstHourOf(row.level, row.start)))?.add(row);
  return [...sums].map(([bucket, sum]) => ({ key: periodName(level, bucket), ...sum.shown() }));
}

/** Keys by size; what the tallies do not account for is `(other)`. */
function tallyItems(rows: readonly SeriesRow[], limit: number): ClickSeries["items"] {
  const tally: Tally = new Map();
  const rest: Count = { human: 0, bot: 0 };
  for (const row of rows) {
    rest.human += row.human;
    rest.bot += row.bot;
    addEncoded(tally, row.tally ?? "[]");
  }
  for (const { human, bot } of tally.values()) {
    rest.human -= human;
    rest.bot -= bot;
  }
  if (rest.human + rest.bot > 0) addToTally(tally, otherKey, rest.human, rest.bot);
  return largestFirst(tally)
    .slice(0, limit)
    .map(([key, { human, bot }]) => ({ key, total: human + bot, human, bot }));
}

export interface SeriesDeps {
  sql: Sql;
  nowMs: number;
  /** Hours before this one are no longer kept, only their days. */
  oldestHour: number;
}

/** The series a query asks for. Throws `range_invalid`. */
export async function readSeries(
  { sql, nowMs, oldestHour }: SeriesDeps,
  linkId: string,
  query: Static<typeof ClickQuery>,
): Promise<ClickSeries> {
  const by = query.by ?? "day";
  const range = rangeOf(query, nowMs, oldestHour);
  const dimension = dimensions.find((name) => name === by);
  const level = by === "hour" || by === "day" || by === "month" ? timeLevels[by] : levels.month;
  checkBuckets(level, range);

  const closed = await readClosed(sql);
  const apart = level !== levels.month;
  const pieces = coverRange(range, levels.month, closed).map((piece) => ({ ...piece, purpose: 0 }));
  if (apart) {
    const own = coverRange(range, level, closed);
    pieces.push(...own.map((piece) => ({ ...piece, purpose: itemsPurpose })));
  }
  const rows = await readRows(sql, linkId, pieces, dimension);
  const totals = new Sum();
  for (const row of rows) if (row.purpose !== itemsPurpose) totals.add(row);
  const itemRows = apart ? rows.filter(({ purpose }) => purpose === itemsPurpose) : rows;
  const items =
    dimension === undefined
      ? timeItems(level, range, itemRows)
      : tallyItems(itemRows, query.limit ?? 100);
  const timeOf = (hour: number): string => new Date(hour * hourMs).toISOString();
  return {
    by,
    from: timeOf(range.fromHour),
    to: timeOf(range.toHour),
    totals: totals.shown(),
    items,
  };
}

/** Clicks of each link since ever; every ID asked for is in the answer. */
export async function readTotals(
  sql: Sql,
  linkIds: readonly string[],
): Promise<ReadonlyMap<string, ClickTotals>> {
  const found = new Map(linkIds.map((id) => [id, { total: 0, human: 0, bot: 0 }]));
  if (linkIds.length === 0) return found;
  const { day, month } = await readClosed(sql);
  const { rows } = await sql.query<Count & { id: string }>(
    `SELECT link.id::text AS id, sum(cell.human)::float8 AS human, sum(cell.bot)::float8 AS bot
     FROM unnest($1::bigint[]) AS link (id)
     CROSS JOIN (VALUES (2::smallint, -1000000, $2::integer), (1::smallint, $3::integer, $4::integer),
       (0::smallint, $5::integer, 2147483647)) AS wanted (level, first, past)
     CROSS JOIN LATERAL (
       SELECT coalesce(sum(human), 0) AS human, coalesce(sum(bot), 0) AS bot
       FROM url_shortener.click_cells AS found
       WHERE found.link_id = link.id AND found.level = wanted.level
         AND found.start >= wanted.first AND found.start < wanted.past
     ) AS cell
     GROUP BY link.id`,
    [[...found.keys()], month, firstDayOf(month), day, day * 24],
    { name: "clicks-totals" },
  );
  for (const { id, human, bot } of rows) found.set(id, { total: human + bot, human, bot });
  return found;
}
