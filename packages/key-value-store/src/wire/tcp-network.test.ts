import assert from "node:assert/strict";
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { test } from "node:test";
import { createManualClock, silentLog, systemClock, systemRandom, type Clock } from "@tenfold/core";
import type { Message } from "../node/messages.ts";
import { encodeFrame, frameKinds, FrameReader } from "./frames.ts";
import { createHello, createProof, readHello } from "./handshake.ts";
import {
  createTcpNetwork,
  parseAddress,
  type TcpNetwork,
  type TcpNetworkOptions,
} from "./tcp-network.ts";
import { testCertificate, testKey } from "./testing/certificate.ts";

interface End extends AsyncDisposable {
  readonly network: TcpNetwork;
  /** The next message that comes. */
  message(): Promise<{ from: string; message: Message }>;
  /** The next peer whose last way broke. */
  lost(): Promise<string>;
}

function queue<Value>(): { put: (value: Value) => void; take: () => Promise<Value> } {
  const values: Value[] = [];
  const takers: ((value: Value) => void)[] = [];
  return {
    put: (value) => (takers.shift() ?? ((each: Value) => void values.push(each)))(value),
    take: () =>
      new Promise((resolve) => {
        const value = values.shift();
        if (value === undefined) takers.push(resolve);
        else resolve(value);
      }),
  };
}

async function open(
  name: string,
  options: Partial<TcpNetworkOptions> = {},
  clock: Clock = systemClock,
): Promise<End> {
  const messages = queue<{ from: string; message: Message }>();
  const lost = queue<string>();
  const network = createTcpNetwork(
    {
      clock,
      random: systemRandom,
      log: silentLog,
      message: (from, message) => messages.put({ from, message }),
      lost: (peer) => lost.put(peer),
    },
    { name, cluster: "test", secret: "s3cret", ...options },
  );
  await network.start();
  return {
    network,
    message: messages.take,
    lost: lost.take,
    [Symbol.asyncDispose]: () => network.stop(),
  };
}

const message = (id: number, register = Buffer.from("r")): Message => ({
  boot: 1,
  id,
  stamp: 2,
  version: 3,
  body: { kind: "request", request: { kind: "inspect", register } },
});

const addressOf = ({ network }: End): string => `127.0.0.1:${network.port}`;

/** Waits for what has no event of its own. */
async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await new Promise((resolve) => setImmediate(resolve));
}

test("messages go to a name that is known, and answers come back over the same connection", async () => {
  await using one = await open("one");
  await using two = await open("two");
  one.network.know([{ name: "two", address: addressOf(two) }]);
  for (const id of [1, 2, 3]) one.network.send("two", message(id));
  for (const id of [1, 2, 3]) {
    const received = await two.message();
    assert.equal(received.from, "one");
    assert.equal(received.message.id, id);
  }
  // "two" was never told where "one" is.
  two.network.send("one", message(4));
  assert.equal((await one.message()).message.id, 4);
  assert.equal(one.network.stats().connections, 1);
});

test("a seed is reached by its address alone, and names itself", async () => {
  await using one = await open("one");
  await using two = await open("two");
  one.network.send(addressOf(two), message(1));
  assert.equal((await two.message()).from, "one");
  two.network.send("one", message(2));
  assert.equal((await one.message()).from, "two");
  one.network.send(addressOf(two), message(3));
  assert.equal((await two.message()).message.id, 3);
});

test("what is sent to nobody or nowhere is dropped, and a peer that is not there is told of as lost", async () => {
  await using one = await open("one");
  one.network.send("nobody", message(1));
  assert.equal(one.network.stats().dropped, 1);
  const gone = await open("gone");
  const address = addressOf(gone);
  await gone.network.stop();
  one.network.know([{ name: "gone", address }]);
  one.network.send("gone", message(2));
  assert.equal(await one.lost(), "gone");
  assert.equal(one.network.stats().dropped, 2);
});

test("a node that stops while it dials leaves no connection behind", async () => {
  await using one = await open("one");
  await using two = await open("two");
  one.network.know([{ name: "two", address: addressOf(two) }]);
  one.network.send("two", message(1));
  await one.network.stop();
  // Another one of the same name is met, and with it whatever came before.
  await using again = await open("one");
  again.network.know([{ name: "two", address: addressOf(two) }]);
  again.network.send("two", message(2));
  assert.equal((await two.message()).message.id, 2);
  two.network.send("one", message(3));
  assert.equal((await again.message()).message.id, 3);
  assert.equal(one.network.stats().connections, 0);
});

test("a peer that ends is lost at once, and reached again after it is back", async () => {
  const clock = createManualClock(systemClock.now());
  await using one = await open("one", {}, clock);
  const before = await open("two");
  one.network.know([{ name: "two", address: addressOf(before) }]);
  one.network.send("two", message(1));
  await before.message();
  const { port } = before.network;
  await before.network.stop();
  assert.equal(await one.lost(), "two");
  one.network.send("two", message(2));
  assert.equal(await one.lost(), "two");
  await using after = await open("two", { listen: { host: "127.0.0.1", port } });
  // Not before the pause after the failed dial is over.
  one.network.send("two", message(3));
  await clock.advance(1_000);
  one.network.send("two", message(4));
  assert.equal((await after.message()).message.id, 4);
});

const refusals: readonly (readonly [string, Partial<TcpNetworkOptions>, RegExp])[] = [
  ["another secret", { secret: "guess" }, /the secrets of "(one|two)" and "(one|two)" differ/],
  ["another cluster", { cluster: "other" }, /"two" is of cluster "other", "one" of "test"/],
  ["the same name", { name: "one" }, /both are called "one"/],
];
for (const [what, options, reason] of refusals) {
  test(`a node with ${what} is refused, and both sides can say why`, async () => {
    await using one = await open("one");
    await using two = await open("two", options);
    two.network.send(addressOf(one), message(1));
    await until(() => two.network.stats().refused === 1 && one.network.stats().refused === 1);
    for (const { network } of [one, two]) {
      assert.match(network.stats().lastRefusal ?? "", reason);
      assert.equal(network.stats().connections, 0);
    }
  });
}

test("a node whose clock is far off is refused", async () => {
  const ahead: Clock = { ...systemClock, now: () => systemClock.now() + 3_600_000 };
  await using one = await open("one");
  await using two = await open("two", {}, ahead);
  two.network.send(addressOf(one), message(1));
  await until(() => one.network.stats().refused === 1);
  assert.match(one.network.stats().lastRefusal ?? "", /clocks of "two" and "one" are \d+ ms apart/);
});

test("another node at a member's address is not taken for it", async () => {
  await using one = await open("one");
  await using three = await open("three");
  one.network.know([{ name: "two", address: addressOf(three) }]);
  one.network.send("two", message(1));
  await until(() => one.network.stats().refused === 1);
  assert.match(one.network.stats().lastRefusal ?? "", /"two" was looked for, and "three" is here/);
});

/** A stranger that speaks frames by hand. */
async function stranger(to: End): Promise<{ socket: Socket; frames: FrameReader }> {
  const socket = connect(to.network.port, "127.0.0.1");
  // A reset is what it came for.
  socket.on("error", () => undefined);
  await once(socket, "connect");
  return { socket, frames: new FrameReader(1_048_576) };
}

const hello = (versions: { versionMin?: number; versionMax?: number } = {}): Buffer =>
  createHello({
    cluster: "test",
    name: "stranger",
    nonce: Buffer.alloc(16, 7),
    nowMs: systemClock.now(),
    ...versions,
  });

/** Meets as a node does. */
async function meet({ socket, frames }: { socket: Socket; frames: FrameReader }): Promise<void> {
  const own = hello();
  socket.write(encodeFrame(frameKinds.hello, own));
  for (;;) {
    const [chunk] = await once(socket, "data");
    assert.ok(Buffer.isBuffer(chunk));
    for (const { kind, body } of frames.push(chunk)) {
      if (kind !== frameKinds.hello) return;
      const proof = createProof("s3cret", "dialler", { dialler: own, listener: Buffer.from(body) });
      socket.write(encodeFrame(frameKinds.proof, proof));
    }
  }
}

test("a node of versions to come is refused with a word for its operator", async () => {
  await using one = await open("one");
  const { socket } = await stranger(one);
  socket.write(encodeFrame(frameKinds.hello, hello({ versionMin: 7, versionMax: 9 })));
  await once(socket.resume(), "close");
  assert.match(one.network.stats().lastRefusal ?? "", /speaks versions 7 to 9 .* upgrade/);
});

const noise: readonly (readonly [string, Buffer])[] = [
  ["random bytes", Buffer.from("GET / HTTP/1.1\r\nhost: x\r\n\r\n")],
  ["a frame as long as four bytes can say", Buffer.alloc(64, 0xff)],
  ["a message before the handshake", encodeFrame(frameKinds.message, Buffer.from("x"))],
  ["a proof before the hello", encodeFrame(frameKinds.proof, Buffer.alloc(32))],
  ["a hello that is none", encodeFrame(frameKinds.hello, Buffer.from("x"))],
  ["a hello longer than a hello is", encodeFrame(frameKinds.hello, Buffer.alloc(100_000))],
];
for (const [what, bytes] of noise) {
  test(`${what}: the stranger is cut off, and others are served`, async () => {
    await using one = await open("one");
    await using two = await open("two");
    const { socket } = await stranger(one);
    const closed = once(socket.resume(), "close");
    socket.write(bytes);
    await closed;
    two.network.send(addressOf(one), message(1));
    assert.equal((await one.message()).from, "two");
  });
}

test("a proof that was seen once is worth nothing in the next meeting", async () => {
  await using one = await open("one");
  const first = await stranger(one);
  await meet(first);
  await until(() => one.network.stats().connections === 1);
  const { socket } = await stranger(one);
  const old = createProof("s3cret", "dialler", {
    dialler: hello(),
    listener: Buffer.from("before"),
  });
  const closed = once(socket.resume(), "close");
  socket.write(encodeFrame(frameKinds.hello, hello()));
  socket.write(encodeFrame(frameKinds.proof, old));
  await closed;
  assert.match(one.network.stats().lastRefusal ?? "", /secrets .* differ/);
  first.socket.destroy();
});

test("who never finishes the handshake, or says nothing more, is let go of", async () => {
  const clock = createManualClock();
  await using one = await open("one", {}, clock);
  const { socket } = await stranger(one);
  const closed = once(socket.resume(), "close");
  await clock.advance(1);
  while (!socket.destroyed) {
    await clock.advance(1_000);
    await new Promise((resolve) => setImmediate(resolve));
  }
  await closed;
});

test("what waits for a peer that does not read is bounded", async () => {
  await using one = await open("one", { queueBytesMax: 1_048_576 });
  const met = await stranger(one);
  await meet(met);
  met.socket.pause();
  await until(() => one.network.stats().connections === 1);
  const large = Buffer.alloc(100_000);
  for (let id = 0; id < 200; id++) one.network.send("stranger", message(id, large));
  assert.ok(one.network.stats().dropped > 0);
  met.socket.destroy();
});

test("with TLS the same, and without a certificate of the authority nothing", async () => {
  const tls = { key: testKey, cert: testCertificate, ca: testCertificate };
  await using one = await open("one", { tls });
  await using two = await open("two", { tls });
  await using bare = await open("bare");
  bare.network.know([{ name: "one", address: addressOf(one) }]);
  bare.network.send("one", message(1));
  assert.equal(await bare.lost(), "one");
  two.network.send(addressOf(one), message(2));
  const received = await one.message();
  assert.deepEqual([received.from, received.message.id], ["two", 2]);
});

test("addresses are read with their port, IPv6 in brackets", () => {
  assert.deepEqual(parseAddress("[::1]:7000"), { host: "::1", port: 7000 });
  assert.deepEqual(parseAddress("node.example:7"), { host: "node.example", port: 7 });
  for (const text of ["", "name", "name:", "name:0", "name:70000", "::1:7000", "a:b:1"]) {
    assert.equal(parseAddress(text), undefined);
  }
});

test("a hello is read as it was written, and anything shorter is none", () => {
  const bytes = hello();
  assert.equal(readHello(bytes)?.name, "stranger");
  for (let length = 0; length < bytes.length; length++) {
    assert.equal(readHello(bytes.subarray(0, length)), undefined);
  }
});
