/**
 * The module table: every system, what it needs, and how it is made. The only
 * place that knows them all. Systems start in this order and stop in reverse.
 */
import { join } from "node:path";
import {
  accountMigrations,
  accountSettings,
  createAccounts,
  fromEnv as accountsFromEnv,
  type Accounts,
} from "@tenfold/accounts";
import { settingErrors, type Settings } from "@tenfold/core";
import {
  createKeyValue,
  fromEnv as keyValueFromEnv,
  keyValueMigrations,
  keyValueSettings,
} from "@tenfold/key-value";
import {
  checkRulesFile,
  createRateLimits,
  fromEnv as rateLimitsFromEnv,
  rateLimitsMigrations,
  rateLimitsSettings,
  type RateLimits,
} from "@tenfold/rate-limits";
import type { Migration } from "@tenfold/sql";
import type { Platform, System } from "@tenfold/system";
import {
  createUniqueIds,
  fromEnv as uniqueIdsFromEnv,
  uniqueIdsMigrations,
  uniqueIdsSettings,
} from "@tenfold/unique-ids";
import {
  createUrlShortener,
  fromEnv as urlShortenerFromEnv,
  urlShortenerMigrations,
  urlShortenerSettings,
} from "@tenfold/url-shortener";
import { closest } from "fastest-levenshtein";
import { dataFolderOf } from "./database.ts";

type Source = Readonly<Record<string, string | undefined>>;

/** Systems made so far, for those that need them. */
export interface Built {
  accounts?: Accounts;
  rateLimits?: RateLimits;
}

interface Module {
  name: string;
  needs: readonly string[];
  /** Runs whatever TENFOLD_ONLY names. */
  always?: boolean;
  settings: Settings;
  migrations: readonly Migration[];
  /** Throws `setting_invalid` for what `create` would refuse. */
  check(source: Source): void;
  create(platform: Platform, source: Source, built: Built): System;
}

export const modules: readonly Module[] = [
  {
    name: "accounts",
    needs: [],
    settings: accountSettings,
    migrations: accountMigrations,
    check: (source) => void accountsFromEnv(source),
    create: (platform, source, built) =>
      (built.accounts = createAccounts({ platform }, accountsFromEnv(source))),
  },
  {
    name: "unique-ids",
    needs: ["accounts"],
    settings: uniqueIdsSettings,
    migrations: uniqueIdsMigrations,
    check: (source) => void uniqueIdsFromEnv(source),
    create: (platform, source) => createUniqueIds({ platform }, uniqueIdsFromEnv(source)),
  },
  {
    name: "rate-limits",
    needs: ["accounts"],
    always: true,
    settings: rateLimitsSettings,
    migrations: rateLimitsMigrations,
    check: (source) => checkRulesFile(rateLimitsFromEnv(source).file),
    create: (platform, source, built) =>
      (built.rateLimits = createRateLimits({ platform }, rateLimitsFromEnv(source))),
  },
  {
    name: "key-value",
    needs: ["accounts"],
    settings: keyValueSettings,
    migrations: keyValueMigrations,
    check: (source) => void keyValueFromEnv(source),
    create: (platform, source) =>
      createKeyValue({ platform }, { ...keyValueFromEnv(source), folder: nodeFolder(source) }),
  },
  {
    name: "url-shortener",
    needs: ["accounts"],
    settings: urlShortenerSettings,
    migrations: urlShortenerMigrations,
    check: (source) => void urlShortenerFromEnv(source),
    create: (platform, source) => createUrlShortener({ platform }, urlShortenerFromEnv(source)),
  },
];

/** Beside the embedded Postgres; where the database is elsewhere, so is the data of the store. */
function nodeFolder(source: Source): string | undefined {
  if (source["DATABASE_URL"] !== undefined) return undefined;
  return join(dataFolderOf({ TENFOLD_DATA: source["TENFOLD_DATA"] }), "key-value");
}

/** The modules `only` names, and what they need, in the table's order; all when it is empty. */
export function selectModules(only: readonly string[]): readonly Module[] {
  const names = modules.map(({ name }) => name);
  const wanted = new Set<string>();
  const want = (name: string): void => {
    const found = modules.find((module) => module.name === name);
    if (found === undefined) {
      throw settingErrors.setting_invalid({
        detail: `There is no system "${name}". Did you mean ${closest(name, names)}?`,
        hint: `Systems: ${names.join(", ")}.`,
        fields: [{ field: "TENFOLD_ONLY", detail: `unknown system ${name}` }],
      });
    }
    wanted.add(name);
    found.needs.forEach(want);
  };
  (only.length === 0 ? names : only).forEach(want);
  for (const { name, always } of modules) if (always === true) want(name);
  return modules.filter(({ name }) => wanted.has(name));
}
