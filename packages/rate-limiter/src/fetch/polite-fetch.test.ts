import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:http";
import { test } from "node:test";
import { createPoliteFetch, type Fetch, type PoliteOptions } from "./index.ts";

type Answer = { status: number; headers?: Record<string, string> } | Error;

/** A fetch whose server is a list of answers, and whose clock moves only by sleeping. */
function scene(answers: readonly Answer[], options: Partial<PoliteOptions> = {}, random = 0) {
  const waits: number[] = [];
  const sent: { method: string; atMs: number }[] = [];
  let nowMs = 0;
  const clock = {
    now: () => 1_750_000_000_000 + nowMs,
    monotonic: () => nowMs,
    async sleep(ms: number, signal?: AbortSignal) {
      signal?.throwIfAborted();
      waits.push(ms);
      nowMs += ms;
      await Promise.resolve();
      signal?.throwIfAborted();
    },
  };
  const server: Fetch = async (input, init) => {
    const method = input instanceof Request ? input.method : (init?.method ?? "GET");
    sent.push({ method, atMs: nowMs });
    const answer = answers[sent.length - 1] ?? { status: 200 };
    if (answer instanceof Error) throw answer;
    return new Response("body", { status: answer.status, headers: answer.headers ?? {} });
  };
  const polite = createPoliteFetch(
    { clock, random: { float: () => random }, fetch: server },
    options,
  );
  return { polite, waits, sent, advance: (ms: number) => void (nowMs += ms) };
}

const refusal = (seconds: string): Answer => ({
  status: 429,
  headers: { "retry-after": seconds },
});

test("a refused request waits as long as Retry-After says, then goes again", async () => {
  const { polite, waits, sent } = scene([refusal("3")]);
  const response = await polite("http://api.test/things");
  assert.equal(response.status, 200);
  assert.deepEqual(waits, [3000]);
  assert.deepEqual(
    sent.map(({ atMs }) => atMs),
    [0, 3000],
  );
});

test("Retry-After may be a date", async () => {
  const date = new Date(1_750_000_000_000 + 5000).toUTCString();
  const { polite, waits } = scene([refusal(date)]);
  await polite("http://api.test/things");
  assert.deepEqual(waits, [5000]);
});

test("jitter only ever lengthens a wait that was asked for", async () => {
  const { polite, waits } = scene([refusal("10")], { jitterRatio: 0.2 }, 0.5);
  await polite("http://api.test/things");
  assert.deepEqual(waits, [11_000]);
});

test("Retry-After wins over RateLimit, and RateLimit is obeyed without it", async () => {
  const limit = '"minute";r=0;t=20, "day";r=10;t=9000';
  const both = scene([{ status: 429, headers: { "retry-after": "4", ratelimit: limit } }]);
  await both.polite("http://api.test/things");
  assert.deepEqual(both.waits, [4000]);
  const alone = scene([{ status: 429, headers: { ratelimit: limit } }]);
  await alone.polite("http://api.test/things");
  assert.deepEqual(alone.waits, [20_000]);
});

test("after an answer that leaves nothing, the next request waits before it is sent", async () => {
  const { polite, waits, sent } = scene([
    { status: 200, headers: { ratelimit: '"minute";r=0;t=7' } },
  ]);
  await polite("http://api.test/things?page=1");
  await polite("http://api.test/other");
  assert.deepEqual(waits, [], "another address has its own quota");
  await polite("http://api.test/things?page=2");
  assert.deepEqual(waits, [7000]);
  assert.equal(sent.length, 3);
});

test("a field from a cache, or one that cannot be read, changes nothing", async () => {
  const { polite, waits } = scene([
    { status: 200, headers: { ratelimit: '"minute";r=0;t=7', age: "3" } },
    { status: 200, headers: { ratelimit: '"minute;r=0' } },
    { status: 200, headers: { ratelimit: '("a" "b");r=0;t=9, "c";r=-1;t=3, token;r=0;t=5' } },
  ]);
  for (let call = 0; call < 4; call += 1) await polite("http://api.test/things");
  assert.deepEqual(waits, []);
});

test("without a told wait it backs off: doubling, capped, a random part of it", async () => {
  const broken: Answer = { status: 503 };
  const { polite, waits } = scene(
    [broken, broken, broken, broken],
    { attemptsMax: 5, backoffMs: 100, backoffMsMax: 300 },
    0.5,
  );
  assert.equal((await polite("http://api.test/things")).status, 200);
  assert.deepEqual(waits, [50, 100, 150, 150]);
});

test("it gives up after the attempts: the last answer is the caller's", async () => {
  const { polite, sent } = scene([refusal("1"), refusal("1"), refusal("1")], { attemptsMax: 2 });
  const response = await polite("http://api.test/things");
  assert.equal(response.status, 429);
  assert.equal(await response.text(), "body");
  assert.equal(sent.length, 2);
});

test("a wait that does not fit the time is not begun", async () => {
  const { polite, sent, waits } = scene([refusal("3600")], { budgetMs: 10_000 });
  assert.equal((await polite("http://api.test/things")).status, 429);
  assert.deepEqual(waits, []);
  const held = await polite("http://api.test/things");
  assert.equal(held.status, 429);
  assert.equal(held.headers.get("retry-after"), "600", "a hold is capped at ten minutes");
  assert.equal(sent.length, 1, "nothing was sent the second time");
});

test("a POST is repeated when it was refused, and not when it may have been carried out", async () => {
  const post = { method: "POST", body: "{}" };
  const refused = scene([refusal("1"), { status: 503, headers: { "retry-after": "1" } }]);
  assert.equal((await refused.polite("http://api.test/x", post)).status, 200);
  assert.equal(refused.sent.length, 3);

  const broken = scene([{ status: 503 }]);
  assert.equal((await broken.polite("http://api.test/x", post)).status, 503);
  const cut = scene([new TypeError("fetch failed")]);
  await assert.rejects(cut.polite("http://api.test/x", post), /fetch failed/);
  assert.equal(cut.sent.length, 1);

  const keyed = scene([{ status: 503 }, new TypeError("fetch failed")]);
  const withKey = { ...post, headers: { "idempotency-key": "k1" } };
  assert.equal((await keyed.polite("http://api.test/x", withKey)).status, 200);
});

test("a stream can be sent once only", async () => {
  const { polite, sent } = scene([refusal("1")]);
  const init = { method: "POST", body: new Blob(["x"]).stream() };
  assert.equal((await polite("http://api.test/x", init)).status, 429);
  assert.equal(sent.length, 1);
});

test("an abort ends the waiting with the signal's reason", async () => {
  const controller = new AbortController();
  const { polite, sent } = scene([refusal("5")]);
  const answer = polite("http://api.test/x", { signal: controller.signal });
  controller.abort(new Error("no longer needed"));
  await assert.rejects(answer, /no longer needed/);
  assert.equal(sent.length, 1);
});

test("a Request with a body reaches a real server whole on every attempt", async () => {
  const bodies: string[] = [];
  const server = createServer((request, response) => {
    let body = "";
    request.setEncoding("utf8").on("data", (chunk: string) => (body += chunk));
    request.on("end", () => {
      bodies.push(body);
      response.writeHead(bodies.length < 3 ? 429 : 200, { "retry-after": "1" }).end();
    });
  }).listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  const port = typeof address === "object" ? address?.port : 0;
  let nowMs = 0;
  const clock = {
    now: () => nowMs,
    monotonic: () => nowMs,
    sleep: async (ms: number) => void (nowMs += ms),
  };
  const polite = createPoliteFetch({ clock, random: { float: () => 0 } });
  try {
    const request = new Request(`http://127.0.0.1:${port}/`, { method: "POST", body: "whole" });
    const response = await polite(request);
    assert.equal(response.status, 200);
    await response.text();
    assert.deepEqual(bodies, ["whole", "whole", "whole"]);
  } finally {
    server.close();
    server.closeAllConnections();
  }
});
