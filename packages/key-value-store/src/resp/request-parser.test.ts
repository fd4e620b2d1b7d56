import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { defaultRequestLimits, RequestParser } from "./request-parser.ts";

/** Everything `chunks` hold, as text that keeps each byte, and how it failed. */
function parse(chunks: readonly Buffer[], limits = defaultRequestLimits) {
  const parser = new RequestParser(limits);
  const commands: string[][] = [];
  for (const chunk of chunks) {
    parser.push(chunk);
    for (let command = parser.next(); command; command = parser.next()) {
      commands.push(command.map((word) => word.toString("latin1")));
    }
  }
  return { commands, failure: parser.failure, pendingBytes: parser.pendingBytes };
}

const parseText = (text: string, limits = defaultRequestLimits) =>
  parse([Buffer.from(text, "latin1")], limits);

const encode = (command: readonly Uint8Array[]): Buffer =>
  Buffer.concat([
    Buffer.from(`*${command.length}\r\n`),
    ...command.flatMap((word) => [Buffer.from(`$${word.length}\r\n`), word, Buffer.from("\r\n")]),
  ]);

/** `bytes` cut at every place of `cuts`, taken modulo the length. */
function cutAt(bytes: Buffer, cuts: readonly number[]): Buffer[] {
  const places = [...new Set(cuts.map((cut) => cut % (bytes.length + 1)))].sort((a, b) => a - b);
  return [0, ...places].map((from, i) => bytes.subarray(from, places[i] ?? bytes.length));
}

const words = fc.array(fc.uint8Array({ maxLength: 40 }), { minLength: 1, maxLength: 6 });

test("commands come out as they went in, wherever the bytes are cut", () => {
  fc.assert(
    fc.property(fc.array(words), fc.array(fc.nat()), (commands, cuts) => {
      const { commands: found, failure } = parse(cutAt(Buffer.concat(commands.map(encode)), cuts));
      assert.equal(failure, undefined);
      assert.deepEqual(
        found,
        commands.map((command) => command.map((word) => Buffer.from(word).toString("latin1"))),
      );
    }),
  );
});

test("any bytes, however cut, give the same commands and the same failure", () => {
  const noise = fc.oneof(
    fc.uint8Array({ maxLength: 200 }),
    fc
      .array(fc.constantFrom("*", "$", "1", "3", "-", "0", "\r\n", "\n", "x", '"', "'", "\\", " "))
      .map((parts) => Buffer.from(parts.join(""))),
  );
  fc.assert(
    fc.property(noise, fc.array(fc.nat()), (bytes, cuts) => {
      const limits = { ...defaultRequestLimits, lineBytesMax: 64, commandBytesMax: 512 };
      const whole = parse([Buffer.from(bytes)], limits);
      const { commands, failure } = parse(cutAt(Buffer.from(bytes), cuts), limits);
      assert.deepEqual({ commands, failure }, { commands: whole.commands, failure: whole.failure });
      assert.ok(whole.pendingBytes <= 512 + bytes.length);
    }),
    { numRuns: 2000 },
  );
});

test("inline commands are split at white space, with Redis's quotes and escapes", () => {
  const { commands, failure } = parseText(
    `PING\r\n\r\n  SET  a "b \\x41\\n\\q\\"" 'c \\' \\n'\nGET ""\n`,
  );
  assert.equal(failure, undefined);
  assert.deepEqual(commands, [["PING"], ["SET", "a", 'b A\nq"', "c ' \\n"], ["GET", ""]]);
});

test("malformed requests are refused in Redis's words, after the commands before them", () => {
  const cases = [
    ["*x\r\n", "invalid multibulk length"],
    ["*01\r\n", "invalid multibulk length"],
    ["*2147483648\r\n", "invalid multibulk length"],
    ["*1\r\nx1\r\n", "expected '$', got 'x'"],
    ["*1\r\n$-1\r\n", "invalid bulk length"],
    ["*1\r\n$536870913\r\n", "invalid bulk length"],
    ["*1\r\n$\r\n", "invalid bulk length"],
    ['GET "a\r\n', "unbalanced quotes in request"],
    ['GET "a"b\r\n', "unbalanced quotes in request"],
    ["x".repeat(65_537), "too big inline request"],
    [`*${"1".repeat(65_537)}`, "too big mbulk count string"],
    [`*1\r\n$${"1".repeat(65_537)}`, "too big bulk count string"],
  ] as const;
  for (const [text, reason] of cases) {
    const { commands, failure } = parseText(`PING\r\n${text}`);
    assert.deepEqual([commands, failure], [[["PING"]], `Protocol error: ${reason}`], text);
  }
});

test("an array of none or less is no command", () => {
  assert.deepEqual(parseText("*0\r\n*-1\r\nPING\r\n").commands, [["PING"]]);
});

test("one command cannot be larger than the limit, nor have that many arguments", () => {
  const limits = { ...defaultRequestLimits, commandBytesMax: 1000, argumentsMax: 100 };
  assert.equal(parseText("*2\r\n$950\r\n", limits).failure, "Protocol error: too big request");
  assert.equal(
    parseText(`*50\r\n${"$0\r\n\r\n".repeat(50)}`, limits).failure,
    "Protocol error: too big request",
  );
  assert.equal(parseText("*101\r\n", limits).failure, "Protocol error: invalid multibulk length");
});

test("a peer that has not signed in may send small commands only", () => {
  const parser = new RequestParser();
  parser.trusted = false;
  parser.push(Buffer.from("*2\r\n$4\r\nAUTH\r\n$1\r\nx\r\n*11\r\n"));
  assert.equal(parser.next()?.length, 2);
  assert.equal(parser.next(), undefined);
  assert.equal(parser.failure, "Protocol error: unauthenticated multibulk length");
});

test("a large value that trickles in is copied a few times, not once per piece", () => {
  const value = Buffer.alloc(1_048_576, "v");
  const bytes = encode([Buffer.from("SET"), Buffer.from("key"), value]);
  const parser = new RequestParser();
  let command;
  for (let at = 0; at < bytes.length; at += 100) {
    parser.push(bytes.subarray(at, at + 100));
    command ??= parser.next();
    assert.ok(parser.pendingBytes <= bytes.length + 1000);
  }
  assert.ok(command?.[2]?.equals(value));
});
