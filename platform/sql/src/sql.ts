/**
 * The SQL port: one PostgreSQL, ours (embedded) or yours (`DATABASE_URL`).
 *
 * Each system owns one schema, named like the system with `_` for `-`, and
 * sees no other. What a transaction has committed is on disk.
 */
import type { Service } from "@tenfold/core";
import type { Kysely, Transaction } from "kysely";

/** Where a transaction of any system may be handed to another piece, jobs for example. */
// oxlint-disable-next-line typescript/no-explicit-any -- Kysely's transactions are invariant in their tables
export type AnyTransaction = Transaction<any>;

export interface Migration {
  /** `001-links`: three digits give the order, the rest says what. Never renamed. */
  name: string;
  /**
   * Runs once, in a transaction, with the system's schema first on the search
   * path. Expand, then contract: the previous version runs against the result.
   */
  // oxlint-disable-next-line typescript/no-explicit-any -- a migration sees tables as they were, not as typed today
  up(db: Kysely<any>): Promise<void>;
}

export interface SystemMigrations {
  /** The system's name, `url-shortener`; its schema is `url_shortener`. */
  system: string;
  migrations: readonly Migration[];
}

export interface LeaseRequest {
  /** What is leased, `snowflake-worker`. */
  name: string;
  /** How many holders there may be at once; each has its own slot in [0, slots). */
  slots: number;
  /** Without renewal the lease is lost after this. Renewed at a third of it. */
  ttlMs: number;
}

export interface Lease {
  /** The holder's own slot in [0, slots). */
  readonly slot: number;
  /** Fencing token: grows with each acquisition of the slot, never repeats. */
  readonly token: bigint;
  /** Aborted when the lease is lost, at the latest when it could have expired. */
  readonly signal: AbortSignal;
  /** Asks the clocks now; also right in a process that was just woken and has not run its timers. */
  held(): boolean;
  /** Gives the slot back. Idempotent. */
  release(): Promise<void>;
}

export interface Sql extends Service {
  /** Queries on the primary, within `system`'s schema. */
  tables<Tables>(system: string): Kysely<Tables>;
  /** Queries on a replica where one is configured, else on the primary. May lag. */
  replica<Tables>(system: string): Kysely<Tables>;
  /**
   * Sends `text` with `$1…` as it is, on the primary; for the rare hot path
   * and for libraries that bring their own SQL. Prepared by name when given.
   */
  // oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- the caller knows the rows
  query<Row extends object>(
    text: string,
    values?: readonly unknown[],
    options?: { name?: string },
  ): Promise<{ rows: Row[]; rowCount: number }>;
  /** The same, inside a transaction that someone opened. */
  // oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- the caller knows the rows
  queryIn<Row extends object>(
    transaction: AnyTransaction,
    text: string,
    values?: readonly unknown[],
  ): Promise<{ rows: Row[]; rowCount: number }>;
  /** Applies what is missing, in order, under a cluster-wide lock. Idempotent. */
  migrate(systems: readonly SystemMigrations[]): Promise<{ applied: readonly string[] }>;
  /** The names of migrations that are known here and not yet applied. */
  pendingMigrations(systems: readonly SystemMigrations[]): Promise<readonly string[]>;
  /** Waits until a slot is free; rejects when `signal` aborts. */
  acquireLease(request: LeaseRequest, signal?: AbortSignal): Promise<Lease>;
  /** Answers when the primary answers; throws `sql_unavailable` otherwise. */
  ping(): Promise<void>;
  /** Where the primary is, for tools and for pg-boss; holds a password. */
  readonly connectionString: string;
}
