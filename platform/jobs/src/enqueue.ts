/**
 * Putting jobs into their table: in the caller's transaction when there is
 * one, through the SQL port's pool otherwise.
 *
 * A queue's policy allows one untried job per key, and counts "no key" as a key
 * too; a job without one therefore gets its own ID as its key.
 */
import type { Clock, Random } from "@tenfold/core";
import type { AnyTransaction, Sql } from "@tenfold/sql";
import type { Db, JobInsert, PgBoss } from "pg-boss";
import { jobErrors } from "./errors.ts";
import type { Instruments } from "./instruments.ts";
import { newJobId } from "./job-id.ts";
import type { EnqueueOptions } from "./jobs.ts";
import type { Queue } from "./queues.ts";

/** Jobs per INSERT; more are several statements in one transaction. */
const INSERT_MAX = 2_000;
/** Jobs per `enqueueMany`. */
export const ENQUEUE_MANY_MAX = 100_000;
const KEY_CHARACTERS_MAX = 500;
const DELAY_MS_MAX = 365 * 24 * 3_600_000;
const PRIORITY_MAX = 1_000_000;

export interface EnqueueDeps {
  boss: PgBoss;
  sql: Sql;
  clock: Clock;
  random: Random;
  instruments: Instruments;
}

/** pg-boss's statements inside a transaction of ours. */
export function databaseIn(sql: Sql, transaction: AnyTransaction): Db {
  return { executeSql: (text, values) => sql.queryIn(transaction, text, values) };
}

function databaseOf(sql: Sql, transaction: AnyTransaction | undefined): Db {
  if (transaction !== undefined) return databaseIn(sql, transaction);
  return { executeSql: (text, values) => sql.query(text, values) };
}

function check(queue: Queue, options: EnqueueOptions): void {
  const { delayMs = 0, priority = 0, key = "" } = options;
  const wrong = !(delayMs >= 0 && delayMs <= DELAY_MS_MAX)
    ? `delayMs must be from 0 to ${DELAY_MS_MAX}`
    : !(Number.isInteger(priority) && Math.abs(priority) <= PRIORITY_MAX)
      ? `priority must be a whole number from -${PRIORITY_MAX} to ${PRIORITY_MAX}`
      : key.length > KEY_CHARACTERS_MAX
        ? `key must be at most ${KEY_CHARACTERS_MAX} characters`
        : undefined;
  if (wrong === undefined) return;
  throw jobErrors.job_options_invalid({ detail: `A job of ${queue.name}: ${wrong}.` });
}

function rowOf(deps: EnqueueDeps, queue: Queue, data: unknown, options: EnqueueOptions): JobInsert {
  const { delayMs = 0, priority = 0, key } = options;
  const id = newJobId(deps.clock, deps.random);
  return {
    id,
    data: queue.data.accept(data),
    priority,
    // `key:` keeps a caller's key from ever equalling an ID.
    singletonKey: key === undefined ? id : `key:${key}`,
    ...(delayMs === 0 ? {} : { startAfter: delayMs / 1_000 }),
  };
}

/** One job; answers its ID, or `undefined` when an untried one has the key. */
export async function enqueueOne(
  deps: EnqueueDeps,
  queue: Queue,
  data: unknown,
  options: EnqueueOptions,
): Promise<string | undefined> {
  check(queue, options);
  const row = rowOf(deps, queue, data, options);
  const db = databaseOf(deps.sql, options.transaction);
  const ids = await deps.boss.insert(queue.name, [row], { db, returnId: true });
  if (ids === null || ids.length === 0) return undefined;
  deps.instruments.enqueued.add(1, { queue: queue.name });
  return row.id;
}

/** All of them or, when one does not fit or a statement fails, none. */
export async function enqueueAll(
  deps: EnqueueDeps,
  queue: Queue,
  items: readonly unknown[],
  options: EnqueueOptions,
): Promise<void> {
  check(queue, options);
  if (items.length > ENQUEUE_MANY_MAX) {
    const detail = `enqueueMany takes at most ${ENQUEUE_MANY_MAX} jobs, not ${items.length}.`;
    throw jobErrors.job_options_invalid({ detail });
  }
  const rows = items.map((data) => rowOf(deps, queue, data, options));
  const insert = async (db: Db): Promise<void> => {
    for (let start = 0; start < rows.length; start += INSERT_MAX) {
      await deps.boss.insert(queue.name, rows.slice(start, start + INSERT_MAX), { db });
    }
  };
  if (options.transaction !== undefined || rows.length <= INSERT_MAX) {
    await insert(databaseOf(deps.sql, options.transaction));
  } else {
    const tables = deps.sql.tables<object>("jobs");
    await tables.transaction().execute((own) => insert(databaseIn(deps.sql, own)));
  }
  deps.instruments.enqueued.add(rows.length, { queue: queue.name });
}
