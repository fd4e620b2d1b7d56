/**
 * The days and months of a calendar in a time zone, with its changes of summer
 * time: a day has 23, 24 or 25 hours.
 */
import type { CalendarWindow } from "./policy.ts";

export interface TimeWindow {
  readonly startMs: number;
  readonly endMs: number;
}

const MINUTE_MS = 60_000;
/** Longer than any month. */
const SEARCH_MINUTES = 32 * 24 * 60;

/** The window that wall time `wallMs` falls into. Some 100 µs: keep it while it lasts. */
export function calendarWindowAt(policy: CalendarWindow, wallMs: number): TimeWindow {
  const periodOf = calendarPeriods(policy.calendar, policy.timeZone ?? "UTC");
  const minute = Math.floor(wallMs / MINUTE_MS);
  const period = periodOf(minute * MINUTE_MS);
  const firstMinute = (from: number, isThere: (period: number) => boolean): number => {
    let before = from;
    let after = from + SEARCH_MINUTES;
    while (after - before > 1) {
      const middle = Math.floor((before + after) / 2);
      if (isThere(periodOf(middle * MINUTE_MS))) after = middle;
      else before = middle;
    }
    return after * MINUTE_MS;
  };
  return {
    startMs: firstMinute(minute - SEARCH_MINUTES, (other) => other >= period),
    endMs: firstMinute(minute, (other) => other > period),
  };
}

/** Keeps the last window, for who asks in the order of time. */
export function createWindowCache(policy: CalendarWindow): (wallMs: number) => TimeWindow {
  let kept: TimeWindow = { startMs: 0, endMs: 0 };
  return (wallMs) => {
    if (wallMs < kept.startMs || wallMs >= kept.endMs) kept = calendarWindowAt(policy, wallMs);
    return kept;
  };
}

/** A number for each local day or month that grows by one from each to the next. */
function calendarPeriods(calendar: "day" | "month", timeZone: string): (ms: number) => number {
  const format = new Intl.DateTimeFormat("en-US", {
    timeZone,
    calendar: "gregory",
    year: "numeric",
    month: "numeric",
    day: "numeric",
  });
  return (ms) => {
    const parts = format.formatToParts(ms);
    const number = (type: string): number =>
      Number(parts.find((part) => part.type === type)?.value ?? Number.NaN);
    const month = number("month") - 1;
    if (calendar === "month") return number("year") * 12 + month;
    return Date.UTC(number("year"), month, number("day")) / 86_400_000;
  };
}
