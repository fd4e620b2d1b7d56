/** Accounts for the command line: on the running platform's database, or on a stopped one's. */
import { noMetrics, silentLog, systemClock, systemRandom } from "@tenfold/core";
import { createAccounts, fromEnv, type AccountsOperator } from "@tenfold/accounts";
import { httpMigrations } from "@tenfold/http";
import { openJobs } from "@tenfold/jobs";
import { createOutbound } from "@tenfold/outbound";
import { openState } from "@tenfold/state";
import { readPlatformConfig } from "./config.ts";
import { openDatabase } from "./database.ts";
import { enterProcessTable } from "./process-table.ts";
import { appMigrations, readSecret } from "./secret.ts";

const base = { clock: systemClock, random: systemRandom, log: silentLog, metrics: noMetrics };

/** Runs `use` with the operator's side of accounts, then closes everything. */
export async function withOperator<Result>(
  source: Readonly<Record<string, string | undefined>>,
  use: (operator: AccountsOperator) => Promise<Result>,
): Promise<Result> {
  const config = readPlatformConfig(source);
  const progress = (): void => undefined;
  const database = await openDatabase({ ...base, progress }, { ...config, attach: true });
  const { sql } = database;
  try {
    await sql.migrate([appMigrations, httpMigrations]);
    await using state = openState(base, { redisUrl: config.REDIS_URL });
    await state.start();
    const entry = await enterProcessTable(
      { ...base, sql, progress },
      { shared: true, embedded: true },
    );
    try {
      const accounts = createAccounts(
        {
          platform: {
            ...base,
            sql,
            state,
            jobs: openJobs({ ...base, sql }),
            outbound: createOutbound(base),
            nextId: () => entry.nextId(),
            publicUrl: config.TENFOLD_PUBLIC_URL ?? "http://localhost",
            secret: await readSecret(sql, systemRandom),
          },
        },
        fromEnv(source),
      );
      await sql.migrate([{ system: accounts.name, migrations: accounts.migrations }]);
      return await use(accounts.operator);
    } finally {
      await entry.leave();
    }
  } finally {
    await database.stop();
  }
}
