/** Hostile peers of a real node, over real sockets: other clients do not notice, memory stays bounded. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { connect, type Socket } from "node:net";
import { after, before, test } from "node:test";
import { Redis } from "ioredis";
import { startTenfoldCluster, type TenfoldCluster } from "./tenfold-cluster.ts";
import { until } from "./target.ts";

let store: TenfoldCluster;
let port = 0;
let neighbour: Redis;
before(async () => {
  store = await startTenfoldCluster({ nodes: 1 });
  port = store.ports.get("a") ?? 0;
  neighbour = new Redis({ port });
  await neighbour.set("here", "still");
});
after(async () => {
  neighbour.disconnect();
  await store[Symbol.asyncDispose]();
});

async function open(): Promise<{ socket: Socket; said: () => string; closed: Promise<unknown> }> {
  const socket = connect(port, "127.0.0.1");
  let text = "";
  socket.on("data", (chunk: Buffer) => (text = (text + chunk.toString("latin1")).slice(-10_000)));
  socket.on("error", () => undefined); // The close that follows is what is looked at.
  const closed = new Promise((resolve) => socket.once("close", resolve));
  await once(socket, "connect");
  return { socket, said: () => text, closed };
}

const residentMb = (): number =>
  Number(
    /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${store.pidOf("a") ?? 0}/status`, "utf8"))?.[1],
  ) / 1_024;

const isServing = async (): Promise<void> => assert.equal(await neighbour.get("here"), "still");

test("what is no protocol is told so and cut off", async () => {
  for (const [bytes, says] of [
    ["*1\r\n$-5\r\n", /-ERR Protocol error: invalid bulk length/],
    ["*99999999999\r\n", /-ERR Protocol error: invalid multibulk length/],
    ["*1\r\nX3\r\n", /-ERR Protocol error: expected '\$', got 'X'/],
    ["*2\r\n$3\r\nGET\r\n$9999999999\r\n", /-ERR Protocol error: invalid bulk length/],
  ] as const) {
    const { socket, said, closed } = await open();
    socket.write(bytes);
    await closed;
    assert.match(said(), says, JSON.stringify(bytes));
  }
  await isServing();
});

test("half a command is waited for, and takes nothing along when it goes", async () => {
  const halves = await Promise.all(Array.from({ length: 50 }, open));
  for (const { socket } of halves) socket.write("*3\r\n$3\r\nSET\r\n$4\r\nhalf\r\n$1000\r\nxx");
  await isServing();
  for (const { socket, closed } of halves) {
    socket.destroy();
    await closed;
  }
  assert.equal(await neighbour.exists("half"), 0);
});

test("values and keys that are too large are refused by size, and nothing is written", async () => {
  await assert.rejects(neighbour.set("k".repeat(2_000), "v"), /at most 1024 are taken/);
  await assert.rejects(
    neighbour.set("large", Buffer.alloc(1_048_577)),
    /at most 1048576 are taken|invalid bulk length/,
  );
  await until(
    "the neighbour's connection",
    async () => (await neighbour.get("here")) === "still",
    5_000,
  );
  assert.equal(await neighbour.exists("large"), 0);
});

test("a client that asks a million times and reads nothing is held back, and nobody else is", async () => {
  await neighbour.set("big", "x".repeat(100_000));
  const before = residentMb();
  const { socket } = await open();
  socket.pause();
  const ask = Buffer.from("*2\r\n$3\r\nGET\r\n$3\r\nbig\r\n".repeat(10_000));
  // A hundred gigabytes of answers, none of which is read.
  for (let sent = 0; sent < 100; sent++) socket.write(ask);
  for (let round = 0; round < 20; round++) await isServing();
  const grown = residentMb() - before;
  assert.ok(grown < 400, `${Math.round(grown)} MB for a client that reads nothing`);
  socket.destroy();
});

test("a pipeline of a million commands is answered whole and in order", async () => {
  const { socket, said, closed } = await open();
  const count = 1_000_000;
  let bytes = 0;
  socket.on("data", (chunk: Buffer) => (bytes += chunk.length));
  socket.write("*1\r\n$4\r\nPING\r\n".repeat(count));
  socket.write("*2\r\n$4\r\nECHO\r\n$3\r\nend\r\n*1\r\n$4\r\nQUIT\r\n");
  await closed;
  assert.equal(bytes, count * "+PONG\r\n".length + "$3\r\nend\r\n+OK\r\n".length);
  assert.match(said(), /\$3\r\nend\r\n\+OK\r\n$/);
  await isServing();
});
