/**
 * The load that the notes estimate for 100 million links a day, all of it on
 * one machine at once for a minute: 11,600 redirects/s and 1,160 creates/s.
 * Server, Postgres and load share its cores as they come. Beside it, what a
 * bare `node:http` server has at the same redirects alone, and what others did
 * with the machine meanwhile.
 */
import { watchOthers } from "./support/machine.ts";
import type { LoadPlan } from "./support/generator.ts";
import { runLoad, startServer, writeRequests } from "./support/pinned.ts";
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

const redirecting = { connections: 64, durationMs, requestsFile: redirects, rate: 11_600 };
const creating = { connections: 64, durationMs, requestsFile: creates, rate: 1_160 };
const share = (plan: LoadPlan) => runLoad({ ...plan, shared: true });
const { result, othersCores } = await watchOthers(() =>
  Promise.all([share({ ...redirecting, port }), share({ ...creating, port })]),
);
await using bare = await startServer("./bare-302.ts", [], null);
const peer = await share({ ...redirecting, port: bare.port, durationMs: durationMs / 4 });

const [read, written] = result;
const rows = { redirects: read, creates: written, "bare node:http, redirects alone": peer };
for (const [name, { perSecond, unsent, statuses, ...times }] of Object.entries(rows)) {
  console.log(
    `${name.padEnd(32)} ${Math.round(perSecond)}/s  p50 ${times.p50Ms.toFixed(1)} ms  p99 ${times.p99Ms.toFixed(1)} ms  ` +
      `max ${times.maxMs.toFixed(0)} ms  unsent ${unsent}  load late by ${times.sentLateP99Ms.toFixed(1)} ms at p99  ${JSON.stringify(statuses)}`,
  );
}
console.log(
  `for ${durationMs / 1000} s; others used ${othersCores.toFixed(2)} of the cores meanwhile`,
);
