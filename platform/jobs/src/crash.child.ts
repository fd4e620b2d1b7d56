/** A process that takes one job of the database given, says so, and never finishes it. */
import { noMetrics, silentLog, systemClock, systemRandom } from "@tenfold/core";
import { openSql } from "@tenfold/sql";
import process from "node:process";
import { worker } from "./jobs.ts";
import { openJobs } from "./open.ts";
import { crashing, quick } from "./testing.ts";

const sql = openSql({}, { connectionString: process.argv[2] ?? "" });
await sql.start();
const jobs = openJobs(
  { sql, log: silentLog, metrics: noMetrics, clock: systemClock, random: systemRandom },
  quick,
);
jobs.register(
  [
    worker(crashing, async ({ id }) => {
      process.stdout.write(`${id}\n`);
      await new Promise(() => undefined);
    }),
  ],
  { run: true },
);
await jobs.start();
