/**
 * Redirects per second of one process, every click counted, over 100,000
 * links, beside a bare `node:http` 302 server and nginx's `return 302`; then
 * latency at 70 % of that rate, beside the bare server at the same rate. Server
 * and load have a core each. Rounds alternate, medians are printed, and what
 * others did with the machine meanwhile.
 */
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { watchOthers } from "./support/machine.ts";
import { cores, medianBy, runLoad, startServer, writeRequests } from "./support/pinned.ts";
import { fillLinks, redirectRequest, startPlatform } from "./support/platform.ts";

const rounds = 3;
/** More, since a single stall of the machine decides a p99. */
const pacedRounds = 5;
const durationMs = 5_000;
const connections = 64;

await using platform = await startPlatform();
await using bare = await startServer("./bare-302.ts");
const nginx = await startNginx();

const { codes } = await fillLinks(platform, 100_000);
// Every link is asked for, in an order without runs.
const requests = codes.map((_, index) =>
  redirectRequest(codes[(index * 7919) % codes.length] ?? ""),
);
const requestsFile = writeRequests(requests);
const measure = async (port: number, rate?: number) => {
  const paced = rate === undefined ? {} : { rate };
  const { result, othersCores } = await watchOthers(() =>
    runLoad({ port, connections, durationMs, requestsFile, ...paced }),
  );
  return { ...result, othersCores };
};
type Measured = Awaited<ReturnType<typeof measure>>;

// Every link is asked for before the clock runs: what is measured is a server that has been up.
for (let answered = 0; answered < 2 * codes.length;) {
  const warm = { port: platform.server.port, connections, durationMs, requestsFile };
  answered += (await runLoad({ ...warm, warmUpMs: 0, offset: answered })).requests;
}
await measure(bare.port);

const ours: Measured[] = [];
const bares: Measured[] = [];
const nginxes: Measured[] = [];
for (let round = 0; round < rounds; round++) {
  ours.push(await measure(platform.server.port));
  bares.push(await measure(bare.port));
  if (nginx !== undefined) nginxes.push(await measure(nginx.port));
}
const our = medianBy(ours, ({ perSecond }) => perSecond);
const theirs = medianBy(bares, ({ perSecond }) => perSecond);
const rate = Math.round(our.perSecond * 0.7);
const paced: Measured[] = [];
const pacedBare: Measured[] = [];
for (let round = 0; round < pacedRounds; round++) {
  paced.push(await measure(platform.server.port, rate));
  pacedBare.push(await measure(bare.port, rate));
}
const calm = medianBy(paced, ({ p99Ms }) => p99Ms);
const calmBare = medianBy(pacedBare, ({ p99Ms }) => p99Ms);

console.log(`redirects, ${codes.length} links, ${connections} connections, medians of ${rounds}:`);
console.log(
  `  Tenfold            ${Math.round(our.perSecond)}/s  p99 ${our.p99Ms.toFixed(1)} ms  ${JSON.stringify(our.statuses)}`,
);
console.log(
  `  bare node:http     ${Math.round(theirs.perSecond)}/s  ratio ${(our.perSecond / theirs.perSecond).toFixed(2)}`,
);
if (nginxes.length > 0) {
  const peer = medianBy(nginxes, ({ perSecond }) => perSecond);
  console.log(
    `  nginx return 302   ${Math.round(peer.perSecond)}/s  ratio ${(our.perSecond / peer.perSecond).toFixed(2)}`,
  );
} else {
  console.log("  nginx              not installed: apt-get install nginx-light");
}
console.log(`  at 70 %            ${rate}/s, medians of ${pacedRounds}`);
console.log(`    Tenfold          ${latencies(calm)}, each round's p99 ${p99s(paced)}`);
console.log(`    bare node:http   ${latencies(calmBare)}, each round's p99 ${p99s(pacedBare)}`);
const most = Math.max(...paced.map(({ sentLateP99Ms }) => sentLateP99Ms));
console.log(`    the load itself was late by up to ${most.toFixed(2)} ms at p99`);
const others = [...ours, ...bares, ...paced, ...pacedBare].map(({ othersCores }) => othersCores);
console.log(
  `  others used ${Math.min(...others).toFixed(2)} to ${Math.max(...others).toFixed(2)} of the machine's cores meanwhile`,
);
await nginx?.stop();

function latencies({ p50Ms, p99Ms, p999Ms }: Measured): string {
  return `p50 ${p50Ms.toFixed(2)} ms  p99 ${p99Ms.toFixed(2)} ms  p99.9 ${p999Ms.toFixed(2)} ms`;
}

function p99s(measured: readonly Measured[]): string {
  return measured.map(({ p99Ms }) => p99Ms.toFixed(1)).join(" ");
}

/** One worker on the server's core, on a free port. */
async function startNginx(): Promise<{ port: number; stop(): Promise<void> } | undefined> {
  if (spawnSync("nginx", ["-v"]).status !== 0) return undefined;
  const folder = mkdtempSync(join(tmpdir(), "tenfold-nginx-"));
  const port = 20_000 + (process.pid % 20_000);
  const file = join(folder, "nginx.conf");
  writeFileSync(
    file,
    `worker_processes 1; daemon off; pid ${folder}/pid; error_log ${folder}/error.log;
     events { worker_connections 1024; }
     http { access_log off; keepalive_requests 100000000;
       server { listen 127.0.0.1:${port}; return 302 https://example.com/target; } }`,
  );
  const child = spawn("taskset", ["-c", cores.server, "nginx", "-c", file], { stdio: "ignore" });
  await new Promise((resolve) => setTimeout(resolve, 500));
  return {
    port,
    async stop() {
      child.kill("SIGTERM");
      await once(child, "exit");
    },
  };
}
