/** The flags that stand for platform settings, and how both become one source. */
import type { FlagSpec } from "../cli/command.ts";

export const platformFlags = {
  port: {
    value: "number",
    help: "Port to listen on; 0 takes a free one (default 8080)",
    env: "TENFOLD_PORT",
  },
  host: { value: "address", help: "Address to listen on (default 127.0.0.1)", env: "TENFOLD_HOST" },
  data: {
    value: "folder",
    help: "Folder for the embedded Postgres (default ./data)",
    env: "TENFOLD_DATA",
  },
  only: {
    value: "systems",
    help: "Systems to run, comma-separated (default all)",
    env: "TENFOLD_ONLY",
  },
  role: {
    value: "api|worker|all",
    help: "What this process does (default all)",
    env: "TENFOLD_ROLE",
  },
} satisfies Record<string, FlagSpec>;

/** Those that say where the database is. */
export const databaseFlags = { data: platformFlags.data };

/** The environment, overlaid with the flags that were given. */
export function settingsSource(
  flags: Readonly<Record<string, string | true>>,
  specs: Readonly<Record<string, FlagSpec>>,
  env: Readonly<Record<string, string | undefined>>,
): Record<string, string | undefined> {
  const given = Object.entries(specs).flatMap(([name, { env: variable }]) => {
    const value = flags[name];
    return variable === undefined || typeof value !== "string" ? [] : [[variable, value] as const];
  });
  return { ...env, ...Object.fromEntries(given) };
}
