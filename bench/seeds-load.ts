/**
 * The load that the notes estimate for 100 million links a day, all of it on
 * one machine at once for a minute: 11,600 redirects/s and 1,160 creates/s.
 * Server, Postgres and load share its cores as they come.
 */
import { runLoad, writeRequests } from "./support/pinned.ts";
import { createRequest, fillLinks, redirectRequest, startPlatform } from "./support/platform.ts";

const durationMs = Number(process.env["BENCH_SECONDS"] ?? 60) * 1000;
await using platform = await startPlatform({ pinned: false });
const { codes } = await fillLinks(platform, 100_000);
const { port } = platform.server;

const redirects = writeRequests(codes.map(redirectRequest));
const urls = Array.from(
  { length: (durationMs * 1160) / 1000 + 5_000 },
  (_, index) => `https://example.net/${index}`,
);
const creates = writeRequests(urls.map((url) => createRequest(platform.token, url)));
for (let answered = 0; answered < 2 * codes.length;) {
  const warm = { port, connections: 64, durationMs: 3_000, requestsFile: redirects };
  answered += (await runLoad({ ...warm, warmUpMs: 0, offset: answered })).requests;
}

const [read, written] = await Promise.all([
  runLoad({
    port,
    connections: 64,
    durationMs,
    requestsFile: redirects,
    rate: 11_600,
    shared: true,
  }),
  runLoad({ port, connections: 64, durationMs, requestsFile: creates, rate: 1_160, shared: true }),
]);
for (const [name, result] of Object.entries({ redirects: read, creates: written })) {
  console.log(
    `${name.padEnd(10)} ${Math.round(result.perSecond)}/s for ${durationMs / 1000} s  p50 ${result.p50Ms.toFixed(1)} ms  ` +
      `p99 ${result.p99Ms.toFixed(1)} ms  max ${result.maxMs.toFixed(0)} ms  unsent ${result.unsent}  ${JSON.stringify(result.statuses)}`,
  );
}
