/** The platform for a benchmark: `serve.ts <data folder> [unlimited]`; prints its URL. */
import { fileURLToPath } from "node:url";
import { silentLog } from "@tenfold/core";
import { startApp } from "tenfold/testing";

const [dataFolder = "", limits] = process.argv.slice(2);
const settings = {
  TENFOLD_PORT: "0",
  TENFOLD_SIGN_UP: "open",
  TENFOLD_FETCH_TITLES: "false",
  TENFOLD_DATA: dataFolder,
  // Decided about as always, but so wide that a benchmark never meets them.
  TENFOLD_RATE_LIMITS: fileURLToPath(
    new URL("../../test/support/loose-limits.yaml", import.meta.url),
  ),
};
const app = await startApp(settings, silentLog, { unlimited: limits === "unlimited" });
process.stdout.write(`${app.url}\n`);
process.on("SIGTERM", () => void app.stop());
