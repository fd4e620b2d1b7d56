/**
 * Rules as a matcher. What depends on the route alone is decided once per
 * route and kept; so a request looks only at the rules that its route leaves.
 */
import type { Limit } from "../limit.ts";
import type { Charge } from "../limiter.ts";
import { addressKey, parseRange } from "./address.ts";
import { compilePattern, type Test } from "./pattern.ts";
import type { Condition, Descriptor, Rule, RuleSet, Subject } from "./rule.ts";

/** Routes whose rules are kept. There are as many as the program has, unless it passes raw paths. */
const ROUTES_MAX = 4_096;

interface CompiledRule {
  readonly rule: Rule;
  readonly onRoute: readonly CompiledCondition[];
  readonly onRest: readonly CompiledCondition[];
  readonly overrides: ReadonlyMap<string, Limit | undefined>;
}

interface CompiledCondition {
  readonly descriptor: Descriptor;
  readonly tests: readonly Test[];
}

interface Match {
  readonly rule: Rule;
  readonly limit: Limit | undefined;
  readonly key: string;
}

/** Compiles rules. O(rules) for a route's first request, then O(rules that the route leaves). */
export function compileRules(rules: readonly Rule[]): RuleSet {
  const compiled = rules.map(compileRule);
  const byRoute = new Map<string, readonly CompiledRule[]>();
  const grouped = rules.some(({ group }) => group !== undefined);

  const rulesFor = (route: string | undefined): readonly CompiledRule[] => {
    const known = byRoute.get(route ?? "");
    if (known !== undefined) return known;
    const left = compiled.filter(({ onRoute }) => fits(onRoute, { route }));
    if (byRoute.size < ROUTES_MAX) byRoute.set(route ?? "", left);
    return left;
  };

  return {
    rules,
    match(subject, cost = 1) {
      let matches: Match[] = [];
      for (const candidate of rulesFor(subject.route)) {
        const match = matchOf(candidate, subject);
        if (match !== undefined) matches.push(match);
      }
      if (grouped) matches = matches.filter((match) => !isOutranked(match, matches));
      const charges: Charge[] = [];
      for (const { limit, key } of matches) {
        if (limit !== undefined) charges.push({ limit, key, cost });
      }
      return charges;
    },
  };
}

function compileRule(rule: Rule): CompiledRule {
  const conditions = rule.match.map(compileCondition);
  return {
    rule,
    onRoute: conditions.filter(({ descriptor }) => descriptor === "route"),
    onRest: conditions.filter(({ descriptor }) => descriptor !== "route"),
    overrides: new Map(
      rule.overrides.map(({ values, limit }) => {
        const counted = rule.per.map((descriptor, index) =>
          countedAs(rule, descriptor, values[index] ?? ""),
        );
        return [joinKey(counted), limit];
      }),
    ),
  };
}

function compileCondition({ descriptor, patterns }: Condition): CompiledCondition {
  const compile = descriptor === "address" ? parseRange : compilePattern;
  return { descriptor, tests: patterns.map(compile) };
}

function matchOf({ rule, onRest, overrides }: CompiledRule, subject: Subject): Match | undefined {
  if (!fits(onRest, subject)) return undefined;
  const values: string[] = [];
  for (const descriptor of rule.per) {
    const value = valuesOf(subject, descriptor)[0];
    if (value === undefined) return undefined;
    values.push(countedAs(rule, descriptor, value));
  }
  const key = joinKey(values);
  return { rule, key, limit: overrides.has(key) ? overrides.get(key) : rule.limit };
}

function fits(conditions: readonly CompiledCondition[], subject: Subject): boolean {
  return conditions.every(({ descriptor, tests }) =>
    valuesOf(subject, descriptor).some((value) => tests.some((test) => test(value))),
  );
}

const none: readonly string[] = Object.freeze([]);

function valuesOf(subject: Subject, descriptor: Descriptor): readonly string[] {
  const value = descriptor.startsWith("header:")
    ? subject.headers?.[descriptor.slice("header:".length)]
    : subject[plain(descriptor)];
  if (value === undefined) return none;
  return typeof value === "string" ? [value] : value;
}

function plain(descriptor: Descriptor): "account" | "key" | "address" | "route" {
  if (descriptor === "account" || descriptor === "key" || descriptor === "address") {
    return descriptor;
  }
  return "route";
}

function countedAs(rule: Rule, descriptor: Descriptor, value: string): string {
  return descriptor === "address" ? addressKey(value, rule) : value;
}

/** Several values as one key that no other values make. */
function joinKey(values: readonly string[]): string {
  if (values.length === 1) return values[0] ?? "";
  return values.map((value) => value.replaceAll(/[\\|]/g, String.raw`\$&`)).join("|");
}

function isOutranked({ rule }: Match, matches: readonly Match[]): boolean {
  return matches.some(
    ({ rule: other }) =>
      rule.group !== undefined && other.group === rule.group && other.priority > rule.priority,
  );
}
