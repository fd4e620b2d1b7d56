/**
 * What the rate limits cost a request: requests per second with them and
 * without, in memory. First two real routes of the platform, a redirect (one
 * decision, no fields) and `GET /v1/links/{id}` with an API key (two decisions,
 * both fields); then the same two shapes with handlers that do nothing, where
 * nothing stands beside the limiter but the framework. Server and load have a
 * core each; the two servers take turns. Beside the rate stands the processor
 * time that the server's Node took per request, which says the same on a quiet
 * machine and still says it on one where the load does not get its core.
 */
import { readFileSync } from "node:fs";
import { runLoad, startServer, writeRequests, type Server } from "./support/pinned.ts";
import { redirectRequest, startPlatform, type Platform } from "./support/platform.ts";

interface Measured {
  perSecond: number;
  /** Of the server's processor, per request. */
  microseconds: number;
}

/** A server, and a file of requests for it. */
interface Target {
  server: Server;
  requestsFile: string;
}

const rounds = 9;
const durationMs = 1_000;
const connections = 64;
const links = 1_000;

await using limited = await startPlatform();
await using unlimited = await startPlatform({ unlimited: true });
const on = await realTargets(limited);
const off = await realTargets(unlimited);
await compare("redirect of a link, one decision", on.redirect, off.redirect);
await compare("GET /v1/links/{id} with a key, two decisions", on.read, off.read);

await using bareOn = await startServer("./serve-limited.ts", ["on"]);
await using bareOff = await startServer("./serve-limited.ts", ["off"]);
const shapes = [
  { name: "redirect that does nothing, one decision", path: (at: number) => `/code${at % 1000}` },
  { name: "JSON that does nothing, two decisions", path: () => "/v1/thing" },
];
for (const { name, path } of shapes) {
  const requestsFile = writeRequests(
    Array.from(
      { length: 1_000 },
      (_, at) => `GET ${path(at)} HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: */*\r\n\r\n`,
    ),
  );
  await compare(name, { server: bareOn, requestsFile }, { server: bareOff, requestsFile });
}

/** Links of a platform, to follow and to read. */
async function realTargets(platform: Platform): Promise<{ redirect: Target; read: Target }> {
  const { api, server } = platform;
  const items = Array.from({ length: links }, (_, at) => ({ url: `https://example.com/${at}` }));
  await api("POST /v1/links/bulk", { body: { items } });
  const made: { id: string; code: string }[] = [];
  for (let cursor: string | undefined; made.length < links;) {
    const query = { limit: 100, ...(cursor === undefined ? {} : { cursor }) };
    const { body } = await api("GET /v1/links", { query });
    made.push(...body.items);
    cursor = body.nextCursor ?? undefined;
  }
  const { body } = await api("POST /v1/api-keys", {
    body: { name: "bench", scopes: ["links:read"] },
  });
  return {
    redirect: {
      server,
      requestsFile: writeRequests(made.map(({ code }) => redirectRequest(code))),
    },
    read: {
      server,
      requestsFile: writeRequests(
        made.map(
          ({ id }) =>
            `GET /v1/links/${id} HTTP/1.1\r\nHost: 127.0.0.1\r\n` +
            `Authorization: Bearer ${body.key}\r\nAccept: application/json\r\n\r\n`,
        ),
      ),
    },
  };
}

async function compare(name: string, withLimits: Target, without: Target): Promise<void> {
  // Long enough for both to be compiled: what is measured is a server that has been up.
  for (let warm = 0; warm < 3; warm += 1) {
    await measure(withLimits);
    await measure(without);
  }
  const ons: Measured[] = [];
  const offs: Measured[] = [];
  for (let round = 0; round < rounds; round += 1) {
    // Each goes first every other time.
    if (round % 2 === 0) ons.push(await measure(withLimits));
    offs.push(await measure(without));
    if (round % 2 === 1) ons.push(await measure(withLimits));
  }
  const rate = ratioOf(ons, offs, ({ perSecond }) => perSecond);
  const time = ratioOf(ons, offs, ({ microseconds }) => microseconds);
  console.log(`${name}, medians of ${rounds}:`);
  console.log(
    `  requests/s          on ${rate.on.toFixed(0)}  off ${rate.off.toFixed(0)}  ratio ${rate.ratio.toFixed(3)}`,
  );
  console.log(
    `  µs of CPU a request on ${time.on.toFixed(2)}  off ${time.off.toFixed(2)}  ratio ${time.ratio.toFixed(3)}`,
  );
}

async function measure({ server, requestsFile }: Target): Promise<Measured> {
  const before = processorMs(server.pid);
  const { perSecond, requests, statuses } = await runLoad({
    port: server.port,
    connections,
    durationMs,
    requestsFile,
    warmUpMs: 0,
  });
  const answered = (statuses["2xx"] ?? 0) + (statuses["3xx"] ?? 0);
  if (answered !== requests) throw new Error(`refused or failed: ${JSON.stringify(statuses)}`);
  return { perSecond, microseconds: ((processorMs(server.pid) - before) * 1000) / requests };
}

/** Medians of both, and of their ratios round by round. */
function ratioOf(ons: Measured[], offs: Measured[], read: (measured: Measured) => number) {
  const median = (numbers: number[]): number =>
    numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? 0;
  const ratios = ons.map((measured, round) => {
    const other = offs[round];
    return other === undefined ? 1 : read(measured) / read(other);
  });
  return { on: median(ons.map(read)), off: median(offs.map(read)), ratio: median(ratios) };
}

/** Processor time of a process so far; Linux counts it in hundredths of a second. */
function processorMs(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8")
    .replace(/^.*\) /, "")
    .split(" ");
  return (Number(fields[11]) + Number(fields[12])) * 10;
}
