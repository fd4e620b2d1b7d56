/** Starts the real platform in this process, for tests and benchmarks. */
import { silentLog, type Log } from "@tenfold/core";
import { createApp, type App } from "./app.ts";
import { readPlatformConfig } from "./config.ts";

export type { App } from "./app.ts";

/** Resolves when it serves. `source` are settings by their environment names. */
export async function startApp(
  source: Readonly<Record<string, string>>,
  log: Log = silentLog,
): Promise<App> {
  const app = createApp({ log }, { config: readPlatformConfig(source), source });
  await app.start();
  return app;
}
