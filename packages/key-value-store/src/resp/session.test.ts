import assert from "node:assert/strict";
import { test } from "node:test";
import { commandTable } from "../commands/table.ts";
import { encodeCommand } from "../commands/testing/raw-client.ts";
import { createReferenceKeyspace } from "../commands/testing/reference-keyspace.ts";
import type { Keyspace } from "../keyspace.ts";
import { defaultSessionLimits } from "./server.ts";
import { Session, type SessionLimits } from "./session.ts";

interface Settings {
  limits?: Partial<SessionLimits>;
  password?: string;
  keyspace?: Keyspace;
  /** A client that does not read: what is sent stays unsent. */
  reads?: boolean;
}

function open({ limits = {}, password, keyspace, reads = true }: Settings = {}) {
  const state = { text: "", unsent: 0, paused: false, ended: false, cut: "", defects: 0 };
  const session = new Session(7, {
    keyspace: keyspace ?? createReferenceKeyspace(() => 1000),
    front: {
      password,
      cluster: undefined,
      admin: undefined,
      info: async () => [],
      config: new Map(),
      commands: commandTable,
    },
    limits: { ...defaultSessionLimits, ...limits },
    onDefect: () => (state.defects += 1),
    outlet: {
      send(parts) {
        const bytes = Buffer.concat(parts);
        state.text += bytes.toString("latin1");
        if (!reads) state.unsent += bytes.length;
      },
      unsentBytes: () => state.unsent,
      pause: () => (state.paused = true),
      resume: () => (state.paused = false),
      end: () => (state.ended = true),
      cut: (reason) => (state.cut = reason),
    },
  });
  const send = (...commands: string[]): void =>
    session.receive(Buffer.concat(commands.map((each) => encodeCommand(each.split(" ")))));
  return { state, session, send };
}

const settled = (): Promise<void> => new Promise((resolve) => void setImmediate(resolve));

/** A keyspace whose reads and writes of strings end when the test says so. */
function gated() {
  const real = createReferenceKeyspace(() => 1000);
  const gates: { name: string; open: () => void }[] = [];
  const wait = (name: string): Promise<void> =>
    new Promise((open) => void gates.push({ name, open }));
  const keyspace: Keyspace = {
    ...real,
    strings: {
      ...real.strings,
      async get(key) {
        await wait(`get ${Buffer.from(key).toString()}`);
        return real.strings.get(key);
      },
      async set(key, value, options) {
        await wait(`set ${Buffer.from(key).toString()}`);
        return real.strings.set(key, value, options);
      },
    },
  };
  return { keyspace, gates, names: () => gates.map(({ name }) => name) };
}

test("replies come in the order of the commands, whichever ends first", async () => {
  const { keyspace, gates, names } = gated();
  const { state, send } = open({ keyspace });
  send("SET a 1", "PING", "SET b 2", "ECHO x");
  assert.deepEqual(names(), ["set a", "set b"]);
  gates[1]?.open();
  await settled();
  assert.equal(state.text, "");
  gates[0]?.open();
  await settled();
  assert.equal(state.text, "+OK\r\n+PONG\r\n+OK\r\n$1\r\nx\r\n");
});

test("a command waits for the one before it on the same key; reads share it", async () => {
  const { keyspace, gates, names } = gated();
  const { state, send } = open({ keyspace });
  send("GET a", "GET a", "SET a 1", "GET a", "GET b");
  assert.deepEqual(names(), ["get a", "get a"]);
  for (const gate of gates) gate.open();
  await settled();
  assert.deepEqual(names(), ["get a", "get a", "set a"]);
  gates[2]?.open();
  await settled();
  assert.deepEqual(names().slice(3), ["get a", "get b"]);
  for (const gate of gates) gate.open();
  await settled();
  assert.equal(state.text, "$-1\r\n$-1\r\n+OK\r\n$1\r\n1\r\n$-1\r\n");
});

test("what looks at the whole keyspace runs alone", async () => {
  const { keyspace, gates } = gated();
  const { state, send } = open({ keyspace });
  send("SET a 1", "DBSIZE", "SET b 1");
  await settled();
  assert.equal(gates.length, 1);
  gates[0]?.open();
  await settled();
  gates[1]?.open();
  await settled();
  assert.equal(state.text, "+OK\r\n:1\r\n+OK\r\n");
});

test("only so many commands run at a time; the input pauses meanwhile", async () => {
  const { keyspace, gates } = gated();
  const { state, send } = open({ keyspace, limits: { runningMax: 3 } });
  send("GET a", "GET b", "GET c", "GET d", "PING");
  assert.equal(gates.length, 3);
  assert.equal(state.paused, true);
  while (gates.length > 0) {
    gates.shift()?.open();
    await settled();
  }
  assert.equal(state.paused, false);
  assert.equal(state.text, `${"$-1\r\n".repeat(4)}+PONG\r\n`);
});

test("a client that never reads is not read from, and what waits for it is bounded", async () => {
  const { state, session, send } = open({
    reads: false,
    limits: { outputPauseBytes: 10_000, runningMax: 20 },
  });
  send(`SET a ${"v".repeat(1000)}`);
  await settled();
  send(...Array.from({ length: 500 }, () => "GET a"));
  await settled();
  assert.equal(state.paused, true);
  assert.ok(state.unsent >= 10_000 && state.unsent < 10_000 + 20 * 1010, String(state.unsent));
  while (state.unsent > 0) {
    state.unsent = 0;
    session.drained();
    await settled();
  }
  assert.equal(state.paused, false);
  assert.equal(state.text.split("v".repeat(1000)).length, 501);
});

test("a client is cut off when more waits for it than may", async () => {
  const { state, send } = open({ reads: false, limits: { outputBytesMax: 5000 } });
  send(`SET a ${"v".repeat(1000)}`, ...Array.from({ length: 10 }, () => "GET a"));
  await settled();
  assert.equal(state.cut, "it does not read its replies");
});

test("a malformed request is answered after the commands before it, and ends the connection", async () => {
  const { keyspace, gates } = gated();
  const { state, session } = open({ keyspace });
  session.receive(Buffer.from("GET a\r\n*1\r\n+x\r\nPING\r\n"));
  assert.equal(state.ended, false);
  gates[0]?.open();
  await settled();
  assert.equal(state.text, "$-1\r\n-ERR Protocol error: expected '$', got '+'\r\n");
  assert.equal(state.ended, true);
});

test("QUIT answers, closes, and ends what follows", () => {
  const { state, send } = open();
  send("QUIT", "PING");
  assert.deepEqual([state.text, state.ended], ["+OK\r\n", true]);
});

test("a request of HTTP is cut off without an answer", () => {
  const { state, session } = open();
  session.receive(Buffer.from("POST / HTTP/1.1\r\nSET a 1\r\n"));
  assert.deepEqual([state.text, state.cut], ["", "it speaks HTTP"]);
});

test("with a password nothing but signing in is answered", () => {
  const { state, send } = open({ password: "s3cret" });
  send("GET a", "AUTH wrong", "AUTH other s3cret", "HELLO 3", "AUTH s3cret", "PING");
  const lines = state.text.split("\r\n");
  assert.match(lines[0] ?? "", /^-NOAUTH Authentication required\.$/);
  assert.match(lines[1] ?? "", /^-WRONGPASS /);
  assert.match(lines[2] ?? "", /^-WRONGPASS /);
  assert.match(lines[3] ?? "", /^-NOAUTH HELLO must/);
  assert.deepEqual(lines.slice(4), ["+OK", "+PONG", ""]);
});

test("a stranger's large request is refused; the same is taken after signing in", () => {
  const large = `ECHO ${"x".repeat(20_000)}`;
  const stranger = open({ password: "s3cret" });
  stranger.send(large);
  assert.equal(stranger.state.text, "-ERR Protocol error: unauthenticated bulk length\r\n");
  const known = open({ password: "s3cret" });
  known.send("AUTH s3cret", large);
  assert.ok(known.state.text.startsWith("+OK\r\n$20000\r\n"));
});

test("HELLO 3 signs in, names the connection and changes the protocol in its own reply", () => {
  const { state, send, session } = open({ password: "s3cret" });
  send("HELLO 3 AUTH default s3cret SETNAME me");
  assert.ok(state.text.startsWith("%7\r\n$6\r\nserver\r\n"));
  assert.equal(session.connection.name, "me");
});

test("a defect is told to the log and not to the client", async () => {
  const real = createReferenceKeyspace(() => 1000);
  const broken = { ...real.strings, get: () => Promise.reject(new Error("secret path")) };
  const { state, send } = open({ keyspace: { ...real, strings: broken } });
  send("GET a", "PING");
  await settled();
  assert.equal(state.defects, 1);
  assert.equal(state.text, "-ERR internal error; the server's log says more\r\n+PONG\r\n");
});

test("a client that ends its side is answered all it sent, then the connection ends", async () => {
  const { keyspace, gates } = gated();
  const { state, session, send } = open({ keyspace });
  send("SET a 1", "GET a", "PING");
  session.finish();
  while (gates.length > 0) {
    assert.equal(state.ended, false);
    gates.shift()?.open();
    await settled();
  }
  assert.deepEqual([state.text, state.ended], ["+OK\r\n$1\r\n1\r\n+PONG\r\n", true]);
});
