/** `@tenfold/accounts`: who people are, where they are signed in, and what their keys may do. */
import { createService, type Clock, type Service } from "@tenfold/core";
import type { Authenticator } from "@tenfold/http";
import { createPasswordHasher } from "@tenfold/password";
import type { Migration } from "@tenfold/sql";
import type { Platform, System } from "@tenfold/system";
import { accounts001 } from "../migrations/001-accounts.ts";
import { createAttempts } from "./attempts.ts";
import { CachingAuthenticator } from "./authenticator.ts";
import { createAccountsClient, type AccountsClient } from "./client.ts";
import { bindAccounts } from "./http.ts";
import { accountWorkers } from "./jobs.ts";
import { createLastSeen, type LastSeen } from "./last-seen.ts";
import { createOperator, type AccountsOperator } from "./operator.ts";
import { accountDefaults, type AccountsOptions } from "./options.ts";
import type { AccountsContext } from "./service/context.ts";
import type { Db } from "./store/tables.ts";

export type { AccountsClient } from "./client.ts";
export { accountErrors } from "./errors.ts";
export type { AccountsOperator, CreatedKey, CreatedUser } from "./operator.ts";
export { accountDefaults, accountSettings, fromEnv, type AccountsOptions } from "./options.ts";

/** In order; never changed once released. */
export const accountMigrations: readonly Migration[] = [accounts001];

export interface Accounts extends System {
  /** For the web server's sign-in hook. */
  readonly authenticator: Authenticator;
  /** For other systems. */
  readonly client: AccountsClient;
  /** For the command line; works without `start`, on a started and migrated `sql`. */
  readonly operator: AccountsOperator;
}

/** Makes the system. Constructing does nothing; `start` listens for revocations. */
export function createAccounts(
  deps: { platform: Platform },
  options: Partial<AccountsOptions> = {},
): Accounts {
  const { platform } = deps;
  const settings = { ...accountDefaults, ...options };
  const log = platform.log.child({ system: "accounts" });
  const db: Db = platform.sql.tables("accounts");
  const lastSeen = createLastSeen({ db, log });
  const authenticator = new CachingAuthenticator({ ...platform, db, lastSeen }, settings);
  const context: AccountsContext = {
    clock: platform.clock,
    random: platform.random,
    log,
    metrics: platform.metrics,
    nextId: () => platform.nextId(),
    db,
    options: settings,
    passwords: createPasswordHasher(platform, settings.passwords),
    attempts: createAttempts(platform, settings.limits),
    revoked: (accountId) => authenticator.revoked(accountId),
  };
  const flusher = flushRegularly(platform.clock, lastSeen, settings.lastSeenFlushMs);
  const service = createService({
    async start() {
      await authenticator.start();
      await flusher.start();
      // The decoy for unknown addresses is made before the first of them comes.
      await context.passwords.verify(undefined, "");
    },
    async stop() {
      await flusher.stop();
      await authenticator.stop();
    },
  });
  return {
    ...service,
    name: "accounts",
    migrations: accountMigrations,
    routes: [bindAccounts(context, platform.publicUrl)],
    workers: accountWorkers(context),
    authenticator,
    client: createAccountsClient(db),
    operator: createOperator(context),
  };
}

/** Writes noted uses now and then, and once more on the way down. */
function flushRegularly(clock: Clock, lastSeen: LastSeen, everyMs: number): Service {
  const stopping = new AbortController();
  let running: Promise<void> | undefined;
  const run = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      // Only the abort rejects, and it means that we stop.
      await clock.sleep(everyMs, stopping.signal).catch(() => undefined);
      await lastSeen.flush();
    }
  };
  return createService({
    start() {
      running = run();
    },
    async stop() {
      stopping.abort();
      await running;
    },
  });
}
