import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import * as fc from "fast-check";
import { createLimit, type LimitSpec } from "../limit.ts";
import type { Rule } from "../rules/rule.ts";
import { nftRuleset } from "./index.ts";
import { maskOf, rangesOf } from "./ranges.ts";
import { kernelRate } from "./rate.ts";

const perMinute: LimitSpec = { name: "x", algorithm: "token-bucket", limit: 600, windowMs: 60_000 };

function rule(name: string, given: Partial<Rule> = {}, spec: Partial<LimitSpec> = {}): Rule {
  return {
    name,
    line: 1,
    match: [],
    per: ["address"],
    ipv4Prefix: 32,
    ipv6Prefix: 56,
    // oxlint-disable-next-line typescript/consistent-type-assertions -- parts of a union, put together by the test
    limit: createLimit({ ...perMinute, ...spec, name } as LimitSpec),
    group: undefined,
    priority: 0,
    overrides: [],
    ...given,
  };
}

const waysToAsk: readonly (readonly [string, ...string[]])[] = [
  // In a network namespace of its own, which also somebody who is not root may have.
  ["unshare", "-rn", "nft", "-c", "-f", "-"],
  ["nft", "-c", "-f", "-"],
];
const ask = ([program, ...args]: readonly [string, ...string[]], input: string) =>
  spawnSync(program, args, { input, encoding: "utf8" });
const way = waysToAsk.find((each) => ask(each, "table inet probe { }").status === 0);

/** What nft itself says of a rule set; nothing when it is well. */
function checkWithNft(text: string): string {
  if (way === undefined) return "";
  const { status, stderr } = ask(way, text);
  return status === 0 ? "" : `${stderr}\n${text}`;
}

test("nft can be asked on this machine, and refuses nonsense", (context) => {
  const { error } = ask(["nft", "-v"], "");
  assert.equal(error, undefined, "nft is needed (Debian: nftables)");
  if (way === undefined) return context.skip("the kernel does not let this user ask");
  assert.match(
    checkWithNft("table inet x { chain y { limit rate over 0/fortnight drop } }"),
    /Error/,
  );
});

test("a rule per address becomes a set of buckets for each family", () => {
  const { text, skipped } = nftRuleset([rule("per-address")], { ports: [8080] });
  assert.deepEqual(skipped, []);
  assert.match(
    text,
    /set rule_1_v4 \{ type ipv4_addr; size 65536; flags dynamic,timeout; timeout 60s; \}/,
  );
  assert.match(
    text,
    /update @rule_1_v4 \{ ip saddr limit rate over 600\/minute burst 600 packets \} counter drop/,
  );
  assert.match(
    text,
    /update @rule_1_v6 \{ ip6 saddr & ffff:ffff:ffff:ff00:: limit rate over 600\/minute/,
  );
  assert.match(text, /ct state new tcp dport \{ 8080 \} jump limits/);
  assert.equal(checkWithNft(text), "");
});

test("ranges, overrides, shadow and a limit for everybody are all taken by nft", () => {
  const office = {
    descriptor: "address",
    patterns: ["10.0.0.0/8", "10.1.2.3", "2001:db8::/32"],
  } as const;
  const free = { values: ["198.51.100.7"], limit: undefined };
  const slow = createLimit({ ...perMinute, name: "slow", limit: 6 });
  const { text, skipped } = nftRuleset([
    rule("office", { match: [office], ipv4Prefix: 24 }),
    rule("world", { overrides: [free, { values: ["2001:db8:1::/56"], limit: slow }] }),
    rule("everybody", { per: [] }, { limit: 1_000, shadow: true }),
  ]);
  assert.deepEqual(skipped, []);
  assert.match(text, /ip saddr \{ 10\.0\.0\.0\/8 \} jump rule_1/);
  assert.match(text, /ip saddr & 255\.255\.255\.0 limit rate over/);
  assert.match(text, /ip saddr \{ 198\.51\.100\.7 \} return/);
  assert.match(text, /ip6 saddr \{ 2001:db8:1::\/56 \} limit rate over 6\/minute/);
  assert.match(
    text,
    /limit rate over 1000\/minute burst 1000 packets counter comment "shadow everybody"/,
  );
  assert.equal(checkWithNft(text), "");
});

test("an empty rule set is one that nft takes", () => {
  assert.equal(checkWithNft(nftRuleset([]).text), "");
});

test("what the kernel cannot see is left out, and said", () => {
  const route = { descriptor: "route", patterns: ["POST /v1/links"] } as const;
  const { text, skipped } = nftRuleset([
    rule("creates", { match: [route] }),
    rule("accounts", { per: ["account"] }),
    rule("at-once", {}, { algorithm: "concurrency", leaseMs: 1_000 }),
    rule("default", { group: "g" }),
    rule("paying", {
      group: "g",
      priority: 1,
      match: [{ descriptor: "account", patterns: ["7"] }],
    }),
  ]);
  assert.deepEqual(
    skipped.map((each) => `${each.rule}: ${each.why}`),
    [
      "creates: the kernel cannot see: route",
      "accounts: the kernel cannot see: account",
      "at-once: the kernel sees connections, not requests",
      `default: "paying" may stand in for it, which the kernel cannot see`,
      "paying: the kernel cannot see: account",
    ],
  );
  assert.match(text, /# not here: creates/);
  assert.equal(checkWithNft(text), "");
});

test("within a group, ranges of higher priority are left to their own rule", () => {
  const lab = { descriptor: "address", patterns: ["192.0.2.0/24"] } as const;
  const { text } = nftRuleset([
    rule("default", { group: "g" }),
    rule("lab", { group: "g", priority: 5, match: [lab] }, { limit: 6_000 }),
  ]);
  assert.match(text, /chain rule_1 \{\n {4}ip saddr \{ 192\.0\.2\.0\/24 \} return/);
  assert.equal(checkWithNft(text), "");
});

test("a mask keeps a prefix's bits, and mapped addresses are IPv4", () => {
  assert.equal(maskOf("v4", 20), "255.255.240.0");
  assert.equal(maskOf("v6", 57), "ffff:ffff:ffff:ff80::");
  assert.deepEqual(rangesOf(["::ffff:192.0.2.77/120", "2001:DB8::1/32"]), {
    v4: ["192.0.2.0/24"],
    v6: ["2001:db8::/32"],
  });
  assert.equal(rangesOf(["10.0.0.*"]), undefined);
  assert.equal(rangesOf(["10.0.0.0/33"]), undefined);
});

test("the kernel's bucket is never smaller or slower than the rule's", () => {
  const numbers = fc.record({
    limit: fc.integer({ min: 1, max: 1_000_000 }),
    windowMs: fc.integer({ min: 1, max: 90 * 86_400_000 }),
    algorithm: fc.constantFrom("token-bucket", "sliding-log", "fixed-window", "sliding-counter"),
  });
  fc.assert(
    fc.property(numbers, (given) => {
      const limit = createLimit({ ...given, name: "any" });
      const text = kernelRate(limit, 1)?.text ?? "";
      const [, rate, unit = "", burst] = /^(\d+)\/(\w+) burst (\d+) packets$/.exec(text) ?? [];
      const unitMs = { second: 1e3, minute: 6e4, hour: 3.6e6, day: 8.64e7 }[unit] ?? 0;
      const windows =
        given.algorithm === "fixed-window" || given.algorithm === "sliding-counter" ? 2 : 1;
      assert.ok(Number(rate) * given.windowMs >= given.limit * unitMs * (1 - 1e-9), text);
      assert.ok(Number(burst) >= given.limit * windows, text);
    }),
  );
});

test("names, prefixes and numbers of every kind give a rule set that nft takes", () => {
  const anyRule = fc.record({
    v4: fc.integer({ min: 1, max: 32 }),
    v6: fc.integer({ min: 1, max: 128 }),
    limit: fc.integer({ min: 1, max: 2 ** 31 - 1 }),
    windowMs: fc.integer({ min: 1, max: 86_400_000 }),
    ranges: fc.array(
      fc.oneof(
        fc.tuple(fc.ipV4(), fc.integer({ min: 0, max: 32 })).map(([ip, bits]) => `${ip}/${bits}`),
        fc.tuple(fc.ipV6(), fc.integer({ min: 0, max: 128 })).map(([ip, bits]) => `${ip}/${bits}`),
      ),
      { maxLength: 6 },
    ),
  });
  fc.assert(
    fc.property(fc.array(anyRule, { maxLength: 5 }), (given) => {
      const rules = given.map(({ v4, v6, ranges, ...spec }, at) =>
        rule(
          `api/rule-${at}`,
          {
            ipv4Prefix: v4,
            ipv6Prefix: v6,
            match: ranges.length === 0 ? [] : [{ descriptor: "address", patterns: ranges }],
          },
          spec,
        ),
      );
      assert.equal(checkWithNft(nftRuleset(rules).text), "");
    }),
    { numRuns: 30 },
  );
});
