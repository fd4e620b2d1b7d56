/** The small client against the server, and against those who are none. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { createServer } from "node:net";
import { test } from "node:test";
import { hasCode, systemClock } from "@tenfold/core";
import { createReferenceKeyspace } from "../commands/testing/reference-keyspace.ts";
import { createRespServer } from "../resp/server.ts";
import { openKvClient } from "./client.ts";
import { ReplyParser, RespError } from "./reply-parser.ts";

const deps = { clock: systemClock };

test("replies are told apart wherever they are cut", () => {
  const text = "+OK\r\n:42\r\n$4\r\na\r\nb\r\n$-1\r\n*2\r\n$1\r\nx\r\n*-1\r\n-ERR no\r\n";
  for (let cut = 0; cut <= text.length; cut++) {
    const parser = new ReplyParser();
    const replies = [
      ...parser.push(Buffer.from(text.slice(0, cut))),
      ...parser.push(Buffer.from(text.slice(cut))),
    ];
    const [ok, count, bulk, none, list, error] = replies;
    assert.deepEqual([ok, count, bulk, none, list], ["OK", 42, "a\r\nb", null, ["x", null]]);
    assert.ok(error instanceof RespError && error.code === "ERR");
  }
});

test("what is no reply is refused", () => {
  assert.throws(() => new ReplyParser().push(Buffer.from("HTTP/1.1 400\r\n")), /begins with byte/);
  assert.throws(() => new ReplyParser().push(Buffer.from("$x\r\n")), /no count/);
  assert.throws(() => new ReplyParser().push(Buffer.from("*1\r\n".repeat(20))), /too deep/);
  assert.throws(() => new ReplyParser().push(Buffer.alloc(70_000, 0x2b)), /no end/);
});

test("calls are answered in order, refusals reject, and text is UTF-8", async () => {
  const keyspace = createReferenceKeyspace(() => systemClock.now());
  await using server = createRespServer({ keyspace, clock: systemClock }, { password: "s3cret" });
  await server.start();
  const where = { host: "127.0.0.1", port: server.port };
  await assert.rejects(openKvClient(deps, { ...where, password: "wrong" }), /WRONGPASS/);
  using client = await openKvClient(deps, { ...where, password: "s3cret" });
  const [set, got, wrong] = await Promise.allSettled([
    client.call("SET", "schlüssel", "wért"),
    client.call("GET", "schlüssel"),
    client.call("LPUSH", "l", "1"),
  ]);
  assert.deepEqual(set, { status: "fulfilled", value: "OK" });
  assert.deepEqual(got, { status: "fulfilled", value: "wért" });
  assert.match(String(wrong.status === "rejected" && wrong.reason), /unknown command 'LPUSH'/);
});

test("a node that is not there, is silent, or is something else is named with a reason", async () => {
  const silent = createServer().listen(0, "127.0.0.1");
  const other = createServer((socket) => socket.end("HTTP/1.1 400 Bad Request\r\n\r\n"));
  other.listen(0, "127.0.0.1");
  await Promise.all([once(silent, "listening"), once(other, "listening")]);
  const portOf = (server: typeof silent): number => {
    const address = server.address();
    return address !== null && typeof address === "object" ? address.port : 0;
  };
  try {
    const ask = async (port: number, deadlineMs?: number): Promise<unknown> => {
      const options = {
        host: "127.0.0.1",
        port,
        ...(deadlineMs === undefined ? {} : { deadlineMs }),
      };
      using client = await openKvClient(deps, options);
      return await client.call("PING");
    };
    const isUnreachable = (error: unknown): boolean => hasCode(error, "node_unreachable");
    await assert.rejects(ask(1), isUnreachable);
    await assert.rejects(ask(portOf(other)), /does not speak RESP/);
    await assert.rejects(ask(portOf(silent), 50), /did not answer within 50 ms/);
  } finally {
    silent.close();
    other.close();
  }
});
