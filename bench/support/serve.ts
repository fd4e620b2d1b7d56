/** The platform for a benchmark: `serve.ts <data folder>`; prints its URL. */
import { startApp } from "tenfold/testing";

const [dataFolder = ""] = process.argv.slice(2);
const app = await startApp({
  TENFOLD_PORT: "0",
  TENFOLD_SIGN_UP: "open",
  TENFOLD_FETCH_TITLES: "false",
  TENFOLD_DATA: dataFolder,
});
process.stdout.write(`${app.url}\n`);
process.on("SIGTERM", () => void app.stop());
