import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { mix32, murmur3 } from "./hash.ts";

/** MurmurHash3_x86_32 over bytes, written from the reference code, to compare with. */
function murmur3Bytes(bytes: Uint8Array, seed: number): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const rotate = (x: number, by: number): number => (x << by) | (x >>> (32 - by));
  const scramble = (k: number): number =>
    Math.imul(rotate(Math.imul(k, 0xcc9e2d51), 15), 0x1b873593);
  let h = seed;
  const blocks = bytes.length >> 2;
  for (let i = 0; i < blocks; i++) {
    h = Math.imul(rotate(h ^ scramble(view.getUint32(i * 4, true)), 13), 5) + 0xe6546b64;
  }
  let tail = 0;
  for (let i = bytes.length - 1; i >= blocks * 4; i--) tail = (tail << 8) | (bytes[i] ?? 0);
  if (bytes.length % 4 > 0) h ^= scramble(tail);
  return mix32(h ^ bytes.length);
}

/** UTF-16LE. */
function bytesOf(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length * 2);
  const view = new DataView(bytes.buffer);
  for (let i = 0; i < text.length; i++) view.setUint16(i * 2, text.charCodeAt(i), true);
  return bytes;
}

test("the reference used here gives the published values of MurmurHash3_x86_32", () => {
  const ascii = (text: string): Uint8Array => new TextEncoder().encode(text);
  for (const [bytes, seed, expected] of [
    [ascii(""), 0, 0],
    [ascii(""), 1, 0x514e28b7],
    [ascii(""), 0xffffffff, 0x81f16f39],
    [ascii("test"), 0, 0xba6bd213],
    [ascii("Hello, world!"), 0, 0xc0363e43],
    [ascii("The quick brown fox jumps over the lazy dog"), 0, 0x2e4ff723],
    [Uint8Array.of(0xff, 0xff, 0xff, 0xff), 0, 0x76293b50],
    [Uint8Array.of(0x21, 0x43, 0x65, 0x87), 0x5082edee, 0x2362f9de],
  ] as const) {
    assert.equal(murmur3Bytes(bytes, seed), expected);
  }
});

test("murmur3() is MurmurHash3_x86_32 of the UTF-16LE bytes, also of lone surrogates", () => {
  const anyString = fc.string({
    unit: fc.integer({ min: 0, max: 0xffff }).map((unit) => String.fromCharCode(unit)),
  });
  fc.assert(
    fc.property(anyString, fc.integer(), (key, seed) => {
      assert.equal(murmur3(key, seed), murmur3Bytes(bytesOf(key), seed));
    }),
  );
});

test("one changed bit of a key changes every bit of the hash about half the time", () => {
  const flips = Array.from({ length: 32 }, () => 0);
  let trials = 0;
  for (let n = 0; n < 2_000; n++) {
    const key = `user:${n}`;
    const last = key.length - 1;
    const other = key.slice(0, last) + String.fromCharCode(key.charCodeAt(last) ^ (1 << (n % 16)));
    const changed = murmur3(key) ^ murmur3(other);
    trials += 1;
    for (let bit = 0; bit < 32; bit++) flips[bit] = (flips[bit] ?? 0) + ((changed >>> bit) & 1);
  }
  for (const count of flips) assert.ok(Math.abs(count / trials - 0.5) < 0.06, String(count));
});

test("keys that only count up fill 16,384 partitions as evenly as chance does", () => {
  const counts = new Float64Array(16_384);
  const keys = 1_638_400;
  for (let n = 0; n < keys; n++) {
    const partition = murmur3(`user:${n}`) >>> 18;
    counts[partition] = (counts[partition] ?? 0) + 1;
  }
  const expected = keys / 16_384;
  const chiSquare = counts.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
  // 16,383 degrees of freedom: σ is 181; five of them either way.
  assert.ok(Math.abs(chiSquare - 16_383) < 5 * 181, String(chiSquare));
});
