import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import { test } from "node:test";
import { Type } from "typebox";
import { bind } from "./http.ts";
import { routes } from "./routes.ts";
import { startTestServer } from "./test-server.ts";

const table = routes({
  "GET /slow": { summary: "Waits", auth: "none", responses: { 200: Type.Object({}) } },
  "GET /quick": { summary: "Does not", auth: "none", responses: { 200: Type.Object({}) } },
});

async function slowServer(drainTimeoutMs: number) {
  const arrived = Promise.withResolvers<void>();
  const finish = Promise.withResolvers<void>();
  const signals: AbortSignal[] = [];
  const bound = bind("slow", table, {
    "GET /slow": async ({ signal }) => {
      signals.push(signal);
      arrived.resolve();
      await finish.promise;
      return { status: 200, body: {} };
    },
    "GET /quick": () => ({ status: 200, body: {} }),
  });
  return {
    ...(await startTestServer({ bound, options: { drainTimeoutMs } })),
    arrived,
    finish,
    signals,
  };
}

test("stopping lets a request in flight finish, and refuses new connections", async () => {
  const { server, get, arrived, finish } = await slowServer(30_000);
  const slow = get("/slow");
  await arrived.promise;
  const stopped = server.stop();
  await assert.rejects(get("/quick"));
  finish.resolve();
  assert.equal((await slow).status, 200);
  await stopped;
});

test("a request in flight longer than the drain time is told and cut", async () => {
  const { server, get, arrived, signals } = await slowServer(50);
  const slow = assert.rejects(get("/slow"));
  await arrived.promise;
  await server.stop();
  await slow;
  assert.equal(signals[0]?.aborted, true);
});

test("readyz says 503 while the server drains, and requests are still served", async () => {
  const drain = Promise.withResolvers<void>();
  const clock = {
    now: () => 0,
    monotonic: () => 0,
    sleep: (ms: number) => (ms === 777 ? drain.promise : new Promise<void>(() => undefined)),
  };
  await using waiting = await startTestServer({ deps: { clock }, options: { drainDelayMs: 777 } });
  const { server, get } = waiting;
  assert.equal((await get("/readyz")).status, 200);
  const stopped = server.stop();
  const ready = await get("/readyz");
  assert.equal(ready.status, 503);
  assert.deepEqual(await ready.json(), {
    ready: false,
    checks: [{ name: "server", ready: false, detail: "stopping" }],
  });
  assert.equal((await get("/v1/things/5")).status, 200);
  // The clock never ends the other waits; let the real drain go on.
  clock.sleep = () => Promise.resolve();
  drain.resolve();
  await stopped;
});

test("a new request on an old connection is refused with 503 while stopping", async () => {
  const { server, arrived, finish } = await slowServer(30_000);
  const socket = connect(server.port, "127.0.0.1", () =>
    socket.write("GET /slow HTTP/1.1\r\nhost: a\r\n\r\n"),
  );
  let received = "";
  socket.setEncoding("utf8").on("data", (chunk: string) => (received += chunk));
  const closed = once(socket, "close");
  await arrived.promise;
  const stopped = server.stop();
  socket.write("GET /quick HTTP/1.1\r\nhost: a\r\n\r\n");
  for (let turns = 0; turns < 10; turns += 1) await new Promise(setImmediate);
  finish.resolve();
  await Promise.all([closed, stopped]);
  assert.match(received, /^HTTP\/1\.1 200 [^]*HTTP\/1\.1 503 [^]*server_stopping/);
});

test("stop() before start() and twice is fine", async () => {
  const { server } = await startTestServer();
  await Promise.all([server.stop(), server.stop()]);
});
