/**
 * Unique IDs over HTTP with an API key: one at a time at 2,000 requests/s, and in
 * batches of 10,000 as fast as they come. The server and the load have a core
 * each; beside it the same for a bare node:http server that answers a text of
 * the same length, so that one sees what the machine gives.
 *
 *   node bench/ids-http.ts
 */
import { medianBy, runLoad, startServer, writeRequests } from "./support/pinned.ts";
import { startPlatform } from "./support/platform.ts";

const rounds = 5;
const durationMs = 5_000;
const batch = 10_000;

await using platform = await startPlatform();
const { body } = await platform.api("POST /v1/api-keys", {
  body: { name: "bench", scopes: ["ids:read"] },
});

function requestsFile(path: string): string {
  return writeRequests([
    `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer ${body.key}\r\n\r\n`,
  ]);
}

async function measure(port: number, label: string): Promise<void> {
  const singles = [];
  const batches = [];
  const one = { port, connections: 32, durationMs, requestsFile: requestsFile("/v1/ids") };
  const many = {
    port,
    connections: 4,
    durationMs,
    requestsFile: requestsFile(`/v1/ids?count=${batch}`),
  };
  for (let round = 0; round < rounds; round++) singles.push(await runLoad({ ...one, rate: 2_000 }));
  for (let round = 0; round < rounds; round++) batches.push(await runLoad(many));
  const single = medianBy(singles, ({ p99Ms }) => p99Ms);
  const most = medianBy(batches, ({ perSecond }) => perSecond);
  console.log(
    `${label.padEnd(10)} single at 2,000/s   ${Math.round(single.perSecond)}/s  p50 ${single.p50Ms.toFixed(2)} ms  p99 ${single.p99Ms.toFixed(2)} ms  max ${single.maxMs.toFixed(1)} ms  unsent ${single.unsent}  ${JSON.stringify(single.statuses)}`,
  );
  console.log(
    `${label.padEnd(10)} batches of ${batch.toLocaleString("en")}   ${((most.perSecond * batch) / 1e6).toFixed(2)} M IDs/s  p50 ${most.p50Ms.toFixed(1)} ms  p99 ${most.p99Ms.toFixed(1)} ms  ${JSON.stringify(most.statuses)}`,
  );
}

await measure(platform.server.port, "tenfold");
await using bare = await startServer("./bare-ids.ts");
await measure(bare.port, "bare");
