/** On a real Postgres: what is recorded is what is read, through every way a click can take. */
import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import {
  createManualClock,
  createSeededRandom,
  noMetrics,
  silentLog,
  type ManualClock,
} from "@tenfold/core";
import type { Sql } from "@tenfold/sql";
import { createTestSql } from "@tenfold/sql/testing";
import { links } from "../../migrations/001-links.ts";
import { clicks as clicksMigration } from "../../migrations/002-clicks.ts";
import { createClicks, type Click, type Clicks, type ClicksOptions } from "./index.ts";
import { hourMs } from "./periods.ts";
import { rollUpStep } from "./roll-up.ts";

const chrome =
  "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/128.0.0.0 Safari/537.36";
const startMs = Date.parse("2026-03-01T10:00:00Z");

const openTestSql = (): Promise<Sql> =>
  createTestSql({
    migrations: [{ system: "url-shortener", migrations: [links, clicksMigration] }],
  });

let seed = 0;
function clicksOn(sql: Sql, clock: ManualClock, options: Partial<ClicksOptions> = {}): Clicks {
  const platform = {
    sql,
    clock,
    random: createSeededRandom((seed += 1)),
    log: silentLog,
    metrics: noMetrics,
    secret: new Uint8Array(32),
  };
  return createClicks({ platform }, options);
}

function click(change: Partial<Click> = {}): Click {
  return { linkId: "7", atMs: startMs, address: "8.8.8.8", userAgent: chrome, ...change };
}

/** Rolls up everything before `dayText`. */
async function closeUntil(sql: Sql, dayText: string): Promise<void> {
  const day = Date.parse(dayText) / (24 * hourMs);
  while ((await rollUpStep(sql, day)) === "more");
}

test("a click is counted by time, country, referrer, device and browser, bots apart", async () => {
  await using sql = await openTestSql();
  const counts = clicksOn(sql, createManualClock(startMs));
  counts.record(click({ referrer: "https://www.news.example/a?b" }));
  counts.record(click({ referrer: "https://news.example/c", address: "8.8.4.4" }));
  counts.record(click({ userAgent: "curl/8" }));
  counts.record(click({ linkId: "8" }));
  await counts.flush();

  const totals = await counts.totals(["7", "8", "9"]);
  assert.deepEqual(totals.get("7"), { total: 3, human: 2, bot: 1 });
  assert.deepEqual(totals.get("9"), { total: 0, human: 0, bot: 0 });
  const byCountry = await counts.series("7", { by: "country" });
  assert.deepEqual(byCountry.totals, { total: 3, human: 2, bot: 1, unique: 2 });
  assert.deepEqual(byCountry.items, [{ key: "US", total: 3, human: 2, bot: 1 }]);
  const byReferrer = await counts.series("7", { by: "referrer", limit: 1 });
  assert.deepEqual(byReferrer.items, [{ key: "news.example", total: 2, human: 2, bot: 0 }]);
  const byDevice = await counts.series("7", { by: "device" });
  assert.deepEqual(
    byDevice.items.map(({ key }) => key),
    ["desktop", "other"],
  );
  const byBrowser = await counts.series("7", { by: "browser" });
  assert.deepEqual(
    byBrowser.items.map(({ key }) => key),
    ["Chrome", "(unknown)"],
  );
  const byHour = await counts.series("7", {
    by: "hour",
    from: "2026-03-01T09:00:00Z",
    to: "2026-03-01T12:00:00Z",
  });
  assert.deepEqual(byHour.items, [
    { key: "2026-03-01T09:00:00Z", total: 0, human: 0, bot: 0, unique: 0 },
    { key: "2026-03-01T10:00:00Z", total: 3, human: 2, bot: 1, unique: 2 },
    { key: "2026-03-01T11:00:00Z", total: 0, human: 0, bot: 0, unique: 0 },
  ]);
  assert.equal((await counts.series("7", {})).items.length, 31);
  await counts.stop();
});

test("an empty, endless or broken range is refused", async () => {
  await using sql = await openTestSql();
  const counts = clicksOn(sql, createManualClock(startMs), { hourDaysKept: 400 });
  const refused = [
    { from: "2026-03-01T10:00:00Z", to: "2026-03-01T10:00:00Z" },
    { from: "2026-03-02T10:00:00Z", to: "2026-03-01T10:00:00Z" },
    { from: "2030-01-01T00:00:00Z" },
    { by: "hour" as const, from: "2025-08-01T00:00:00Z", to: "2026-03-01T10:00:00Z" },
    { by: "hour" as const, from: "2020-01-01T00:00:00Z", to: "2020-01-02T00:00:00Z" },
    { by: "day" as const, from: "1970-01-01T00:00:00Z", to: "2026-03-01T10:00:00Z" },
    { from: "nonsense" },
  ];
  for (const query of refused) {
    await assert.rejects(
      counts.series("7", query),
      { code: "range_invalid" },
      JSON.stringify(query),
    );
  }
  const long = await counts.series("7", {
    by: "month",
    from: "0001-01-01T00:00:00Z",
    to: "0300-01-01T00:00:00Z",
  });
  assert.equal(long.items.length, 299 * 12);
  await counts.stop();
});

interface Logged {
  click: Click;
  human: boolean;
}

const someClick: fc.Arbitrary<Logged> = fc
  .record({
    linkId: fc.constantFrom("7", "8"),
    hoursAgo: fc.integer({ min: 0, max: 24 * 150 }),
    visitor: fc.integer({ min: 1, max: 6 }),
    referrer: fc.constantFrom(undefined, "https://a.example/x", "https://b.example/"),
    human: fc.boolean(),
  })
  .map(({ linkId, hoursAgo, visitor, referrer, human }) => ({
    click: {
      linkId,
      atMs: startMs - hoursAgo * hourMs + 60_000 * visitor,
      address: `8.8.8.${visitor}`,
      userAgent: human ? chrome : "curl/8",
      referrer,
    },
    human,
  }));

/** The same question, answered from the log by counting. */
function recount(log: readonly Logged[], linkId: string, fromMs: number, toMs: number) {
  const inside = log.filter(
    ({ click }) => click.linkId === linkId && click.atMs >= fromMs && click.atMs < toMs,
  );
  const human = inside.filter((entry) => entry.human).length;
  const days = new Set(
    inside
      .filter((entry) => entry.human)
      .map(({ click }) => `${Math.floor(click.atMs / (24 * hourMs))} ${click.address}`),
  );
  return { total: inside.length, human, bot: inside.length - human, unique: days.size };
}

test("any series over any range equals a recount of the log, whatever was closed in between", async () => {
  await using sql = await openTestSql();
  const hours = fc.integer({ min: 0, max: 24 * 150 });
  const days = fc.integer({ min: 0, max: 150 });
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.array(someClick, { maxLength: 40 }), { minLength: 1, maxLength: 4 }),
      days,
      hours,
      hours,
      async (parts, closedDaysAgo, a, b) => {
        await sql.query("TRUNCATE url_shortener.click_cells");
        await sql.query(
          "UPDATE url_shortener.click_state SET closed_day = 0, closing_day = 0, closed_month = 0, closing_month = 0",
        );
        const counts = clicksOn(sql, createManualClock(startMs));
        for (const [index, part] of parts.entries()) {
          for (const entry of part) counts.record(entry.click);
          await counts.flush();
          // Later parts hold clicks of days that are closed by then.
          if (index === 0)
            await closeUntil(
              sql,
              new Date(startMs - closedDaysAgo * 24 * hourMs).toISOString().slice(0, 10),
            );
        }
        const log = parts.flat();
        const [fromMs, toMs] = [
          startMs - Math.max(a, b) * hourMs,
          startMs - Math.min(a, b) * hourMs + hourMs,
        ];
        const range = { from: new Date(fromMs).toISOString(), to: new Date(toMs).toISOString() };
        const { unique: _, ...expected } = recount(log, "7", fromMs, toMs);
        for (const by of ["hour", "day", "month", "referrer", "country"] as const) {
          const { totals, items } = await counts.series("7", { by, ...range });
          const { unique, ...clicks } = totals;
          assert.deepEqual(clicks, expected, by);
          const sum = (part: "human" | "bot") => items.reduce((all, item) => all + item[part], 0);
          assert.deepEqual([sum("human"), sum("bot")], [expected.human, expected.bot], by);
          assert.ok(unique >= 0);
        }
        const referrers = await counts.series("7", { by: "referrer", ...range });
        for (const { key, total } of referrers.items) {
          const named = log.filter(
            ({ click }) => (click.referrer?.split("/")[2] ?? "(direct)") === key,
          );
          assert.equal(total, recount(named, "7", fromMs, toMs).total);
        }
        for (const { key, total } of (await counts.series("7", { by: "day", ...range })).items) {
          const dayMs = Date.parse(key);
          assert.equal(
            total,
            recount(log, "7", Math.max(dayMs, fromMs), Math.min(dayMs + 24 * hourMs, toMs)).total,
          );
        }
        const everMs = startMs + 24 * hourMs;
        const { unique: __, ...ever } = recount(log, "8", 0, everMs);
        assert.deepEqual((await counts.totals(["8"])).get("8"), ever);
        await counts.stop();
      },
    ),
    { numRuns: 25 },
  );
});

test("a visitor counts once a day, also over hours, flushes, roll-ups and months", async () => {
  await using sql = await openTestSql();
  const counts = clicksOn(sql, createManualClock(startMs));
  const at = (text: string, address: string) =>
    counts.record(click({ atMs: Date.parse(text), address }));
  for (const address of ["8.8.8.1", "8.8.8.2"]) {
    at("2026-01-31T01:10:00Z", address);
    at("2026-01-31T23:10:00Z", address);
    await counts.flush();
    at("2026-01-31T01:20:00Z", address);
    at("2026-02-01T00:00:00Z", address);
  }
  await counts.flush();
  const asked = { by: "month", from: "2026-01-01T00:00:00Z", to: "2026-03-01T00:00:00Z" } as const;
  const open = await counts.series("7", asked);
  assert.deepEqual(
    open.items.map(({ unique }) => unique),
    [2, 2],
  );
  await closeUntil(sql, "2026-03-01");
  assert.deepEqual(await counts.series("7", asked), open);
  const { rows } = await sql.query(
    "SELECT 1 FROM url_shortener.click_cells WHERE sketch IS NOT NULL",
  );
  assert.equal(rows.length, 0, "no hashes of visitors are left in closed days");
  await counts.stop();
});

test("thousands of referrers are bounded per period, and the rest is (other)", async () => {
  await using sql = await openTestSql();
  const counts = clicksOn(sql, createManualClock(startMs));
  for (let host = 0; host < 3_000; host += 1) {
    for (let times = 0; times < (host < 10 ? 20 : 1); times += 1) {
      counts.record(click({ referrer: `https://h${host}.example/` }));
    }
  }
  await counts.flush();
  const { items, totals } = await counts.series("7", { by: "referrer", limit: 1000 });
  assert.equal(items.length, 101);
  assert.deepEqual(items[0], { key: "(other)", total: 2_900, human: 2_900, bot: 0 });
  assert.equal(items[1]?.total, 20);
  assert.equal(
    items.reduce((sum, item) => sum + item.total, 0),
    totals.total,
  );
  await counts.stop();
});

test("processes that flush and fold at once lose and double nothing", async () => {
  await using sql = await openTestSql();
  const clock = createManualClock(startMs);
  const processes = [1, 2, 3].map(() => clicksOn(sql, clock));
  const random = createSeededRandom(5);
  const expected = new Map<string, number>();
  for (let round = 0; round < 8; round += 1) {
    for (const counts of processes) {
      for (let index = 0; index < 100; index += 1) {
        const linkId = String(1 + random.below(40));
        expected.set(linkId, (expected.get(linkId) ?? 0) + 1);
        counts.record(click({ linkId, atMs: startMs - random.below(50) * hourMs }));
      }
    }
    await Promise.all(processes.map((counts) => counts.flush()));
  }
  const totals = await processes[0]?.totals([...expected.keys()]);
  for (const [linkId, total] of expected) assert.equal(totals?.get(linkId)?.total, total);
  await Promise.all(processes.map((counts) => counts.stop()));
});

/** Fails appends as a cut connection would: before, or after, the server has committed. */
function unreliable(sql: Sql): { sql: Sql; fail: ("before" | "after")[] } {
  const fail: ("before" | "after")[] = [];
  return {
    fail,
    sql: {
      ...sql,
      async query(text, values, options) {
        const kind = text.includes("INSERT INTO url_shortener.click_batches")
          ? fail.shift()
          : undefined;
        if (kind === "before") throw new Error("connection refused");
        const answer = await sql.query(text, values, options);
        if (kind === "after") throw new Error("connection lost after commit");
        return answer as Awaited<ReturnType<typeof sql.query<never>>>;
      },
    },
  };
}

test("a flush whose answer was lost is sent again and counted once, folded in between or not", async () => {
  await using sql = await openTestSql();
  const clock = createManualClock(startMs);
  const flaky = unreliable(sql);
  const counts = clicksOn(flaky.sql, clock);
  const other = clicksOn(sql, clock);
  for (const foldedBetween of [false, true]) {
    counts.record(click());
    flaky.fail.push("before", "after", "after");
    for (const cause of ["refused", "lost", "lost"]) {
      await assert.rejects(counts.flush(), new RegExp(cause));
      if (foldedBetween) await other.flush();
      counts.record(click());
    }
    await counts.flush();
  }
  assert.equal((await counts.totals(["7"])).get("7")?.total, 8);
  await counts.stop();
  await other.stop();
});

test("with SQL away clicks are kept, and stop() writes them once it is back", async () => {
  await using sql = await openTestSql();
  const clock = createManualClock(startMs);
  const flaky = unreliable(sql);
  const counts = clicksOn(flaky.sql, clock, { rawMax: 50, detailedCellsMax: 10 });
  flaky.fail.push("before", "before");
  for (let index = 0; index < 500; index += 1) {
    counts.record(click({ linkId: String(1 + (index % 40)) }));
    if (index === 250) await assert.rejects(counts.flush());
  }
  const stopped = counts.stop();
  for (let tries = 0; tries < 50; tries += 1) await clock.advance(100);
  await stopped;
  const reader = clicksOn(sql, clock);
  await reader.flush();
  const ids = Array.from({ length: 40 }, (_, index) => String(index + 1));
  const totals = await reader.totals(ids);
  assert.equal(
    ids.reduce((sum, id) => sum + (totals.get(id)?.total ?? 0), 0),
    500,
  );
  const coarse = await reader.series("40", { by: "country" });
  assert.equal(
    coarse.totals.total,
    coarse.items.reduce((sum, item) => sum + item.total, 0),
  );
  await reader.stop();
});

test("a forgotten link's clicks are gone with the transaction, and late ones are dropped", async () => {
  await using sql = await openTestSql();
  const counts = clicksOn(sql, createManualClock(startMs));
  const forget = (fails: boolean) =>
    sql
      .tables("url-shortener")
      .transaction()
      .execute(async (transaction) => {
        await counts.forget("7", transaction);
        if (fails) throw new Error("rolled back");
      });
  counts.record(click());
  counts.record(click({ linkId: "8" }));
  await counts.flush();
  await assert.rejects(forget(true));
  await counts.flush();
  assert.equal((await counts.totals(["7"])).get("7")?.total, 1);
  counts.record(click());
  await forget(false);
  counts.record(click());
  await counts.flush();
  const totals = await counts.totals(["7", "8"]);
  assert.deepEqual([totals.get("7")?.total, totals.get("8")?.total], [0, 1]);
  await counts.stop();
});

test("old hours are dropped and their days stay, whole", async () => {
  await using sql = await openTestSql();
  const clock = createManualClock(startMs);
  const counts = clicksOn(sql, clock, { hourDaysKept: 10, flushIntervalMs: 5, idleFoldMs: 5 });
  counts.record(click({ atMs: Date.parse("2026-01-15T05:00:00Z") }));
  await counts.flush();
  await counts.start();
  const hoursLeft = async (): Promise<number> =>
    (await sql.query("SELECT 1 FROM url_shortener.click_cells WHERE level = 0")).rowCount;
  while ((await hoursLeft()) > 0) await new Promise(setImmediate);
  const cut = await counts.series("7", {
    by: "day",
    from: "2026-01-15T06:00:00Z",
    to: "2026-01-15T07:00:00Z",
  });
  assert.deepEqual([cut.from, cut.to], ["2026-01-15T00:00:00.000Z", "2026-01-16T00:00:00.000Z"]);
  assert.equal(cut.items[0]?.total, 1);
  await counts.stop();
});
