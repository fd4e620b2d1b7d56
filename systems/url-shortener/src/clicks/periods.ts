/**
 * Hours, days and months of UTC as plain numbers, and how to cover a range
 * with as few of them as possible:
 *
 *   from                                                            to
 *    ├─hours─┼──days──┼───────────months───────────┼──days──┼─hours─┤
 *
 * Whatever the range, at most 46 hours, 60 days and one row per month are read.
 * A day is whole once it is *closed*, rolled up from its hours; so is a month.
 */

export const hourMs = 3_600_000;

/** How long a period a row covers; the numbers are what the table holds. */
export const levels = Object.freeze({ hour: 0, day: 1, month: 2 });
export type Level = (typeof levels)[keyof typeof levels];

/** Half open: `start` ≤ period < `end`, counted in the level's unit since 1970. */
export interface Piece {
  level: Level;
  start: number;
  end: number;
}

/** Days before `day` and months before `month` are rolled up. */
export interface Closed {
  day: number;
  month: number;
}

/** The month a day lies in, counted from January 1970. */
export function monthOfDay(day: number): number {
  const date = new Date(day * 24 * hourMs);
  return (date.getUTCFullYear() - 1970) * 12 + date.getUTCMonth();
}

/** A month's first day. */
export function firstDayOf(month: number): number {
  return Date.UTC(1970, month, 1) / (24 * hourMs);
}

/** The day an hour lies in. */
export function dayOfHour(hour: number): number {
  return Math.floor(hour / 24);
}

/** Every whole or cut day or month of [fromHour, toHour), as the hour it starts at, never before `fromHour`. */
export function bucketOf(level: Level, hour: number): number {
  if (level === levels.hour) return hour;
  return level === levels.day ? dayOfHour(hour) : monthOfDay(dayOfHour(hour));
}

/** The hour at which a period starts. */
export function firstHourOf(level: Level, period: number): number {
  if (level === levels.hour) return period;
  return (level === levels.day ? period : firstDayOf(period)) * 24;
}

/** `2026-06-01T13:00:00Z`, `2026-06-01` or `2026-06`. */
export function periodName(level: Level, period: number): string {
  const text = new Date(firstHourOf(level, period) * hourMs).toISOString();
  if (level === levels.hour) return `${text.slice(0, -5)}Z`;
  return text.slice(0, level === levels.day ? -14 : -17);
}

function ceilTo(level: Level, hour: number): number {
  const period = bucketOf(level, hour);
  return firstHourOf(level, period) === hour ? period : period + 1;
}

/**
 * The rows that together hold [fromHour, toHour), in order, none coarser than
 * `coarsest` and none that is not closed yet.
 */
export function coverRange(
  range: { fromHour: number; toHour: number },
  coarsest: Level,
  closed: Closed,
): Piece[] {
  const { fromHour, toHour } = range;
  if (fromHour >= toHour) return [];
  if (coarsest === levels.hour) return [{ level: levels.hour, start: fromHour, end: toHour }];
  const finer = coarsest === levels.month ? levels.day : levels.hour;
  const start = ceilTo(coarsest, fromHour);
  const limit = coarsest === levels.month ? closed.month : closed.day;
  const end = Math.min(bucketOf(coarsest, toHour), limit);
  if (start >= end) return coverRange(range, finer, closed);
  return [
    ...coverRange({ fromHour, toHour: firstHourOf(coarsest, start) }, finer, closed),
    { level: coarsest, start, end },
    ...coverRange({ fromHour: firstHourOf(coarsest, end), toHour }, finer, closed),
  ];
}
