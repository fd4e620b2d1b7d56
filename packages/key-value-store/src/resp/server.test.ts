import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import { test } from "node:test";
import { createManualClock, systemClock } from "@tenfold/core";
import { connectRaw, encodeCommand } from "../commands/testing/raw-client.ts";
import { createReferenceKeyspace } from "../commands/testing/reference-keyspace.ts";
import { createRespServer, defaultSessionLimits, type RespServerOptions } from "./server.ts";

async function serve(options: Partial<RespServerOptions> = {}, clock = systemClock) {
  const server = createRespServer(
    { keyspace: createReferenceKeyspace(() => clock.now()), clock },
    options,
  );
  await server.start();
  return server;
}

test("stop() closes the connections and frees the port", async () => {
  const server = await serve();
  using client = await connectRaw(server.port);
  await client.ask([["PING"]]);
  const closed = once(client.socket, "close");
  await server.stop();
  await closed;
  assert.equal(server.connections, 0);
});

test("a client that ends its side gets the answers to what it has sent", async () => {
  await using server = await serve();
  const socket = connect(server.port, "127.0.0.1");
  socket.end("SET a 1\r\nGET a\r\n");
  let text = "";
  for await (const chunk of socket) text += String(chunk);
  assert.equal(text, "+OK\r\n$1\r\n1\r\n");
});

test("one client too many is told so", async () => {
  await using server = await serve({ connectionsMax: 1 });
  using first = await connectRaw(server.port);
  await first.ask([["PING"]]);
  using second = await connectRaw(server.port);
  assert.equal(await second.untilClosed(""), "-ERR max number of clients reached\r\n");
  assert.deepEqual(await first.ask([["PING"]]), ["+PONG\r\n"]);
});

test("stop() ends although a refused client keeps its side open", async () => {
  const server = await serve({ connectionsMax: 0 });
  const socket = connect({ port: server.port, host: "127.0.0.1", allowHalfOpen: true });
  socket.on("error", () => undefined);
  const [text] = await once(socket, "data");
  assert.equal(String(text), "-ERR max number of clients reached\r\n");
  await server.stop();
  socket.destroy();
});

test("malformed bytes get Redis's text and a clean close; others do not notice", async () => {
  await using server = await serve();
  using witness = await connectRaw(server.port);
  using hostile = await connectRaw(server.port);
  assert.equal(
    await hostile.untilClosed("*1\r\n$-5\r\nPING\r\n"),
    "-ERR Protocol error: invalid bulk length\r\n",
  );
  assert.deepEqual(await witness.ask([["PING"]]), ["+PONG\r\n"]);
});

test("a pipeline of a hundred thousand commands is answered in order", async () => {
  await using server = await serve();
  using client = await connectRaw(server.port);
  const commands = Array.from({ length: 100_000 }, (_, i) => ["ECHO", String(i)]);
  const socket = client.socket;
  const bytes = Buffer.concat(commands.map(encodeCommand));
  const expected = commands.map(([, text = ""]) => `$${text.length}\r\n${text}\r\n`).join("");
  socket.removeAllListeners("data");
  let text = "";
  const done = new Promise<void>((resolve) => {
    socket.on("data", (chunk) => {
      text += String(chunk);
      if (text.length >= expected.length) resolve();
    });
  });
  socket.write(bytes);
  await done;
  assert.ok(text === expected);
});

test("a client that never reads is cut off after a while, and others are served meanwhile", async () => {
  const clock = createManualClock();
  const limits = { ...defaultSessionLimits, runningMax: 8 };
  await using server = await serve({ limits, stalledMs: 1000 }, clock);
  using witness = await connectRaw(server.port);
  await witness.ask([["SET", "big", "v".repeat(500_000)]]);
  const hostile = connect(server.port, "127.0.0.1");
  hostile.on("error", () => undefined);
  hostile.pause();
  const closed = once(hostile, "close");
  hostile.write(Buffer.concat(Array.from({ length: 100 }, () => encodeCommand(["GET", "big"]))));
  assert.deepEqual(await witness.ask([["PING"]]), ["+PONG\r\n"]);
  while (server.connections > 1) await clock.advance(250);
  hostile.resume();
  await closed;
  assert.deepEqual(await witness.ask([["PING"]]), ["+PONG\r\n"]);
});
