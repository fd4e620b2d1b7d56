/** Starts the real platform in this process, for tests and benchmarks. */
import { silentLog, type Log } from "@tenfold/core";
import { createApp, type App } from "./app.ts";
import { readPlatformConfig } from "./config.ts";

export type { App } from "./app.ts";

/**
 * Resolves when it serves. `source` are settings by their environment names. `unlimited` leaves
 * the limiter out of the web server, which no setting does: to measure what it costs.
 */
export async function startApp(
  source: Readonly<Record<string, string>>,
  log: Log = silentLog,
  { unlimited = false }: { unlimited?: boolean } = {},
): Promise<App> {
  const app = createApp({ log }, { config: readPlatformConfig(source), source });
  // The system runs; the server does not find it among what was built.
  if (unlimited) Object.defineProperty(app.built, "rateLimits", { set: doNothing });
  await app.start();
  return app;
}

function doNothing(): void {}
