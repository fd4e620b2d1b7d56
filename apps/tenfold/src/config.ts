/**
 * Everything the platform can be told, as one table. Values come from flags
 * first, then the environment. Systems add their own tables; `./tenfold
 * settings` prints all of them, and an unknown `TENFOLD_…` variable is refused.
 */
import {
  choiceSetting,
  integerSetting,
  listSetting,
  readSettings,
  settingErrors,
  textSetting,
  type Settings,
  type SettingValues,
} from "@tenfold/core";
import { closest } from "fastest-levenshtein";

export const platformSettings = {
  TENFOLD_PORT: integerSetting({
    help: "Port to listen on; 0 takes a free one",
    default: 8080,
    min: 0,
    max: 65535,
  }),
  TENFOLD_HOST: textSetting({
    help: "Address to listen on; 0.0.0.0 opens it to the network",
    default: "127.0.0.1",
  }),
  TENFOLD_DATA: textSetting({
    help: "Folder for the embedded Postgres; by default ./data, or /var/lib/tenfold/data for root",
    default: undefined,
  }),
  TENFOLD_ONLY: listSetting({
    help: "Systems to run, comma-separated; all when empty. What they need comes along",
    default: [],
  }),
  TENFOLD_ROLE: choiceSetting({
    help: "`api` serves requests, `worker` does background work, `all` does both",
    default: "all",
    choices: ["api", "worker", "all"],
  }),
  TENFOLD_PUBLIC_URL: textSetting({
    help: "Where people reach it, `https://example.org`; by default the address it listens on",
    default: undefined,
  }),
  TENFOLD_TRUSTED_PROXIES: listSetting({
    help: "Addresses or CIDR ranges whose X-Forwarded-* headers are believed",
    default: [],
  }),
  TENFOLD_LOG_LEVEL: choiceSetting({
    help: "Least severe log line to write; on a terminal `warn` unless it is set",
    default: "info",
    choices: ["debug", "info", "warn", "error", "silent"],
  }),
  TENFOLD_DRAIN_MS: integerSetting({
    help: "How long requests in flight may take when stopping, in ms",
    default: 10_000,
    min: 0,
    max: 300_000,
  }),
  DATABASE_URL: textSetting({
    help: "Your Postgres (15 or newer), `postgres://user:password@host/db`; embedded when absent",
    default: undefined,
    secret: true,
  }),
  DATABASE_REPLICA_URLS: listSetting({
    help: "Read replicas of it, comma-separated",
    default: [],
    secret: true,
  }),
  DATABASE_POOL: integerSetting({
    help: "Connections per process",
    default: 16,
    min: 2,
    max: 500,
  }),
  REDIS_URL: textSetting({
    help: "Redis or Valkey, `redis://host:6379`, or of a cluster some nodes, `redis://a:6379,b:6379`; needed as soon as more than one process runs",
    default: undefined,
    secret: true,
  }),
} satisfies Settings;

export type PlatformConfig = SettingValues<typeof platformSettings>;

/** Reads the platform's own settings; refuses what contradicts itself. */
export function readPlatformConfig(
  source: Readonly<Record<string, string | undefined>>,
): PlatformConfig {
  const config = readSettings(platformSettings, source);
  if (config.DATABASE_URL !== undefined && config.TENFOLD_DATA !== undefined) {
    throw contradiction(
      "TENFOLD_DATA",
      "names a folder for the embedded Postgres, but DATABASE_URL names another Postgres. Keep one of them.",
    );
  }
  if (config.DATABASE_URL === undefined && config.DATABASE_REPLICA_URLS.length > 0) {
    throw contradiction("DATABASE_REPLICA_URLS", "needs DATABASE_URL: replicas of what?");
  }
  for (const name of ["DATABASE_URL", "REDIS_URL", "TENFOLD_PUBLIC_URL"] as const) {
    // The nodes of a Redis cluster stand after one another; state reads them all.
    const [value] = config[name]?.split(",") ?? [];
    if (value !== undefined && !isUrl(value, schemes[name])) {
      throw contradiction(name, `must be a URL that begins with ${schemes[name].join(" or ")}.`);
    }
  }
  return config;
}

const schemes = {
  DATABASE_URL: ["postgres://", "postgresql://"],
  REDIS_URL: ["redis://", "rediss://"],
  TENFOLD_PUBLIC_URL: ["http://", "https://"],
};

function isUrl(text: string, prefixes: readonly string[]): boolean {
  return URL.canParse(text) && prefixes.some((prefix) => text.startsWith(prefix));
}

function contradiction(field: string, detail: string): Error {
  return settingErrors.setting_invalid({
    detail: `${field} ${detail}`,
    fields: [{ field, detail }],
  });
}

/** Variables of single commands; no settings of the platform. */
const variablesOfCommands: readonly string[] = ["TENFOLD_PASSWORD"];

/** Refuses variables that look like ours and are in no table. */
export function refuseUnknownSettings(
  source: Readonly<Record<string, string | undefined>>,
  known: readonly string[],
): void {
  for (const name of Object.keys(source)) {
    if (!name.startsWith("TENFOLD_") || known.includes(name)) continue;
    if (variablesOfCommands.includes(name)) continue;
    throw contradiction(name, `is not a setting. Did you mean ${closest(name, [...known])}?`);
  }
}
