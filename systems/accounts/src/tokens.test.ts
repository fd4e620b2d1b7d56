import { createSeededRandom, systemRandom } from "@tenfold/core";
import assert from "node:assert/strict";
import test from "node:test";
import { hashToken, hintOf, mintToken, tokenKindOf } from "./tokens.ts";

test("a token tells its kind and no two are alike", () => {
  for (const kind of ["session", "key", "invitation"] as const) {
    const tokens = new Set(Array.from({ length: 200 }, () => mintToken(kind, systemRandom)));
    assert.equal(tokens.size, 200);
    for (const token of tokens) assert.equal(tokenKindOf(token), kind);
  }
});

test("tokens have one length, also when the number begins with zeros", () => {
  const zeros = { ...systemRandom, bytes: (count: number) => new Uint8Array(count) };
  const ones = { ...systemRandom, bytes: (count: number) => new Uint8Array(count).fill(255) };
  for (const random of [zeros, ones, createSeededRandom(1)]) {
    assert.match(mintToken("session", random), /^tfs_[0-9A-Za-z]{49}$/);
    assert.match(mintToken("key", random), /^tf_[0-9A-Za-z]{49}$/);
  }
});

test("every single-character typo is noticed without a database", () => {
  const token = mintToken("key", createSeededRandom(7));
  for (let at = 0; at < token.length; at += 1) {
    const wrong = token.charAt(at) === "x" ? "y" : "x";
    assert.equal(tokenKindOf(token.slice(0, at) + wrong + token.slice(at + 1)), undefined);
  }
});

test("one kind of token does not pass for another", () => {
  const key = mintToken("key", systemRandom);
  assert.equal(tokenKindOf(key.replace("tf_", "tfs_")), undefined);
  for (const text of ["", "tf_", "tfs_x", `${key}\n`, ` ${key}`, key.slice(0, -1), `${key}0`]) {
    assert.equal(tokenKindOf(text), undefined);
  }
});

test("what is stored is the SHA-256, and the hint gives nothing away", () => {
  const key = mintToken("key", systemRandom);
  assert.equal(hashToken(key).length, 32);
  assert.equal(hashToken("abc").toString("hex").slice(0, 8), "ba7816bf");
  assert.equal(hintOf(key), key.slice(0, 9));
});
