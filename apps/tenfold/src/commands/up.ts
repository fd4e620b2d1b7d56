/** `./tenfold up`: everything, until it is told to stop. */
import { flushCompileCache } from "node:module";
import type { Command } from "../cli/command.ts";
import { readPlatformConfig, refuseUnknownSettings } from "../config.ts";
import { buildWebApp } from "../web-build.ts";
import { platformFlags, settingsSource } from "./platform-flags.ts";

export const upCommand: Command = {
  name: "up",
  summary: "Start the platform and print its address",
  flags: platformFlags,
  examples: [
    "./tenfold up",
    "./tenfold up --port 9000 --data /srv/tenfold",
    "./tenfold up --only url-shortener --role api",
    "DATABASE_URL=postgres://me:secret@db/tenfold REDIS_URL=redis://cache:6379 ./tenfold up",
  ],
  async run({ flags, env, io, signal }) {
    const startedMs = performance.now();
    const source = settingsSource(flags, platformFlags, env);
    const config = readPlatformConfig(source);
    // Loaded when there is something to start, so that help and mistakes answer at once.
    const [{ pinoLog }, { createApp }, { allSettings }] = await Promise.all([
      import("@tenfold/http"),
      import("../app.ts"),
      import("../all-settings.ts"),
    ]);
    refuseUnknownSettings(
      source,
      allSettings().map(({ name }) => name),
    );
    // A person reads the progress lines; a machine reads the log.
    const level =
      source["TENFOLD_LOG_LEVEL"] === undefined && io.interactive
        ? "warn"
        : config.TENFOLD_LOG_LEVEL;
    const log = pinoLog({ level });
    const progress = (step: string): void => io.err(`  ${step}`);

    if (config.TENFOLD_ROLE !== "worker") {
      await buildWebApp(() =>
        progress("building the web app (first run, or its sources changed) …"),
      );
    }
    await using app = createApp({ log, progress }, { config, source });
    await app.start();
    const seconds = ((performance.now() - startedMs) / 1000).toFixed(1);
    io.err(`  ready in ${seconds} s; stop with Ctrl-C`);
    io.out(app.url);
    // It would be written when the process ends; one that is killed leaves it too.
    flushCompileCache();
    await new Promise<void>((resolve) => {
      if (signal.aborted) resolve();
      signal.addEventListener("abort", () => resolve(), { once: true });
    });
    io.err("  stopping: requests in flight may finish …");
    return 0;
  },
};
