/**
 * Which processes serve this database. Each holds a lease on a worker ID, from
 * which its unique IDs are made; and a process without Redis must be the only
 * one, because it keeps its state in its own memory.
 */
import type { Clock, Log, Metrics } from "@tenfold/core";
import type { Lease, Sql } from "@tenfold/sql";
import type { WorkerIds } from "@tenfold/unique-id";
import { openWorkerIds, uniqueIdsMigrations, workerIdLease } from "@tenfold/unique-ids";
import { cliErrors } from "./errors.ts";

const alone = { name: "only-process", slots: 1, ttlMs: 12_000 };
/** Long enough for the leases of a process that was killed to end. */
const patienceMs = 14_000;

export interface ProcessTableOptions {
  /** Whether the state is shared through Redis. */
  shared: boolean;
  /** Whether the database is our own child: its folder's lock already keeps others out. */
  embedded: boolean;
}

interface Deps {
  sql: Sql;
  clock: Clock;
  log: Log;
  metrics: Metrics;
  /** Told when the start has to wait for another process's lease to end. */
  progress: (step: string) => void;
}

export interface ProcessEntry {
  /** Unique IDs of this process. Throws `lease_lost` while it has no worker ID. */
  nextId(): string;
  leave(): Promise<void>;
}

/** Throws `second_process_without_redis` when the rule above would be broken. */
export async function enterProcessTable(
  deps: Deps,
  { shared, embedded }: ProcessTableOptions,
): Promise<ProcessEntry> {
  const held: Lease[] = [];
  if (!embedded) {
    if (!shared) held.push(await claimAlone(deps));
    await refuseMixed(deps, { shared }).catch(async (error: unknown) => {
      await Promise.all(held.map((lease) => lease.release()));
      throw error;
    });
  }
  const ids = await openRowIds(deps).catch(async (error: unknown) => {
    await Promise.all(held.map((lease) => lease.release()));
    throw error;
  });
  return {
    nextId: () => ids.nextText(),
    async leave() {
      await ids.stop();
      await Promise.all(held.map((lease) => lease.release()));
    },
  };
}

/** Waits out the lease of a process that was killed; one that lives keeps it. */
async function claimAlone({ sql, progress }: Deps): Promise<Lease> {
  const patience = AbortSignal.timeout(patienceMs);
  const notice = setTimeout(() => progress("waiting for another process's lease to end"), 1_000);
  try {
    return await sql.acquireLease(alone, patience);
  } catch (cause) {
    throw patience.aborted ? refusal(cause) : cause;
  } finally {
    clearTimeout(notice);
  }
}

/** Those that share through Redis and one that does not must not meet. */
async function refuseMixed(
  { sql, clock, progress }: Deps,
  { shared }: { shared: boolean },
): Promise<void> {
  const untilMs = clock.monotonic() + patienceMs;
  while (await isLeased(sql, shared ? alone.name : workerIdLease.name)) {
    if (clock.monotonic() > untilMs) throw refusal(undefined);
    progress("waiting for another process's lease to end");
    await clock.sleep(1_000);
  }
}

async function isLeased(sql: Sql, name: string): Promise<boolean> {
  const { rows } = await sql.query<{ leased: boolean }>(
    "select exists (select from tenfold.leases where name = $1 and expires_at > now()) as leased",
    [name],
  );
  return rows[0]?.leased === true;
}

function refusal(cause: unknown): Error {
  return cliErrors.second_process_without_redis({
    detail: "Another process serves this database, and not all of them share a Redis.",
    hint: "Give every process the same REDIS_URL, or run only one.",
    cause,
  });
}

/** The process makes the IDs of its rows before any system runs, so their tables come first. */
async function openRowIds({ sql, clock, log, metrics }: Deps): Promise<WorkerIds> {
  await sql.migrate([{ system: "unique-ids", migrations: uniqueIdsMigrations }]);
  const ids = openWorkerIds({ sql, clock, log, metrics, use: "rows" });
  await ids.start();
  return ids;
}
