import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { parseRules } from "@tenfold/rate-limiter";
import { nftRuleset } from "@tenfold/rate-limiter/nft";
import { compile, layRules, readRuleTexts } from "./rule-files.ts";

const shipped = async () => (await readRuleTexts(undefined)).shipped;

test("the shipped rules ask once for a redirect, and about the best that is known of a caller", async () => {
  const rules = compile(
    layRules({ shipped: await shipped(), own: undefined }, undefined).map(({ rule }) => rule),
  );
  const charged = (subject: Parameters<typeof rules.match>[0]): string[] =>
    rules.match(subject).map(({ limit, key }) => `${limit.name} ${key}`);
  const address = "192.0.2.7";
  assert.deepEqual(charged({ address, route: "GET /{code}" }), ["address 192.0.2.7"]);
  assert.deepEqual(charged({ address, route: "GET /v1/limits" }), [
    "address 192.0.2.7",
    "caller/anonymous 192.0.2.7",
  ]);
  assert.deepEqual(charged({ address, account: "7", route: "POST /v1/links" }), [
    "address 192.0.2.7",
    "caller/account 7",
    "create/link 7",
  ]);
  assert.deepEqual(charged({ address, account: "7", key: "9", route: "GET /v1/links" }), [
    "address 192.0.2.7",
    "caller/key 9",
  ]);
});

test("an IPv6 customer is one caller, whatever address of the range it uses", async () => {
  const rules = parseRules(await shipped());
  const keyOf = (address: string) => rules.match({ address, route: "GET /{code}" })[0]?.key;
  assert.equal(keyOf("2001:db8:0:1200::1"), keyOf("2001:db8:0:12ff::9"));
  assert.notEqual(keyOf("2001:db8:0:1200::1"), keyOf("2001:db8:0:1300::1"));
});

test("the kernel can hold the shipped rule about addresses", async () => {
  const { text } = nftRuleset(parseRules(await shipped()).rules);
  assert.match(text, /update @rule_1_v4 \{ ip saddr limit rate over 12000\/minute burst 3000/);
});

test("a file's rules replace those of the same name, in their place, and add others", () => {
  const rule = (name: string, limit: number) =>
    `  - { name: ${name}, limit: ${limit} per minute }\n`;
  const layers = layRules(
    {
      shipped: `rules:\n${rule("a", 1)}${rule("b", 2)}`,
      own: `rules:\n${rule("c", 30)}${rule("a", 10)}`,
    },
    "own.yaml",
  );
  assert.deepEqual(
    layers.map((each) => [each.rule.name, each.source, each.rule.limit.policy.limit]),
    [
      ["a", "file", 10],
      ["b", "default", 2],
      ["c", "file", 30],
    ],
  );
});

test("mistakes name the file and the line; a file that is not there is said to be missing", async () => {
  assert.throws(
    () =>
      layRules({ shipped: "rules: []", own: "rules:\n  - name: a\n    limit: x\n" }, "own.yaml"),
    /^TenfoldError: own\.yaml: line 3/,
  );
  await assert.rejects(readRuleTexts("/nowhere/limits.yaml"), /cannot be read: ENOENT/);
});

test("the test suites' loose rules replace every shipped rule", async () => {
  const loose = new URL("../../../test/support/loose-limits.yaml", import.meta.url);
  const layers = layRules(
    { shipped: await shipped(), own: await readFile(loose, "utf8") },
    "loose",
  );
  assert.deepEqual(
    layers.filter(({ source }) => source !== "file").map(({ rule }) => rule.name),
    [],
  );
});
