/** A process of its own counts clicks and is ended, politely and not. This file is both the test and that process. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import process from "node:process";
import { createInterface } from "node:readline";
import { test } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { noMetrics, silentLog, systemClock, systemRandom } from "@tenfold/core";
import { openSql, type Sql } from "@tenfold/sql";
import { createTestSql } from "@tenfold/sql/testing";
import { links } from "../../migrations/001-links.ts";
import { clicks as clicksMigration } from "../../migrations/002-clicks.ts";
import { createClicks, type Clicks } from "./index.ts";

function clicksOn(sql: Sql): Clicks {
  const secret = new Uint8Array(32);
  const platform = {
    sql,
    clock: systemClock,
    random: systemRandom,
    log: silentLog,
    metrics: noMetrics,
    secret,
  };
  return createClicks({ platform });
}

/** Records without pause and says how many so far, until told to stop; then says `end <count>`. */
async function runChild(connectionString: string): Promise<void> {
  await using sql = openSql({}, { connectionString });
  await sql.start();
  const counts = clicksOn(sql);
  await counts.start();
  let recorded = 0;
  const stopping = new AbortController();
  process.once("SIGTERM", () => stopping.abort());
  while (!stopping.signal.aborted) {
    for (let index = 0; index < 20; index += 1) {
      recorded += 1;
      counts.record({
        linkId: String(1 + (recorded % 5)),
        atMs: Date.now(),
        address: "8.8.8.8",
        userAgent: "curl/8",
      });
    }
    process.stdout.write(`${Date.now()} ${recorded}\n`);
    await delay(2);
  }
  await counts.stop();
  process.stdout.write(`end ${recorded}\n`);
}

interface Said {
  atMs: number;
  recorded: number;
}

async function endChild(
  sql: Sql,
  signal: "SIGKILL" | "SIGTERM",
): Promise<{ said: Said[]; end: number | undefined; endedMs: number }> {
  const child = spawn(
    process.execPath,
    [fileURLToPath(import.meta.url), "child", sql.connectionString],
    {
      stdio: ["ignore", "pipe", "inherit"],
    },
  );
  const said: Said[] = [];
  let end: number | undefined;
  let endedMs = 0;
  const closed = once(child, "close");
  for await (const line of createInterface({ input: child.stdout })) {
    const [first, second] = line.split(" ");
    if (first === "end") end = Number(second);
    else said.push({ atMs: Number(first), recorded: Number(second) });
    if (said.length === 400 && endedMs === 0) {
      endedMs = Date.now();
      child.kill(signal);
    }
  }
  await closed;
  return { said, end, endedMs };
}

async function countAll(sql: Sql): Promise<number> {
  const counts = clicksOn(sql);
  await counts.flush();
  const totals = await counts.totals(["1", "2", "3", "4", "5"]);
  await counts.stop();
  return totals.values().reduce((sum, { total }) => sum + total, 0);
}

const openTestSql = (): Promise<Sql> =>
  createTestSql({
    migrations: [{ system: "url-shortener", migrations: [links, clicksMigration] }],
  });

if (process.argv[2] === "child") {
  await runChild(process.argv[3] ?? "");
} else {
  test("SIGTERM loses no click", async () => {
    await using sql = await openTestSql();
    const { end } = await endChild(sql, "SIGTERM");
    assert.equal(await countAll(sql), end);
  });

  test("kill -9 loses the last moment's clicks at most, and counts none twice", async (context) => {
    await using sql = await openTestSql();
    const { said, endedMs } = await endChild(sql, "SIGKILL");
    const counted = await countAll(sql);
    const last = said.at(-1)?.recorded ?? 0;
    // The child may have recorded one lot more than it came to say.
    assert.ok(counted <= last + 20);
    const survived = said.findLast(({ recorded }) => recorded <= counted);
    const lostMs = (said.at(-1)?.atMs ?? endedMs) - (survived?.atMs ?? 0);
    context.diagnostic(
      `${last - counted} of ${last} clicks were lost, those of the last ${lostMs} ms`,
    );
    // The promise is 200 ms; the rest is for machines that are busy with other tests.
    assert.ok(lostMs <= 2_000, `${lostMs} ms`);
  });
}
