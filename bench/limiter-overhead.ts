/**
 * What the rate limits cost a request: requests per second of the web server
 * with them and without, in memory, for a redirect (one decision, no fields)
 * and for a JSON route (two decisions, both fields). Server and load have a core
 * each; the two servers take turns. Beside the rate stands the processor time
 * that the server took per request, which says the same on a quiet machine and
 * still says it on one where the load generator does not get its core.
 */
import { readFileSync } from "node:fs";
import { runLoad, startServer, writeRequests, type Server } from "./support/pinned.ts";

interface Measured {
  perSecond: number;
  /** Of the server's processor, per request. */
  microseconds: number;
}

const rounds = 7;
const durationMs = 1_000;
const connections = 64;

const plans = [
  { name: "redirect, one decision", path: (at: number) => `/code${at % 1000}` },
  { name: "JSON, two decisions", path: () => "/v1/thing" },
];

await using limited = await startServer("./serve-limited.ts", ["on"]);
await using free = await startServer("./serve-limited.ts", ["off"]);

for (const { name, path } of plans) {
  const requestsFile = writeRequests(
    Array.from(
      { length: 1_000 },
      (_, at) => `GET ${path(at)} HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept: */*\r\n\r\n`,
    ),
  );
  const measure = async ({ port, pid }: Server): Promise<Measured> => {
    const before = processorMs(pid);
    const { perSecond, requests } = await runLoad({ port, connections, durationMs, requestsFile });
    return { perSecond, microseconds: ((processorMs(pid) - before) * 1000) / requests };
  };
  // Long enough for both to be compiled: what is measured is a server that has been up.
  for (let warm = 0; warm < 3; warm += 1) {
    await measure(limited);
    await measure(free);
  }
  const on: Measured[] = [];
  const off: Measured[] = [];
  for (let round = 0; round < rounds; round += 1) {
    // Each goes first every other time.
    if (round % 2 === 0) on.push(await measure(limited));
    off.push(await measure(free));
    if (round % 2 === 1) on.push(await measure(limited));
  }
  const rate = ratioOf(on, off, ({ perSecond }) => perSecond);
  const time = ratioOf(on, off, ({ microseconds }) => microseconds);
  console.log(`${name}, medians of ${rounds}:`);
  console.log(
    `  requests/s          on ${rate.on.toFixed(0)}  off ${rate.off.toFixed(0)}  ratio ${rate.ratio.toFixed(3)}`,
  );
  console.log(
    `  µs of CPU a request on ${time.on.toFixed(2)}  off ${time.off.toFixed(2)}  ratio ${time.ratio.toFixed(3)}`,
  );
}

/** Medians of both, and of their ratios round by round. */
function ratioOf(on: Measured[], off: Measured[], read: (measured: Measured) => number) {
  const median = (numbers: number[]): number =>
    numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? 0;
  const ratios = on.map((measured, round) => {
    const other = off[round];
    return other === undefined ? 1 : read(measured) / read(other);
  });
  return { on: median(on.map(read)), off: median(off.map(read)), ratio: median(ratios) };
}

/** Processor time of a process so far; Linux counts it in hundredths of a second. */
function processorMs(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, "utf8")
    .replace(/^.*\) /, "")
    .split(" ");
  return (Number(fields[11]) + Number(fields[12])) * 10;
}
