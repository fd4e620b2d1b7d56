/** Durable creates over HTTP: one at a time from 64 callers, and in bulk. Every link is fsynced before its answer. */
import { medianBy, runLoad, writeRequests } from "./support/pinned.ts";
import { createRequest, fillLinks, startPlatform } from "./support/platform.ts";

const rounds = 3;
await using platform = await startPlatform();

const singles = [];
for (let round = 0; round < rounds; round++) {
  // Each URL is new: no link is answered again instead of made.
  const urls = Array.from(
    { length: 60_000 },
    (_, index) => `https://example.com/${round}/${index}`,
  );
  const requestsFile = writeRequests(urls.map((url) => createRequest(platform.token, url)));
  singles.push(
    await runLoad({ port: platform.server.port, connections: 64, durationMs: 5_000, requestsFile }),
  );
}
const bulks = [];
for (let round = 0; round < rounds; round++) {
  bulks.push(await fillLinks(platform, 50_000, `https://example.org/bulk/${round}/`));
}
const single = medianBy(singles, ({ perSecond }) => perSecond);
const bulk = medianBy(bulks, ({ perSecond }) => perSecond);
console.log(`durable creates over HTTP, medians of ${rounds}:`);
console.log(
  `  single, 64 callers  ${Math.round(single.perSecond)}/s  p50 ${single.p50Ms.toFixed(1)} ms  p99 ${single.p99Ms.toFixed(1)} ms  ${JSON.stringify(single.statuses)}`,
);
console.log(`  bulk of 10,000      ${Math.round(bulk.perSecond)} links/s`);
