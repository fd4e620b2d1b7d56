import assert from "node:assert/strict";
import { test } from "node:test";
import { hasCode } from "@tenfold/core";
import { parseTarget } from "./target.ts";

test("refuses what is no fetchable URL", () => {
  for (const bad of [
    "",
    "example.com",
    "//example.com/",
    "/path",
    "http://",
    "http://a b/",
    "\0",
    "ftp://a/",
    "file:///etc/passwd",
    "gopher://a/",
    "data:,x",
    "javascript:1",
    "unix:/run/x",
    "http://user@a/",
    "http://:password@a/",
    "https://user:password@a/",
    "http://a:22/",
    "http://a:25/",
    "http://a:0/",
    "http://a:81/",
    "https://a:993/",
    "http://a:6379/",
    "http://a:5432/",
    "http://a:6667/",
    "http://a:65536/",
    `http://a/${"x".repeat(8_192)}`,
  ]) {
    assert.throws(
      () => parseTarget(bad),
      (error) => hasCode(error, "url_invalid"),
      bad,
    );
  }
});

test("takes http and https on web ports and on odd high ones", () => {
  for (const good of [
    "http://a/",
    "https://a/",
    "https://a:80/",
    "http://a:8080/",
    "http://a:8443/",
  ]) {
    assert.equal(parseTarget(good).href, good);
  }
  assert.equal(parseTarget("HTTP://EXAMPLE.com:80/a b#part").href, "http://example.com/a%20b");
});

test("disguised addresses come out plain", () => {
  for (const disguise of [
    "http://2130706433",
    "http://0x7f.1",
    "http://0177.0.0.1",
    "http://127。0。0。1",
  ]) {
    assert.equal(parseTarget(disguise).hostname, "127.0.0.1");
  }
});
