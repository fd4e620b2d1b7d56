/** The shipped rules and the operator's, read from disk and laid over each other. */
import { readFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { TenfoldError } from "@tenfold/core";
import { compileRules, parseRules, type Rule } from "@tenfold/rate-limiter";
import { limitErrors } from "./errors.ts";
import type { BaseRule } from "./rulebook.ts";

const shipped = new URL("../rules.yaml", import.meta.url);

/** Both files' texts. Equal texts give equal rules. */
export interface RuleTexts {
  shipped: string;
  /** `undefined` without a file. */
  own: string | undefined;
}

/** Reads both; throws `limit_rules_file_invalid` when the operator's cannot be read. */
export async function readRuleTexts(file: string | undefined): Promise<RuleTexts> {
  const own = file === undefined ? undefined : await readFile(file, "utf8").catch(unreadable(file));
  return { shipped: await readFile(shipped, "utf8"), own };
}

/** Throws what `readRuleTexts` and `layRules` would, before anything is started. */
export function checkRulesFile(file: string | undefined): void {
  if (file === undefined) return;
  let own: string;
  try {
    own = readFileSync(file, "utf8");
  } catch (error) {
    return unreadable(file)(error);
  }
  layRules({ shipped: readFileSync(shipped, "utf8"), own }, file);
}

function unreadable(file: string): (error: unknown) => never {
  return (error) => {
    throw limitErrors.limit_rules_file_invalid({
      detail: `The rules file ${file} cannot be read: ${error instanceof Error ? error.message : String(error)}.`,
      hint: "TENFOLD_RATE_LIMITS names it.",
      cause: error,
    });
  };
}

/**
 * The shipped rules, of which the operator's replace those of the same name,
 * then the operator's others. Throws `limit_rules_file_invalid`, naming lines.
 */
export function layRules(texts: RuleTexts, file: string | undefined): readonly BaseRule[] {
  const defaults = parseRules(texts.shipped).rules;
  const own = texts.own === undefined ? [] : parseOwn(texts.own, file ?? "");
  const replaced = new Map(own.map((rule) => [rule.name, rule]));
  const known = new Set(defaults.map(({ name }) => name));
  return [
    ...defaults.map((rule) => baseOf(replaced.get(rule.name), rule)),
    ...own.filter(({ name }) => !known.has(name)).map((rule) => baseOf(rule, rule)),
  ];
}

function baseOf(own: Rule | undefined, rule: Rule): BaseRule {
  return own === undefined ? { rule, source: "default" } : { rule: own, source: "file" };
}

function parseOwn(text: string, file: string): readonly Rule[] {
  try {
    return parseRules(text).rules;
  } catch (error) {
    if (!(error instanceof TenfoldError)) throw error;
    throw limitErrors.limit_rules_file_invalid({
      detail: `${file}: ${error.detail}`,
      hint: "TENFOLD_RATE_LIMITS names this file.",
      cause: error,
    });
  }
}

/** Every rule in one set. */
export const compile = compileRules;
