import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { hasCode } from "@tenfold/core";
import { BASE62_ALPHABET, decodeBase62, encodeBase62, encodeBase62Padded } from "./base62.ts";

const uint64 = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });

test("known numbers have their known text", () => {
  const known: [bigint, string][] = [
    [0n, "0"],
    [9n, "9"],
    [10n, "a"],
    [35n, "z"],
    [36n, "A"],
    [61n, "Z"],
    [62n, "10"],
    [11_157n, "2TX"],
    [2_009_215_674_938n, "zn9edcu"],
    [62n ** 7n - 1n, "ZZZZZZZ"],
    [62n ** 8n - 1n, "ZZZZZZZZ"],
    [62n ** 8n, "100000000"],
    [2n ** 64n - 1n, "lYGhA16ahyf"],
  ];
  for (const [value, text] of known) {
    assert.equal(encodeBase62(value), text);
    assert.equal(decodeBase62(text), value);
  }
});

test("every 64-bit number comes back from its text, as the plain definition writes it", () => {
  const plain = (value: bigint): string =>
    (value < 62n ? "" : plain(value / 62n)) + BASE62_ALPHABET.charAt(Number(value % 62n));
  fc.assert(
    fc.property(uint64, (value) => {
      assert.equal(encodeBase62(value), plain(value));
      assert.equal(decodeBase62(encodeBase62(value)), value);
    }),
    { numRuns: 1_000 },
  );
});

test("a number and the same bigint have the same text", () => {
  fc.assert(
    fc.property(fc.maxSafeNat(), (value) => {
      assert.equal(encodeBase62(value), encodeBase62(BigInt(value)));
    }),
  );
});

test("every text of up to 10 characters is a number, and padding gives it back", () => {
  const text = fc.string({
    unit: fc.constantFrom(...BASE62_ALPHABET.split("")),
    minLength: 1,
    maxLength: 10,
  });
  fc.assert(
    fc.property(text, (written) => {
      assert.equal(encodeBase62Padded(decodeBase62(written), written.length), written);
    }),
  );
});

test("padded texts of one length differ wherever their numbers do, and refuse what is too long", () => {
  assert.equal(encodeBase62Padded(11_157, 7), "00002TX");
  assert.equal(decodeBase62("00002TX"), 11_157n);
  assert.equal(encodeBase62Padded(2n ** 64n - 1n, 11), "lYGhA16ahyf");
  assert.throws(() => encodeBase62Padded(62n ** 7n, 7), RangeError);
  assert.throws(() => encodeBase62Padded(1, 12), RangeError);
  assert.throws(() => encodeBase62Padded(1, 0), RangeError);
});

test("numbers that cannot be written are refused", () => {
  for (const value of [-1, 1.5, Number.NaN, Infinity, 2 ** 53, -1n, 2n ** 64n]) {
    assert.throws(() => encodeBase62(value), RangeError);
  }
});

test("text that is no base-62 number is refused with base62_invalid", () => {
  const wrong = ["", "-1", "a b", "a_b", "é", "\u{1F375}", "\u0000", "ab\u0161", "lYGhA16ahyg"];
  for (const text of [...wrong, "ZZZZZZZZZZZ", "000000000000", "a".repeat(1_000_000)]) {
    assert.throws(
      () => decodeBase62(text),
      (error) => hasCode(error, "base62_invalid"),
      JSON.stringify(text.slice(0, 20)),
    );
  }
});
