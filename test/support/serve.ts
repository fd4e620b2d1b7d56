/**
 * One process of the platform for tests that end it badly:
 * `node test/support/serve.ts NAME=value …` prints its address when it serves.
 * Like `./tenfold up` without building the web app.
 */
import { TenfoldError } from "@tenfold/core";
import { pinoLog } from "@tenfold/http";
import { startApp } from "tenfold/testing";

const settings = Object.fromEntries(
  process.argv.slice(2).map((word) => {
    const equals = word.indexOf("=");
    return [word.slice(0, equals), word.slice(equals + 1)];
  }),
);

try {
  const app = await startApp(settings, pinoLog({ level: "error" }));
  process.once("SIGTERM", () => {
    app.stop().then(
      () => (process.exitCode = 0),
      () => (process.exitCode = 1),
    );
  });
  process.stdout.write(`serving ${app.url}\n`);
} catch (error) {
  const code = error instanceof TenfoldError ? error.code : "unexpected";
  process.stderr.write(`${code}: ${String(error)}\n`);
  process.exitCode = 1;
}
