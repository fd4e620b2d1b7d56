/** Use cases of administrators: see the rules and what they do, edit, reset. */
import type { Clock } from "@tenfold/core";
import type { Limiter, Rule } from "@tenfold/rate-limiter";
import type { LimitRule, LimitRules, RuleEdit } from "./contract.ts";
import { limitErrors } from "./errors.ts";
import type { RuleInForce, Rulebook } from "./rulebook.ts";
import type { EditStore } from "./store.ts";
import type { Traffic } from "./traffic.ts";

export interface LimitsService {
  list(): LimitRules;
  /** Throws `limit_rule_unknown`, `limit_edit_invalid`. */
  edit(change: { rule: string; edit: RuleEdit; editedBy: string }): Promise<LimitRule>;
  undoEdit(rule: string): Promise<void>;
  reset(rule: string, key: string): Promise<void>;
}

export interface ServiceDeps {
  clock: Clock;
  rulebook: Rulebook;
  store: EditStore;
  traffic: Traffic;
  /** Everything that counts; a reset is for all of them. */
  limiters: readonly Limiter[];
  /** Reads the edits here and tells the other processes. */
  editsChanged: () => Promise<void>;
  status: () => Pick<LimitRules, "store" | "healthy" | "file" | "fileProblem">;
}

export function createLimitsService(
  deps: ServiceDeps,
  { hottestMax }: { hottestMax: number },
): LimitsService {
  const { clock, rulebook, store, traffic } = deps;
  const known = (name: string): RuleInForce => {
    const found = rulebook.find(name);
    if (found !== undefined) return found;
    throw limitErrors.limit_rule_unknown({ detail: `There is no rule "${name}".` });
  };
  const view = (each: RuleInForce): LimitRule => {
    const { counts, hottest } = traffic.of(each.rule.name);
    return {
      ...viewOf(each),
      counts: { ...counts },
      hottest: hottest.list(hottestMax).map(({ key, count, refused }) => ({ key, count, refused })),
    };
  };

  return {
    list: () => ({
      readAt: new Date(clock.now()).toISOString(),
      ...deps.status(),
      items: rulebook.rules.map(view),
    }),
    async edit({ rule, edit, editedBy }) {
      known(rule);
      rulebook.check(rule, edit);
      await store.put({ rule, edit, editedBy, editedAt: new Date(clock.now()) });
      await deps.editsChanged();
      return view(known(rule));
    },
    async undoEdit(rule) {
      known(rule);
      await store.remove(rule);
      await deps.editsChanged();
    },
    async reset(name, key) {
      const { rule, current } = known(name);
      const limits = new Set(
        [rule, current].flatMap((each) => (each === undefined ? [] : limitsOf(each))),
      );
      for (const limiter of deps.limiters) {
        for (const limit of limits) await limiter.reset(limit, key);
      }
      traffic.of(name).hottest.forget(key);
    },
  };
}

function limitsOf(rule: Rule) {
  return [rule.limit, ...rule.overrides.flatMap(({ limit }) => limit ?? [])];
}

function viewOf({
  rule,
  source,
  current,
  edit,
}: RuleInForce): Omit<LimitRule, "counts" | "hottest"> {
  const { limit, overrides } = current ?? rule;
  const { policy } = limit;
  return {
    name: rule.name,
    source,
    line: rule.line,
    match: rule.match.map(({ descriptor, patterns }) => ({ descriptor, patterns: [...patterns] })),
    per: [...rule.per],
    group: rule.group ?? null,
    priority: rule.priority,
    mode: current === undefined ? "off" : limit.shadow ? "shadow" : "enforced",
    policy: {
      algorithm: policy.algorithm,
      limit: policy.limit,
      capacity: limit.capacity,
      windowSeconds: limit.windowMs / 1000,
      calendar: "calendar" in policy ? policy.calendar : null,
      whenUnavailable: limit.whenUnavailable,
    },
    overrides: overrides.map(({ values, limit: own }) => ({
      values: [...values],
      limit: own?.policy.limit ?? null,
    })),
    edit:
      edit === undefined
        ? null
        : { edit: edit.edit, editedBy: edit.editedBy, editedAt: edit.editedAt.toISOString() },
  };
}
