/** The platform for a benchmark: `serve.ts <data folder>`; prints its URL. */
import { fileURLToPath } from "node:url";
import { startApp } from "tenfold/testing";

const [dataFolder = ""] = process.argv.slice(2);
const app = await startApp({
  TENFOLD_PORT: "0",
  TENFOLD_SIGN_UP: "open",
  TENFOLD_FETCH_TITLES: "false",
  TENFOLD_DATA: dataFolder,
  // Decided about as always, but so wide that a benchmark never meets them.
  TENFOLD_RATE_LIMITS: fileURLToPath(
    new URL("../../test/support/loose-limits.yaml", import.meta.url),
  ),
});
process.stdout.write(`${app.url}\n`);
process.on("SIGTERM", () => void app.stop());
