/** A rule as the files have it, and an administrator's edit of it: what is in force. */
import { TenfoldError } from "@tenfold/core";
import {
  createLimit,
  type Limit,
  type Override,
  type Policy,
  type Rule,
} from "@tenfold/rate-limiter";
import type { RuleEdit } from "./contract.ts";
import { limitErrors } from "./errors.ts";

/**
 * The edited rule; `undefined` when it is switched off. Counters live on as long
 * as name and algorithm stay, so an edit gives nobody a fresh start. Throws
 * `limit_edit_invalid` for what the rule's algorithm has no place for.
 */
export function applyEdit(rule: Rule, edit: RuleEdit): Rule | undefined {
  if (edit.mode === "off") return undefined;
  const limit = edited(rule, edit);
  const changed = new Set((edit.overrides ?? []).map(({ values }) => nameOf(values)));
  const kept = rule.overrides.filter(({ values }) => !changed.has(nameOf(values)));
  const added = (edit.overrides ?? []).map((override) => overrideOf(rule, limit, override));
  return { ...rule, limit, overrides: [...kept, ...added] };
}

const nameOf = (values: readonly string[]): string => values.join("\n");

function edited({ limit }: Rule, edit: RuleEdit): Limit {
  const policy = editPolicy(limit.policy, edit);
  const shadow = edit.mode === undefined ? limit.shadow : edit.mode === "shadow";
  return make({ limit, policy, shadow });
}

function editPolicy(policy: Policy, edit: RuleEdit): Policy {
  const units = edit.limit ?? policy.limit;
  const windowMs =
    edit.windowSeconds === undefined ? undefined : Math.round(edit.windowSeconds * 1000);
  if (windowMs !== undefined && !("windowMs" in policy)) {
    throw refusal("/windowSeconds", "its window cannot be set in seconds");
  }
  const spans = windowMs === undefined ? {} : { windowMs };
  if (edit.burst === undefined) return { ...policy, limit: units, ...spans };
  if (policy.algorithm === "token-bucket") {
    return { ...policy, limit: units, ...spans, burst: edit.burst };
  }
  if (policy.algorithm === "leaking-bucket") {
    return { ...policy, limit: units, ...spans, queue: edit.burst };
  }
  throw refusal("/burst", "only a bucket has a burst");
}

function overrideOf(
  rule: Rule,
  limit: Limit,
  { values, limit: units }: { values: readonly string[]; limit: number | null },
): Override {
  if (values.length !== rule.per.length) {
    const wanted = rule.per.length === 0 ? "no values" : rule.per.join(", ");
    throw refusal("/overrides", `an override of this rule names: ${wanted}`);
  }
  if (units === null) return { values, limit: undefined };
  // What is saved up goes with the limit, in the rule's own proportion.
  const scaled = Math.max(1, Math.round((limit.capacity / limit.policy.limit) * units));
  const policy = limit.policy;
  const sized: Policy =
    policy.algorithm === "token-bucket"
      ? { ...policy, limit: units, burst: scaled }
      : policy.algorithm === "leaking-bucket"
        ? { ...policy, limit: units, queue: scaled }
        : { ...policy, limit: units };
  return { values, limit: make({ limit, policy: sized, shadow: limit.shadow }) };
}

function make({ limit, policy, shadow }: { limit: Limit; policy: Policy; shadow: boolean }): Limit {
  const { name, whenUnavailable } = limit;
  try {
    return createLimit({ ...policy, name, shadow, whenUnavailable });
  } catch (error) {
    if (!(error instanceof TenfoldError)) throw error;
    throw limitErrors.limit_edit_invalid({ detail: error.detail, cause: error });
  }
}

function refusal(field: string, detail: string): Error {
  return limitErrors.limit_edit_invalid({
    detail: `The rule cannot be changed like this: ${detail}.`,
    fields: [{ field, detail }],
  });
}
