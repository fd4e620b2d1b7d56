/** The rules as they are in force, for tools: from the files and, where there is a database, the edits. */
import type { Log } from "@tenfold/core";
import type { Rule } from "@tenfold/rate-limiter";
import type { Sql } from "@tenfold/sql";
import { compile, layRules, readRuleTexts } from "./rule-files.ts";
import { createRulebook } from "./rulebook.ts";
import { createEditStore } from "./store.ts";

/**
 * Without those that are switched off. Throws `limit_rules_file_invalid`; and whatever SQL
 * throws when the edits cannot be read.
 */
export async function readRulesInForce(
  { log, sql }: { log: Log; sql: Sql | undefined },
  { file }: { file: string | undefined },
): Promise<readonly Rule[]> {
  const rulebook = createRulebook({ log, compile }, layRules(await readRuleTexts(file), file));
  if (sql !== undefined) rulebook.setEdits((await createEditStore(sql).read()).edits);
  return rulebook.rules.flatMap(({ current }) => current ?? []);
}
