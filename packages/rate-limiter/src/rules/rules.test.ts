import assert from "node:assert/strict";
import { test } from "node:test";
import { hasCode } from "@tenfold/core";
import { memoryLimiter } from "../drivers/memory.ts";
import { addressKey, parseRange } from "./address.ts";
import { parseRules } from "./parse.ts";
import { compilePattern } from "./pattern.ts";
import type { Subject } from "./rule.ts";

const example = `
rules:
  - name: api
    match: { route: "* /v1/*" }
    per: account
    limit: 600 per minute
    burst: 50
    overrides:
      - for: acct_42
        limit: 6000 per minute
      - for: acct_7
        limit: none
    rules:
      - name: sign-in
        match: { route: ["POST /v1/sessions", "POST /v1/sign-*"] }
        per: address
        limit: 10 per 5 minutes
        algorithm: sliding-log
  - name: anonymous
    per: address
    ipv6Prefix: 48
    limit: 1000 per calendar day
    timeZone: Europe/Berlin
    shadow: true
  - name: uploads
    match: { "header:x-kind": upload, address: [10.0.0.0/8, "2001:db8::/32"] }
    limit: 20 at once
    lease: 30 seconds
`;

const charged = (text: string, subject: Subject): string[] =>
  parseRules(text)
    .match(subject)
    .map(({ limit, key }) => `${limit.name} ${limit.policy.limit} [${key}]`);

test("rules fit requests by what they match and count by what they say", () => {
  const account = { account: "acct_1", address: "192.0.2.1", route: "GET /v1/links" };
  assert.deepEqual(charged(example, account), ["api 600 [acct_1]", "anonymous 1000 [192.0.2.1]"]);
  assert.deepEqual(charged(example, { ...account, route: "POST /v1/sign-up" }), [
    "api 600 [acct_1]",
    "api/sign-in 10 [acct_1|192.0.2.1]",
    "anonymous 1000 [192.0.2.1]",
  ]);
  assert.deepEqual(charged(example, { route: "GET /v1/links" }), []);
});

test("overrides give one key another limit, or none", () => {
  const route = "GET /v1/links";
  assert.deepEqual(charged(example, { account: "acct_42", route }), ["api 6000 [acct_42]"]);
  assert.deepEqual(charged(example, { account: "acct_7", route }), []);
});

test("headers and ranges of addresses match, each of several patterns", () => {
  const headers = { "x-kind": ["other", "upload"] };
  for (const address of ["10.1.2.3", "::ffff:10.1.2.3", "2001:DB8::1"]) {
    assert.ok(charged(example, { headers, address }).includes("uploads 20 []"), address);
  }
  assert.equal(charged(example, { headers, address: "11.0.0.1" }).length, 1);
  assert.equal(charged(example, { headers: {}, address: "10.1.2.3" }).length, 1);
});

test("a rule is read with all its fields", () => {
  const [api, signIn, anonymous, uploads] = parseRules(example).rules;
  assert.deepEqual([api?.line, signIn?.line, anonymous?.line], [3, 14, 19]);
  assert.deepEqual(api?.limit.policy, {
    algorithm: "token-bucket",
    limit: 600,
    windowMs: 60_000,
    burst: 50,
  });
  assert.deepEqual(signIn?.limit.policy.algorithm, "sliding-log");
  assert.deepEqual(anonymous?.limit.policy, {
    algorithm: "calendar-window",
    limit: 1_000,
    calendar: "day",
    timeZone: "Europe/Berlin",
  });
  assert.equal(anonymous?.limit.shadow, true);
  assert.deepEqual(uploads?.limit.policy, { algorithm: "concurrency", limit: 20, leaseMs: 30_000 });
});

test("of a group, only the highest priority that fits applies", () => {
  const text = `{"rules": [
    {"name": "all", "group": "g", "limit": "1 per second"},
    {"name": "writes", "group": "g", "priority": 5, "match": {"route": "POST *"}, "limit": "2 per hour"}
  ]}`;
  assert.deepEqual(charged(text, { route: "GET /" }), ["all 1 []"]);
  assert.deepEqual(charged(text, { route: "POST /" }), ["writes 2 []"]);
});

test("every mistake is told with its line, all at once", () => {
  const text = [
    "rules:",
    "  - name: a",
    "    limit: 10 per fortnight",
    "    colour: red",
    "  - name: b",
    "    per: [account, planet]",
    "    limit: 5 per second",
    "    shadow: maybe",
    "    overrides:",
    "      - for: x",
    "        limit: 1 per second",
    "  - limit: 3 per second",
    "  - name: b",
    "    limit: 0 per second",
    "    match:",
    "      address: 10.0.0.0/33",
    "  - name: c",
    "    limit: none",
    "  - name: d",
  ].join("\n");
  assert.throws(
    () => parseRules(text),
    (error) => {
      assert.ok(hasCode(error, "rules_invalid"));
      const lines = error.fields.map(({ field }) => Number(field.replace("line ", "")));
      assert.deepEqual(
        [...new Set(lines)].toSorted((a, b) => a - b),
        [3, 4, 6, 8, 12, 13, 14, 16, 18, 19],
      );
      return true;
    },
  );
});

test("what is not YAML, or not rules, is told too", () => {
  for (const text of ["", "rules: [", "rules: 5", "- x", "a: b", "rules: [1]", "rules:\n\t- x"]) {
    assert.throws(
      () => parseRules(text),
      (error) => hasCode(error, "rules_invalid") && /^line \d/.test(error.detail),
      text,
    );
  }
});

test("counters live on when rules are changed, as long as they keep their names", () => {
  const limiter = memoryLimiter();
  const subject = { account: "a" };
  const before = parseRules(
    "rules: [{ name: x, per: account, limit: 5 per hour, algorithm: sliding-log }]",
  );
  const after = parseRules(
    "rules: [{ name: x, per: account, limit: 9 per hour, algorithm: sliding-log }]",
  );
  limiter.consumeAll(before.match(subject, 4));
  assert.equal(limiter.consumeAll(after.match(subject)).remaining, 4);
});

test("addressKey() counts by range, never by notation", () => {
  const prefixes = { ipv4Prefix: 32, ipv6Prefix: 64 };
  for (const text of [
    "192.0.2.1",
    "::ffff:192.0.2.1",
    "::FFFF:c000:201",
    "0:0:0:0:0:ffff:192.0.2.1",
  ]) {
    assert.equal(addressKey(text, prefixes), "192.0.2.1");
  }
  for (const text of [
    "2001:db8:0:7::1",
    "2001:DB8:0:7:ffff::",
    "2001:db8:0:7::192.0.2.1",
    "2001:db8::7:0:0:0:1%eth0",
  ]) {
    assert.equal(addressKey(text, prefixes), "2001:db8:0:7::/64");
  }
  assert.equal(addressKey("192.0.2.200", { ...prefixes, ipv4Prefix: 25 }), "192.0.2.128/25");
  assert.equal(
    addressKey("2001:db8:ffff::1", { ...prefixes, ipv6Prefix: 36 }),
    "2001:db8:f000::/36",
  );
  assert.equal(addressKey("::1", { ...prefixes, ipv6Prefix: 128 }), "::1");
  for (const text of ["", "127.1", "0x7f000001", "010.0.0.1", "256.0.0.1", "x", "1::2::3"]) {
    assert.equal(addressKey(text, prefixes), "unreadable");
  }
});

test("parseRange() refuses what is no range", () => {
  for (const text of ["", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/8/8", "::/129", "10.0.0.*", "x"]) {
    assert.throws(
      () => parseRange(text),
      (error) => hasCode(error, "address_invalid"),
      text,
    );
  }
});

test("a star stands for any run of characters, and matching stays quick", () => {
  for (const [pattern, yes, no] of [
    ["GET /v1/*", ["GET /v1/", "GET /v1/a/b"], ["GET /v1", "POST /v1/a"]],
    ["* /v1/*/x", ["GET /v1/a/x", "/v1/ /v1/y/x"], ["GET /v1/x", "GET /v1/a/x/"]],
    ["a*a", ["aa", "aba"], ["a"]],
    ["*", ["", "x"], []],
    ["", [""], ["x"]],
  ] as const) {
    for (const text of yes) assert.ok(compilePattern(pattern)(text), `${pattern} ${text}`);
    for (const text of no) assert.ok(!compilePattern(pattern)(text), `${pattern} ${text}`);
  }
  assert.equal(compilePattern("*a".repeat(50) + "b")("a".repeat(100_000)), false);
});
