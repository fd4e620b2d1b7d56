/** What the use cases of accounts work with. */
import type { Clock, Log, Metrics, Random } from "@tenfold/core";
import type { Attempts } from "../attempts.ts";
import type { AccountsOptions } from "../options.ts";
import type { PasswordHasher } from "@tenfold/password";
import type { LiveAt } from "../store/sessions.ts";
import type { Db } from "../store/tables.ts";
import { idleSlackMs } from "../last-seen.ts";

export interface AccountsContext {
  clock: Clock;
  random: Random;
  log: Log;
  metrics: Metrics;
  nextId(): string;
  db: Db;
  options: AccountsOptions;
  passwords: PasswordHasher;
  attempts: Attempts;
  /** To be called after credentials of the account ended, once that is committed. */
  revoked(accountId: string): Promise<void>;
}

/** One page, and whether there is another. */
export interface Page<Item> {
  items: Item[];
  more: boolean;
}

/** The time as the database takes it. */
export function nowOf(context: Pick<AccountsContext, "clock">): Date {
  return new Date(context.clock.now());
}

/** Which sessions are live at this moment. */
export function liveAt(context: Pick<AccountsContext, "clock" | "options">): LiveAt {
  const nowMs = context.clock.now();
  const idleMs = context.options.sessionIdleMs + idleSlackMs(context.options);
  return { now: new Date(nowMs), idleSince: new Date(nowMs - idleMs) };
}

/** Cuts the one row more that was asked for. */
export function cutPage<Row>(rows: Row[], limit: number): Page<Row> {
  return { items: rows.slice(0, limit), more: rows.length > limit };
}
