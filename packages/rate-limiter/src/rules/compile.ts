/**
 * Rules as a matcher. What depends on the route alone is decided once per
 * route and kept; so a request looks only at the rules that its route leaves.
 */
import type { Limit } from "../limit.ts";
import type { Charge } from "../limiter.ts";
import { addressKey, addressKeys, parseRange } from "./address.ts";
import { compilePattern, type Test } from "./pattern.ts";
import type { Condition, Descriptor, Rule, RuleSet, Subject } from "./rule.ts";

/** Routes whose rules are kept. There are as many as the program has, unless it passes raw paths. */
const ROUTES_MAX = 4_096;

/** A rule that a route leaves to be looked at for each request. */
interface RouteRule extends CompiledRule {
  /** Those of its group that outrank it, where they fit. */
  readonly betters: readonly CompiledRule[];
}

interface CompiledRule {
  readonly rule: Rule;
  readonly onRoute: readonly CompiledCondition[];
  readonly onRest: readonly CompiledCondition[];
  readonly keyOf: KeyOf;
  /** Absent where there are none, as with most rules. */
  readonly overrides: ReadonlyMap<string, Limit | undefined> | undefined;
}

/** The key that a subject is counted by; `undefined` where it lacks what the rule counts. */
type KeyOf = (subject: Subject) => string | undefined;

/** The values of a descriptor: several only of a header. */
type Read = (subject: Subject) => string | readonly string[] | undefined;

interface CompiledCondition {
  readonly descriptor: Descriptor;
  readonly read: Read;
  readonly tests: readonly Test[];
}

/** Compiles rules. O(rules) for a route's first request, then O(rules that the route leaves). */
export function compileRules(rules: readonly Rule[]): RuleSet {
  const compiled = rules.map(compileRule);
  const byRoute = new Map<string, readonly RouteRule[]>();

  const rulesFor = (route: string | undefined): readonly RouteRule[] => {
    const known = byRoute.get(route ?? "");
    if (known !== undefined) return known;
    const left = compiled.filter(({ onRoute }) => fits(onRoute, { route }));
    const kept = left.map((each) => ({ ...each, betters: bettersOf(each, left) }));
    if (byRoute.size < ROUTES_MAX) byRoute.set(route ?? "", kept);
    return kept;
  };

  return {
    rules,
    match(subject, cost = 1) {
      const charges: Charge[] = [];
      for (const { rule, onRest, keyOf, overrides, betters } of rulesFor(subject.route)) {
        if (onRest.length > 0 && !fits(onRest, subject)) continue;
        const key = keyOf(subject);
        if (key === undefined || (betters.length > 0 && anyCounts(betters, subject))) continue;
        const limit = overrides?.has(key) === true ? overrides.get(key) : rule.limit;
        if (limit !== undefined) charges.push({ limit, key, cost });
      }
      return charges;
    },
  };
}

function bettersOf({ rule }: CompiledRule, among: readonly CompiledRule[]): CompiledRule[] {
  if (rule.group === undefined) return [];
  return among.filter(
    ({ rule: other }) => other.group === rule.group && other.priority > rule.priority,
  );
}

/** Whether one of the rules fits and has something to count. */
function anyCounts(rules: readonly CompiledRule[], subject: Subject): boolean {
  for (const { onRest, keyOf } of rules) {
    if ((onRest.length === 0 || fits(onRest, subject)) && keyOf(subject) !== undefined) return true;
  }
  return false;
}

function compileRule(rule: Rule): CompiledRule {
  const conditions = rule.match.map(compileCondition);
  return {
    rule,
    onRoute: conditions.filter(({ descriptor }) => descriptor === "route"),
    onRest: conditions.filter(({ descriptor }) => descriptor !== "route"),
    keyOf: compileKey(rule),
    overrides: rule.overrides.length > 0 ? overridesOf(rule) : undefined,
  };
}

function overridesOf(rule: Rule): ReadonlyMap<string, Limit | undefined> {
  return new Map(
    rule.overrides.map(({ values, limit }) => {
      const counted = rule.per.map((descriptor, index) =>
        countedAs(rule, descriptor, values[index] ?? ""),
      );
      return [joinKey(counted), limit];
    }),
  );
}

function compileKey(rule: Rule): KeyOf {
  const parts = rule.per.map((descriptor): KeyOf => {
    const read = compileRead(descriptor);
    const counted = descriptor === "address" ? addressKeys(rule) : undefined;
    return (subject) => {
      const value = firstOf(read(subject));
      return value === undefined || counted === undefined ? value : counted(value);
    };
  });
  const [only] = parts;
  if (parts.length === 1 && only !== undefined) return only;
  return (subject) => {
    const values: string[] = [];
    for (const part of parts) {
      const value = part(subject);
      if (value === undefined) return undefined;
      values.push(value);
    }
    return joinKey(values);
  };
}

function compileCondition({ descriptor, patterns }: Condition): CompiledCondition {
  const compile = descriptor === "address" ? parseRange : compilePattern;
  return { descriptor, read: compileRead(descriptor), tests: patterns.map(compile) };
}

function fits(conditions: readonly CompiledCondition[], subject: Subject): boolean {
  return conditions.every(({ read, tests }) => {
    const value = read(subject);
    if (value === undefined) return false;
    if (typeof value === "string") return tests.some((test) => test(value));
    return value.some((each) => tests.some((test) => test(each)));
  });
}

function compileRead(descriptor: Descriptor): Read {
  switch (descriptor) {
    case "account":
      return ({ account }) => account;
    case "key":
      return ({ key }) => key;
    case "address":
      return ({ address }) => address;
    case "route":
      return ({ route }) => route;
    default: {
      const name = descriptor.slice("header:".length);
      return ({ headers }) => headers?.[name];
    }
  }
}

function firstOf(value: ReturnType<Read>): string | undefined {
  return typeof value === "string" ? value : value?.[0];
}

function countedAs(rule: Rule, descriptor: Descriptor, value: string): string {
  return descriptor === "address" ? addressKey(value, rule) : value;
}

/** Several values as one key that no other values make. */
function joinKey(values: readonly string[]): string {
  if (values.length === 1) return values[0] ?? "";
  return values.map((value) => value.replaceAll(/[\\|]/g, String.raw`\$&`)).join("|");
}
