/**
 * The platform as a process of its own, killed at random moments under load:
 * what was acknowledged is there afterwards, and it comes back unattended.
 */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { rm } from "node:fs/promises";
import { connect } from "node:net";
import { join } from "node:path";
import { test, type TestContext } from "node:test";
import { setTimeout as delay } from "node:timers/promises";
import { createSeededRandom } from "@tenfold/core";
import { makeDataFolder, password, type Api } from "./support/app.ts";
import { createLinks, lostLinks, type Acknowledged } from "./support/load.ts";
import { startProcess, type PlatformProcess } from "./support/process.ts";

const rounds = 20;
const callers = 16;

async function temporaryFolder(t: TestContext): Promise<{ TENFOLD_DATA: string }> {
  const folder = await makeDataFolder();
  t.after(() => rm(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 }));
  return { TENFOLD_DATA: folder };
}

/** The first account, signed in; the token outlives the process. */
async function signUp(platform: PlatformProcess): Promise<string> {
  const api = platform.api();
  const email = "ada@example.org";
  await api("POST /v1/accounts", { body: { email, password } });
  return (await api("POST /v1/sessions", { body: { email, password } })).body.token;
}

test(`kill -9 in ${rounds} rounds of creates loses no acknowledged link`, async (t) => {
  const seed = Number(process.env["TENFOLD_TEST_SEED"] ?? Date.now() % 1_000_000);
  t.diagnostic(`TENFOLD_TEST_SEED=${seed}`);
  const random = createSeededRandom(seed);
  const where = await temporaryFolder(t);
  const all: Acknowledged[] = [];
  const startMs: number[] = [];
  let platform = await startProcess(where);
  t.after(() => platform.end("SIGKILL"));
  const token = await signUp(platform);

  for (let round = 0; round < rounds; round += 1) {
    const load = createLinks(platform.api(token), { callers });
    // Counted, not timed: a busy machine would end every round before its first link.
    const wanted = random.below(100);
    while (load.acknowledged.length < wanted && load.problems.size === 0) await delay(1);
    await delay(random.below(20));
    assert.ok(load.acknowledged.length >= wanted, JSON.stringify([...load.problems]));
    assert.equal(await platform.end("SIGKILL"), "SIGKILL");
    await load.stop();
    assert.deepEqual(
      [...load.problems.keys()].filter((code) => code !== "network"),
      [],
    );
    all.push(...load.acknowledged);

    const fromMs = performance.now();
    platform = await startProcess(where);
    startMs.push(performance.now() - fromMs);
    assert.deepEqual(await lostLinks(platform.url, load.acknowledged), [], `round ${round}`);
  }
  assert.deepEqual(await lostLinks(platform.url, all), []);
  const slowest = Math.round(Math.max(...startMs));
  t.diagnostic(`${all.length} links in ${rounds} rounds, 0 lost; slowest restart ${slowest} ms`);
});

/** Follows one link from several callers until the platform ends. */
function follow(url: string) {
  const answeredMs: number[] = [];
  let sent = 0;
  const stopping = new AbortController();
  const caller = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      sent += 1;
      try {
        const { status } = await fetch(url, { redirect: "manual" });
        if (status === 302) answeredMs.push(performance.now());
      } catch {
        return; // it was killed
      }
    }
  };
  const done = Promise.all(Array.from({ length: 4 }, caller));
  return {
    answeredMs,
    sent: () => sent,
    async stop(): Promise<void> {
      stopping.abort();
      await done;
    },
  };
}

async function newLink(api: Api): Promise<{ id: string; code: string }> {
  const body = { url: "https://example.com/clicked", reuse: false };
  return (await api("POST /v1/links", { body })).body;
}

async function clicksOf(api: Api, id: string): Promise<number> {
  return (await api("GET /v1/links/{id}", { params: { id } })).body.clicks.total;
}

/** Clicks still in memory are written in between. */
async function settledClicks(api: Api, id: string): Promise<number> {
  let before = await clicksOf(api, id);
  for (;;) {
    await delay(400);
    const now = await clicksOf(api, id);
    if (now === before) return now;
    before = now;
  }
}

test("kill -9 loses the clicks of the last moment at most, and counts none twice", async (t) => {
  const where = await temporaryFolder(t);
  let platform = await startProcess(where);
  t.after(() => platform.end("SIGKILL"));
  const token = await signUp(platform);
  for (let round = 0; round < 2; round += 1) {
    const { id, code } = await newLink(platform.api(token));
    const clicks = follow(`${platform.url}/${code}`);
    await delay(1_000);
    const killedMs = performance.now();
    await platform.end("SIGKILL");
    await clicks.stop();
    platform = await startProcess(where);
    const counted = await settledClicks(platform.api(token), id);
    const lost = clicks.answeredMs.length - counted;
    const lostMs = lost > 0 ? killedMs - (clicks.answeredMs[counted] ?? killedMs) : 0;
    t.diagnostic(
      `${lost} of ${clicks.answeredMs.length} clicks lost, of the last ${Math.round(lostMs)} ms`,
    );
    assert.ok(counted <= clicks.sent(), `${counted} counted, ${clicks.sent()} sent`);
    assert.ok(counted > 0);
    // The promise is 200 ms; the rest is for machines that are busy with other tests.
    assert.ok(lostMs <= 1_000, `the clicks of ${lostMs} ms were lost`);
  }
});

test("SIGTERM loses no click, and a request under way is answered", async (t) => {
  const where = await temporaryFolder(t);
  let platform = await startProcess(where);
  t.after(() => platform.end("SIGKILL"));
  const token = await signUp(platform);
  const { id, code } = await newLink(platform.api(token));
  const clicks = follow(`${platform.url}/${code}`);
  const slow = await openSlowRequest(platform, token);
  await delay(500);
  const ended = platform.end("SIGTERM");
  await clicks.stop();
  assert.ok(clicks.answeredMs.length > 0);
  await refusesNewOnes(platform.url);
  assert.match(await slow.finish(), /^HTTP\/1\.1 201 /);
  assert.equal(await ended, 0);

  platform = await startProcess(where);
  assert.equal(await settledClicks(platform.api(token), id), clicks.answeredMs.length);
  const made = await platform.api(token)("GET /v1/links", { query: { search: "slow" } });
  assert.equal(made.body.items.length, 1);
});

/** A create whose head the server has read, and whose body is still to come. */
async function openSlowRequest({ url }: PlatformProcess, token: string) {
  const { hostname, port, host } = new URL(url);
  const body = JSON.stringify({ url: "https://example.com/slow" });
  const socket = connect(Number(port), hostname);
  const said: string[] = [];
  const closed = new Promise<void>((resolve) => socket.once("close", () => resolve()));
  const continued = new Promise<void>((resolve) => socket.once("data", () => resolve()));
  const head = [
    "POST /v1/links HTTP/1.1",
    `host: ${host}`,
    `authorization: Bearer ${token}`,
    "content-type: application/json",
    `content-length: ${body.length}`,
    "connection: close",
    "expect: 100-continue",
  ];
  socket.write([...head, "", ""].join("\r\n"));
  await continued;
  return {
    async finish(): Promise<string> {
      socket.on("data", (chunk) => said.push(chunk.toString()));
      socket.write(body);
      await closed;
      return said.join("");
    },
  };
}

async function refusesNewOnes(url: string): Promise<void> {
  for (;;) {
    const status = await fetch(`${url}/livez`).then(
      (answer) => answer.status,
      () => "refused",
    );
    if (status === 503 || status === "refused") return;
    await delay(10);
  }
}

test("kill -9 of Postgres: the same process goes on, and no acknowledged link is lost", async (t) => {
  const where = await temporaryFolder(t);
  await using platform = await startProcess(where);
  const token = await signUp(platform);
  const load = createLinks(platform.api(token), { callers, persistent: true });
  for (let round = 0; round < 2; round += 1) {
    const before = await growth(load);
    const postmaster = postmasterOf(where.TENFOLD_DATA);
    process.kill(postmaster, "SIGKILL");
    while (load.acknowledged.length < before + 200) await delay(20);
    assert.notEqual(postmasterOf(where.TENFOLD_DATA), postmaster);
  }
  await load.stop();
  t.diagnostic(`${load.acknowledged.length} links; problems ${JSON.stringify([...load.problems])}`);
  assert.deepEqual(
    [...load.problems.keys()].filter((code) => code !== "sql_unavailable"),
    [],
  );
  assert.deepEqual(await lostLinks(platform.url, load.acknowledged), []);
});

/** Waits until links are being made again; answers how many there are. */
async function growth(load: { acknowledged: readonly Acknowledged[] }): Promise<number> {
  const from = load.acknowledged.length;
  while (load.acknowledged.length < from + 50) await delay(20);
  return load.acknowledged.length;
}

function postmasterOf(dataFolder: string): number {
  const text = readFileSync(join(dataFolder, "postgres/cluster/postmaster.pid"), "utf8");
  return Number(text.split("\n")[0]);
}
