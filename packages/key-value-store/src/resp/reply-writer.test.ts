import assert from "node:assert/strict";
import { createRequire } from "node:module";
import { test } from "node:test";
import * as fc from "fast-check";
import { formatDouble } from "../numbers.ts";
import { ReplyWriter, type ProtocolVersion } from "./reply-writer.ts";
import { errorReply, nullArray, OK, type Reply } from "./reply.ts";

function encode(reply: Reply, protocol: ProtocolVersion): Buffer {
  const writer = new ReplyWriter();
  writer.protocol = protocol;
  writer.write(reply);
  const { bytes } = writer;
  const taken = Buffer.concat(writer.take());
  assert.equal(taken.length, bytes);
  return taken;
}

test("each kind of reply is written as each version of the protocol has it", () => {
  const cases: readonly (readonly [Reply, string, string])[] = [
    [OK, "+OK\r\n", "+OK\r\n"],
    [errorReply("no"), "-ERR no\r\n", "-ERR no\r\n"],
    [{ error: "WRONGTYPE a\r\nb" }, "-WRONGTYPE a  b\r\n", "-WRONGTYPE a  b\r\n"],
    [0, ":0\r\n", ":0\r\n"],
    [109, ":109\r\n", ":109\r\n"],
    [-12345, ":-12345\r\n", ":-12345\r\n"],
    [2n ** 63n - 1n, ":9223372036854775807\r\n", ":9223372036854775807\r\n"],
    ["é", "$2\r\né\r\n", "$2\r\né\r\n"],
    [null, "$-1\r\n", "_\r\n"],
    [nullArray, "*-1\r\n", "_\r\n"],
    [true, ":1\r\n", "#t\r\n"],
    [false, ":0\r\n", "#f\r\n"],
    [{ double: 1.5 }, "$3\r\n1.5\r\n", ",1.5\r\n"],
    [{ double: -Infinity }, "$4\r\n-inf\r\n", ",-inf\r\n"],
    [[1, ["a"]], "*2\r\n:1\r\n*1\r\n$1\r\na\r\n", "*2\r\n:1\r\n*1\r\n$1\r\na\r\n"],
    [{ map: [["a", 1]] }, "*2\r\n$1\r\na\r\n:1\r\n", "%1\r\n$1\r\na\r\n:1\r\n"],
    [{ set: ["a"] }, "*1\r\n$1\r\na\r\n", "~1\r\n$1\r\na\r\n"],
    [{ push: ["a"] }, "*1\r\n$1\r\na\r\n", ">1\r\n$1\r\na\r\n"],
    [{ verbatim: "hi" }, "$2\r\nhi\r\n", "=6\r\ntxt:hi\r\n"],
  ];
  for (const [reply, resp2, resp3] of cases) {
    assert.equal(encode(reply, 2).toString(), resp2);
    assert.equal(encode(reply, 3).toString(), resp3);
  }
});

test("large values are passed on, small ones gathered, and the order is kept", () => {
  const writer = new ReplyWriter();
  const large = Buffer.alloc(20_000, "L");
  let expected = "";
  for (let i = 0; i < 300; i++) {
    const value = i % 7 === 0 ? large : Buffer.alloc(i * 20, "s");
    writer.write(value);
    expected += `$${value.length}\r\n${value.toString()}\r\n`;
    if (i === 100) assert.ok(writer.bytes > 100_000);
  }
  const parts = writer.take();
  assert.equal(Buffer.concat(parts).toString(), expected);
  assert.ok(parts.some((part) => part.buffer === large.buffer && part.length === 20_000));
  assert.equal(writer.bytes, 0);
});

test("what was taken does not change when more is written", () => {
  const writer = new ReplyWriter();
  writer.write("first");
  const first = writer.take();
  writer.write("second");
  assert.equal(Buffer.concat(first).toString(), "$5\r\nfirst\r\n");
  assert.equal(Buffer.concat(writer.take()).toString(), "$6\r\nsecond\r\n");
});

/** ioredis's own decoder: it is not exported, and it is what a client will use. */
interface Decoder {
  write(bytes: Buffer): void;
}
const require = createRequire(import.meta.url);
const decoderPath = require.resolve("ioredis").replace(/index\.js$/, "resp/decoder.js");
const { Decoder } = require(decoderPath) as {
  Decoder: new (config: object) => Decoder;
};

function decode(bytes: Buffer): unknown[] {
  const replies: unknown[] = [];
  const decoder = new Decoder({
    onReply: (reply: unknown) => replies.push(reply),
    onErrorReply: (error: Error) => replies.push({ failed: error.message }),
    onPush: (push: unknown) => replies.push(push),
    getTypeMapping: () => ({ 36: Buffer }),
  });
  for (let at = 0; at < bytes.length; at += 7) decoder.write(bytes.subarray(at, at + 7));
  return replies;
}

test("ioredis reads every reply as what it was", () => {
  const leaf = fc.oneof(
    fc.integer(),
    fc.constant(null),
    fc.boolean(),
    fc.uint8Array({ maxLength: 30 }).map((bytes) => Buffer.from(bytes)),
  );
  const { tree } = fc.letrec<{ tree: Reply }>((tie) => ({
    tree: fc.oneof({ depthSize: "small" }, leaf, fc.array(tie("tree"), { maxLength: 5 })),
  }));
  fc.assert(
    fc.property(fc.array(tree, { minLength: 1, maxLength: 5 }), (replies) => {
      assert.deepEqual(decode(Buffer.concat(replies.map((each) => encode(each, 3)))), replies);
    }),
  );
});

test("a double reads back as itself", () => {
  fc.assert(
    fc.property(fc.double({ noNaN: true }), (value) => {
      const text = formatDouble(value);
      const back = text.endsWith("inf") ? Number(text.replace("inf", "Infinity")) : Number(text);
      assert.ok(Object.is(back, value));
    }),
  );
});
