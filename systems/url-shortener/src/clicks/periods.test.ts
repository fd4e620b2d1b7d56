import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import {
  bucketOf,
  coverRange,
  firstDayOf,
  firstHourOf,
  levels,
  monthOfDay,
  periodName,
} from "./periods.ts";

test("periods are named in UTC", () => {
  const hour = Date.UTC(2026, 1, 28, 23) / 3_600_000;
  assert.equal(periodName(levels.hour, hour), "2026-02-28T23:00:00Z");
  assert.equal(periodName(levels.day, bucketOf(levels.day, hour)), "2026-02-28");
  assert.equal(periodName(levels.month, bucketOf(levels.month, hour)), "2026-02");
});

test("a month's first day lies in it, and the day before does not", () => {
  for (let month = -200; month < 2_000; month += 1) {
    assert.equal(monthOfDay(firstDayOf(month)), month);
    assert.equal(monthOfDay(firstDayOf(month) - 1), month - 1);
  }
});

const someHour = fc.integer({ min: 480_000, max: 520_000 });

test("a cover holds each hour of the range once and in order, from closed periods only", () => {
  const level = fc.constantFrom(levels.hour, levels.day, levels.month);
  fc.assert(
    fc.property(someHour, someHour, someHour, level, (a, b, closedHour, coarsest) => {
      const range = { fromHour: Math.min(a, b), toHour: Math.max(a, b) };
      const day = bucketOf(levels.day, closedHour);
      const closed = { day, month: monthOfDay(day) };
      let reached = range.fromHour;
      for (const piece of coverRange(range, coarsest, closed)) {
        assert.ok(piece.level <= coarsest && piece.start < piece.end);
        assert.equal(firstHourOf(piece.level, piece.start), reached);
        reached = firstHourOf(piece.level, piece.end);
        if (piece.level === levels.day) assert.ok(piece.end <= closed.day);
        if (piece.level === levels.month) assert.ok(piece.end <= closed.month);
      }
      assert.equal(reached, range.toHour);
    }),
  );
});

test("a cover of closed periods is small, however long the range", () => {
  fc.assert(
    fc.property(someHour, someHour, (a, b) => {
      const closed = { day: 30_000, month: monthOfDay(30_000) };
      const range = { fromHour: Math.min(a, b), toHour: Math.max(a, b) };
      const rows = { [levels.hour]: 0, [levels.day]: 0, [levels.month]: 0 };
      for (const { level, start, end } of coverRange(range, levels.month, closed))
        rows[level] += end - start;
      assert.ok(rows[levels.hour] <= 46 && rows[levels.day] <= 60);
    }),
  );
});
