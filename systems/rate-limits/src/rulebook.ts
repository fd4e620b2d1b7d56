/**
 * The rules in force, from three places:
 *
 *   rules.yaml (shipped) ─┐  same name: replaced
 *   operator's file ──────┴─▶ base ──┐  edited, shadowed, switched off
 *   edits in SQL ────────────────────┴─▶ compiled, swapped whole
 *
 * At start a mistake anywhere is an error. Later, a bad file leaves the rules as
 * they were, and says so once in the log and to the console; an edit of a rule
 * that no longer takes it is left out, and said.
 */
import type { Log } from "@tenfold/core";
import { TenfoldError } from "@tenfold/core";
import type { Rule, RuleSet } from "@tenfold/rate-limiter";
import { BAD_CREDENTIALS_ROUTE, type CompiledRules } from "./admission.ts";
import type { RuleEdit } from "./contract.ts";
import { applyEdit } from "./edits.ts";
import type { StoredEdit } from "./store.ts";

/** A rule as the files have it. */
export interface BaseRule {
  rule: Rule;
  source: "default" | "file";
}

/** One rule in force, or switched off. */
export interface RuleInForce extends BaseRule {
  /** `undefined` when it is switched off. */
  current: Rule | undefined;
  edit: StoredEdit | undefined;
}

export interface Rulebook {
  readonly compiled: CompiledRules;
  readonly rules: readonly RuleInForce[];
  find(name: string): RuleInForce | undefined;
  /** What was read from the files. */
  setBase(base: readonly BaseRule[]): void;
  setEdits(edits: readonly StoredEdit[]): void;
  /** Throws what an edit would be refused with. */
  check(name: string, edit: RuleEdit): void;
}

/** `compile` makes rules ready, and throws for those that contradict each other. */
export function createRulebook(
  { log, compile }: { log: Log; compile: (rules: readonly Rule[]) => RuleSet },
  initial: readonly BaseRule[],
): Rulebook {
  let base = initial;
  let edits: readonly StoredEdit[] = [];
  let rules: readonly RuleInForce[] = [];
  let compiled = ready();

  function ready(): Rulebook["compiled"] {
    rules = base.map((each) => inForce(each, edits, log));
    const current = rules.flatMap((each) => each.current ?? []);
    return {
      requests: compile(current.filter((rule) => !isAboutCredentials(rule))),
      credentials: compile(current.filter(isAboutCredentials)),
      readHeaders: current.some(readsHeaders),
    };
  }

  return {
    get compiled() {
      return compiled;
    },
    get rules() {
      return rules;
    },
    find: (name) => rules.find(({ rule }) => rule.name === name),
    setBase(next) {
      const before = base;
      base = next;
      try {
        compiled = ready();
      } catch (error) {
        base = before;
        compiled = ready();
        throw error;
      }
    },
    setEdits(next) {
      edits = next;
      compiled = ready();
    },
    check(name, edit) {
      const found = base.find(({ rule }) => rule.name === name);
      const rule = found === undefined ? undefined : applyEdit(found.rule, edit);
      if (rule !== undefined) compile([rule]);
    },
  };
}

function inForce(each: BaseRule, edits: readonly StoredEdit[], log: Log): RuleInForce {
  const edit = edits.find(({ rule }) => rule === each.rule.name);
  if (edit === undefined) return { ...each, current: each.rule, edit };
  try {
    return { ...each, current: applyEdit(each.rule, edit.edit), edit };
  } catch (error) {
    if (!(error instanceof TenfoldError)) throw error;
    log.warn({ rule: edit.rule, detail: error.detail }, "an edit no longer fits its rule");
    return { ...each, current: each.rule, edit };
  }
}

const readsHeaders = ({ match, per }: Rule): boolean =>
  [...match.map(({ descriptor }) => descriptor), ...per].some((each) => each.startsWith("header:"));

/** Rules about bad credentials are asked apart: nothing else is charged with them. */
function isAboutCredentials({ match }: Rule): boolean {
  return match.some(
    ({ descriptor, patterns }) =>
      descriptor === "route" && patterns.includes(BAD_CREDENTIALS_ROUTE),
  );
}
