/**
 * How full the queues are, now. pg-boss keeps counts too, but only as fresh as
 * its last supervision; this reads its table, answered from the index on jobs
 * that have not finished.
 */
import type { Sql } from "@tenfold/sql";
import type { QueueCounts } from "./jobs.ts";
import type { Queue } from "./queues.ts";

const COUNTS = `
  SELECT name,
         count(*) FILTER (WHERE state < 'active' AND start_after <= now())::int AS waiting,
         count(*) FILTER (WHERE state < 'active' AND start_after > now())::int AS delayed,
         count(*) FILTER (WHERE state = 'active')::int AS active
    FROM jobs.job
   WHERE name = ANY($1::text[]) AND state IN ('created', 'retry', 'active')
   GROUP BY name`;

interface Row {
  name: string;
  waiting: number;
  delayed: number;
  active: number;
}

/** Counts of each queue, in the order given. One query. */
export async function readCounts(
  sql: Sql,
  queues: readonly Queue[],
): Promise<readonly QueueCounts[]> {
  const names = queues.flatMap((queue) => [queue.name, queue.deadName]);
  const { rows } = await sql.query<Row>(COUNTS, [names], { name: "jobs-counts" });
  const byName = new Map(rows.map((row) => [row.name, row]));
  return queues.map(({ name, deadName }) => {
    const row = byName.get(name);
    return {
      name,
      waiting: row?.waiting ?? 0,
      active: row?.active ?? 0,
      delayed: row?.delayed ?? 0,
      dead: byName.get(deadName)?.waiting ?? 0,
    };
  });
}
