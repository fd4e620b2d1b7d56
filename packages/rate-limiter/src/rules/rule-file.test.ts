import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { createManualClock, hasCode, silentLog, type Log } from "@tenfold/core";
import { createRuleReloader, fileRules } from "./rule-file.ts";

const rules = (limit: number): string => `rules: [{ name: x, limit: ${limit} per second }]`;

test("rules follow their source; mistakes change nothing and are told once", async () => {
  const clock = createManualClock();
  const errors: string[] = [];
  const log: Log = { ...silentLog, error: (_fields, message) => void errors.push(message) };
  let text: string | undefined = rules(1);
  const read = async (): Promise<string> => {
    if (text === undefined) throw new Error("gone");
    return text;
  };
  await using reloader = createRuleReloader({ source: { name: "test", read }, clock, log });
  await reloader.start();
  const limit = (): number | undefined => reloader.book.match({})[0]?.limit.capacity;
  assert.equal(limit(), 1);
  text = rules(2);
  await clock.advance(1_000);
  assert.equal(limit(), 2);
  for (const wrong of ["rules: 5", undefined]) {
    text = wrong;
    errors.length = 0;
    await clock.advance(5_000);
    assert.equal(limit(), 2);
    assert.equal(errors.length, 1);
  }
  text = rules(3);
  await clock.advance(1_000);
  assert.equal(limit(), 3);
});

test("start() rejects when the first rules are wrong or missing", async () => {
  const folder = await mkdtemp(join(tmpdir(), "rules-"));
  const path = join(folder, "limits.yaml");
  const missing = createRuleReloader({ source: fileRules(path) });
  await assert.rejects(missing.start(), /ENOENT/);
  await writeFile(path, "rules: [{ name: x }]");
  const wrong = createRuleReloader({ source: fileRules(path) });
  await assert.rejects(wrong.start(), (error) => hasCode(error, "rules_invalid"));
  await writeFile(path, rules(4));
  await using right = createRuleReloader({ source: fileRules(path) });
  await right.start();
  assert.equal(right.book.current.rules.length, 1);
  await rm(folder, { recursive: true });
});
