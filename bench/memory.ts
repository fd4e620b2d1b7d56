/** Resident memory of the Node process with a million links stored and 100,000 of them followed. */
import { readFileSync } from "node:fs";
import { runLoad, writeRequests } from "./support/pinned.ts";
import { fillLinks, redirectRequest, startPlatform } from "./support/platform.ts";

await using platform = await startPlatform();
const { codes, perSecond } = await fillLinks(platform, 1_000_000);
const requestsFile = writeRequests(
  codes.filter((_, index) => index % 10 === 0).map(redirectRequest),
);
await runLoad({ port: platform.server.port, connections: 64, durationMs: 20_000, requestsFile });

const status = readFileSync(`/proc/${platform.server.pid}/status`, "utf8");
const mebibytes = (name: string): string =>
  (Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)?.[1]) / 1024).toFixed(0);
console.log(
  `${codes.length} links stored at ${Math.round(perSecond)} links/s, every tenth followed:`,
);
console.log(`  resident ${mebibytes("VmRSS")} MiB, peak ${mebibytes("VmHWM")} MiB`);
