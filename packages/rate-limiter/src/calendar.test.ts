import assert from "node:assert/strict";
import { test } from "node:test";
import { calendarWindowAt } from "./calendar.ts";
import type { CalendarWindow } from "./policy.ts";

const HOUR_MS = 3_600_000;

function bounds(calendar: "day" | "month", timeZone: string, instant: string): string[] {
  const policy: CalendarWindow = { algorithm: "calendar-window", limit: 1, calendar, timeZone };
  const { startMs, endMs } = calendarWindowAt(policy, Date.parse(instant));
  return [startMs, endMs].map((ms) => new Date(ms).toISOString().slice(0, 16));
}

test("days and months begin at midnight UTC", () => {
  assert.deepEqual(bounds("day", "UTC", "2026-03-01T00:00:00.000Z"), [
    "2026-03-01T00:00",
    "2026-03-02T00:00",
  ]);
  assert.deepEqual(bounds("day", "UTC", "2026-02-28T23:59:59.999Z"), [
    "2026-02-28T00:00",
    "2026-03-01T00:00",
  ]);
  assert.deepEqual(bounds("month", "UTC", "2028-02-29T12:00:00Z"), [
    "2028-02-01T00:00",
    "2028-03-01T00:00",
  ]);
  assert.deepEqual(bounds("month", "UTC", "2026-12-31T23:59:59Z"), [
    "2026-12-01T00:00",
    "2027-01-01T00:00",
  ]);
});

test("they begin at midnight of their zone, also at odd offsets", () => {
  assert.deepEqual(bounds("day", "Asia/Kathmandu", "2026-06-01T18:14:59Z"), [
    "2026-05-31T18:15",
    "2026-06-01T18:15",
  ]);
  assert.deepEqual(bounds("month", "Pacific/Auckland", "2026-06-15T00:00:00Z"), [
    "2026-05-31T12:00",
    "2026-06-30T12:00",
  ]);
});

test("the days on which summer time begins and ends have 23 and 25 hours", () => {
  for (const [instant, hours] of [
    ["2026-03-29T12:00:00Z", 23],
    ["2026-10-25T12:00:00Z", 25],
    ["2026-07-01T12:00:00Z", 24],
  ] as const) {
    const [start = "", end = ""] = bounds("day", "Europe/Berlin", instant);
    assert.equal((Date.parse(`${end}Z`) - Date.parse(`${start}Z`)) / HOUR_MS, hours);
  }
});

test("a day whose midnight does not exist begins when it begins", () => {
  // In Santiago, clocks went from 24:00 on 2026-09-05 to 01:00.
  const [start, end] = bounds("day", "America/Santiago", "2026-09-06T12:00:00Z");
  assert.deepEqual([start, end], ["2026-09-06T04:00", "2026-09-07T03:00"]);
});
