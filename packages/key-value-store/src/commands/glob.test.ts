import assert from "node:assert/strict";
import { test } from "node:test";
import { matchesGlob } from "./glob.ts";

const matches = (pattern: string, text: string): boolean =>
  matchesGlob(Buffer.from(pattern), Buffer.from(text));

test("a glob means what it means to Redis", () => {
  const yes = [
    ["", ""],
    ["*", ""],
    ["a*c", "abcbc"],
    ["h?llo", "hallo"],
    ["h[ae]llo", "hello"],
    ["h[^e]llo", "hallo"],
    ["[a-c]", "b"],
    ["[c-a]", "b"],
    ["\\*", "*"],
    ["[\\]]", "]"],
    ["[abc", "c"],
    ["**a**", "a"],
  ] as const;
  const no = [
    ["", "a"],
    ["?", ""],
    ["a*c", "abcb"],
    ["h[^e]llo", "hello"],
    ["\\*", "a"],
    ["[a-c]", "d"],
    ["[]", "a"],
    ["a\\", "a"],
  ] as const;
  for (const [pattern, text] of yes) assert.equal(matches(pattern, text), true, pattern);
  for (const [pattern, text] of no) assert.equal(matches(pattern, text), false, pattern);
});

test("a pattern of many stars costs no more than pattern times text", () => {
  assert.equal(matches(`${"a*".repeat(200)}b`, "a".repeat(5000)), false);
});
