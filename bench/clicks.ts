/**
 * Click statistics of the URL shortener, on a real PostgreSQL with fsync on:
 *
 * 1. what counting a click costs: `record()` and what follows it in this
 *    process, clicks/s per core, for one link and spread over 100,000;
 * 2. how long each kind of series takes at 20 million clicks, 5 million of
 *    them on one link over two years, from 5,000 sites.
 *
 *   node bench/clicks.ts [--clicks 20000000]
 */
import { chmod, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { parseArgs } from "node:util";
import {
  createSeededRandom,
  noMetrics,
  silentLog,
  systemClock,
  systemRandom,
  type Random,
} from "@tenfold/core";
import { openSql, startEmbeddedPostgres, type Sql } from "@tenfold/sql";
import { links } from "../systems/url-shortener/migrations/001-links.ts";
import { clicks as clicksMigration } from "../systems/url-shortener/migrations/002-clicks.ts";
import { Cell } from "../systems/url-shortener/src/clicks/cell.ts";
import {
  createClicks,
  type Click,
  type Clicks,
} from "../systems/url-shortener/src/clicks/index.ts";
import { levels } from "../systems/url-shortener/src/clicks/periods.ts";
import { rollUpStep } from "../systems/url-shortener/src/clicks/roll-up.ts";
import { putCells, type KeyedCell } from "../systems/url-shortener/src/clicks/store.ts";
import type { clickGroups } from "../systems/url-shortener/src/contract.ts";

const { values: flags } = parseArgs({
  options: { clicks: { type: "string", default: "20000000" } },
});
const clicksTotal = Number(flags.clicks);
const daysTotal = 730;
const hourMs = 3_600_000;
const nowHour = Math.floor(Date.now() / hourMs);
const firstDay = Math.floor(nowHour / 24) - daysTotal;

const agents = [
  "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/128.0.0.0 Safari/537.36",
  "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.0 Mobile/15E148 Safari/604.1",
  "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/128.0.0.0 Mobile Safari/537.36",
  "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
];

/** Small values are likelier than large ones, as with sites and countries. */
function skewed(random: Random, limit: number): number {
  return Math.floor(limit * random.float() ** 3);
}

function clicksOn(sql: Sql): Clicks {
  const secret = new Uint8Array(32);
  const log = silentLog;
  const platform = {
    sql,
    clock: systemClock,
    random: systemRandom,
    log,
    metrics: noMetrics,
    secret,
  };
  return createClicks({ platform });
}

function quantile(sorted: readonly number[], q: number): string {
  return (sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))] ?? 0).toFixed(1);
}

interface Paced {
  recorded: number;
  cpuUs: number;
  lateMs: { p99: number; max: number };
}

/** Ten seconds of 20,000 calls of `record` a second, in lots as a busy server gets them. */
async function paced(cases: readonly Click[], record: (click: Click) => void): Promise<Paced> {
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  const before = process.cpuUsage();
  const startMs = performance.now();
  let recorded = 0;
  while (performance.now() - startMs < 10_000) {
    const due = Math.floor((performance.now() - startMs) * 20);
    for (; recorded < due; recorded += 1) {
      const click = cases[recorded % cases.length];
      if (click !== undefined) record({ ...click, atMs: Date.now() });
    }
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  const used = process.cpuUsage(before);
  delay.disable();
  const lateMs = { p99: delay.percentile(99) / 1e6, max: delay.max / 1e6 };
  return { recorded, cpuUs: (used.user + used.system) / recorded, lateMs };
}

/** CPU of this process per click, log and fold included, less what the loop above costs by itself. */
async function throughput(sql: Sql, linksTotal: number): Promise<string> {
  const random = createSeededRandom(1);
  const cases: Click[] = Array.from({ length: 50_000 }, () => ({
    linkId: String(1_000_000 + random.below(linksTotal)),
    atMs: Date.now(),
    address: `8.${random.below(20)}.${random.below(256)}.${random.below(256)}`,
    userAgent: agents[random.below(agents.length)],
    referrer: `https://site-${skewed(random, 500)}.example/page`,
  }));
  const idle = await paced(cases, () => undefined);
  const counts = clicksOn(sql);
  await counts.start();
  const busy = await paced(cases, (click) => counts.record(click));
  const foldStartMs = performance.now();
  await counts.flush();
  const foldMs = performance.now() - foldStartMs;
  await counts.stop();
  const cpuUs = busy.cpuUs - idle.cpuUs;
  const late = ({ lateMs }: Paced): string => `${lateMs.p99.toFixed(1)}/${lateMs.max.toFixed(1)}`;
  return (
    `${busy.recorded} clicks at 20,000/s: ${cpuUs.toFixed(1)} µs CPU per click` +
    ` = ${Math.round(1e6 / cpuUs)} clicks/s per core; event loop late p99/max ${late(busy)} ms,` +
    ` without clicks ${late(idle)}; the rest folded in ${foldMs.toFixed(0)} ms`
  );
}

/** A burst, as fast as it goes: pushes alone, then everything to the log and the cells. */
async function burst(sql: Sql): Promise<string> {
  const counts = clicksOn(sql);
  const click = { linkId: "77", atMs: Date.now(), address: "8.8.8.8", userAgent: agents[0] };
  const total = 100_000;
  const startMs = performance.now();
  for (let index = 0; index < total; index += 1) counts.record({ ...click });
  const pushedMs = performance.now();
  await counts.flush();
  const endMs = performance.now();
  await counts.stop();
  return (
    `${(((pushedMs - startMs) * 1_000) / total).toFixed(2)} µs per record();` +
    ` ${total} clicks durable and folded in ${(endMs - pushedMs).toFixed(0)} ms`
  );
}

interface Load {
  linkId: string;
  clicks: number;
  days: number;
  sites: number;
}

/** One day's 24 cells of a link, through the code that counts. */
function* daysOf(load: Load, random: Random): Generator<KeyedCell[]> {
  const perHour = load.clicks / (load.days * 24);
  for (let day = firstDay + daysTotal - load.days; day < firstDay + daysTotal; day += 1) {
    yield Array.from({ length: 24 }, (_, hour) => {
      const cell = new Cell();
      for (let click = 0; click < perHour; click += 1) {
        const bot = random.below(10) === 0;
        cell.add({
          bot,
          keys: [
            `C${skewed(random, 200)}`,
            `site-${skewed(random, load.sites)}.example`,
            ["desktop", "mobile", "tablet"][skewed(random, 3)] ?? "other",
            `Browser ${skewed(random, 20)}`,
          ],
          visitor: bot ? undefined : day * 2 ** 24 + random.below(2 ** 20),
        });
      }
      return { linkId: load.linkId, level: levels.hour, start: day * 24 + hour, cell };
    });
  }
}

async function fill(sql: Sql): Promise<void> {
  const random = createSeededRandom(2);
  const rest = 150;
  const heavy = clicksTotal / 4;
  const loads: Load[] = [{ linkId: "42", clicks: heavy, days: daysTotal, sites: 5_000 }];
  for (let index = 0; index < rest; index += 1) {
    const clicks = (clicksTotal - heavy) / rest;
    loads.push({ linkId: String(100 + index), clicks, days: 60, sites: 500 });
  }
  for (const load of loads) {
    let cells: KeyedCell[] = [];
    const put = async (): Promise<void> => {
      const db = sql.tables("url-shortener");
      await db.transaction().execute((transaction) => putCells(sql, transaction, cells));
      cells = [];
    };
    for (const day of daysOf(load, random)) {
      cells.push(...day);
      if (cells.length >= 480) await put();
    }
    if (cells.length > 0) await put();
  }
}

async function timeSeries(sql: Sql): Promise<void> {
  const counts = clicksOn(sql);
  const hour = (back: number): string => new Date((nowHour - back) * hourMs).toISOString();
  const groups: readonly (typeof clickGroups)[number][] = [
    "hour",
    "day",
    "month",
    "country",
    "referrer",
    "device",
    "browser",
  ];
  console.log(`${"series of the link with 5 M clicks".padEnd(44)}p50 ms  p99 ms`);
  for (const by of groups) {
    const ranges = by === "hour" ? [30, 200] : [30, 365, 730];
    for (const days of ranges) {
      const times: number[] = [];
      for (let run = 0; run < 60; run += 1) {
        // Edges off the day and the month, so that hours and days are read as well.
        const query = { by, from: hour(days * 24 + 5 - run), to: hour(7 + run), limit: 100 };
        const startMs = performance.now();
        await counts.series("42", query);
        times.push(performance.now() - startMs);
      }
      times.sort((a, b) => a - b);
      const what = `  by ${by} over ${days} days`;
      console.log(
        `${what.padEnd(44)}${quantile(times, 0.5).padStart(6)}  ${quantile(times, 0.99).padStart(6)}`,
      );
    }
  }
  const ids = ["42", ...Array.from({ length: 99 }, (_, index) => String(100 + index))];
  const times: number[] = [];
  for (let run = 0; run < 60; run += 1) {
    const startMs = performance.now();
    await counts.totals(ids);
    times.push(performance.now() - startMs);
  }
  times.sort((a, b) => a - b);
  console.log(
    `${"  totals of 100 links".padEnd(44)}${quantile(times, 0.5).padStart(6)}  ${quantile(times, 0.99).padStart(6)}`,
  );
  await counts.stop();
}

const dataFolder = await mkdtemp(join(tmpdir(), "tenfold-bench-"));
await chmod(dataFolder, 0o711);
const server = await startEmbeddedPostgres({ dataFolder });
try {
  await using sql = openSql({}, { connectionString: server.connectionString });
  await sql.start();
  await sql.migrate([{ system: "url-shortener", migrations: [links, clicksMigration] }]);
  console.log(`burst on one link        ${await burst(sql)}`);
  console.log(`one link                 ${await throughput(sql, 1)}`);
  console.log(`100,000 links            ${await throughput(sql, 100_000)}`);
  await sql.query("TRUNCATE url_shortener.click_cells");
  await sql.query(
    "UPDATE url_shortener.click_state SET closed_day = 0, closing_day = 0, closed_month = 0, closing_month = 0",
  );

  const startMs = performance.now();
  await fill(sql);
  const filledMs = performance.now();
  const today = Math.floor(nowHour / 24);
  while ((await rollUpStep(sql, today)) === "more");
  const seconds = (ms: number): string => (ms / 1_000).toFixed(0);
  console.log(
    `\n${clicksTotal / 1e6} million clicks filled in ${seconds(filledMs - startMs)} s,` +
      ` days and months rolled up in ${seconds(performance.now() - filledMs)} s`,
  );
  await timeSeries(sql);
} finally {
  await server.stop();
  await rm(dataFolder, { recursive: true, force: true });
}
