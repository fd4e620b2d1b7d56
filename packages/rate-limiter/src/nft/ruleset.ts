/**
 * The address rules of a rule set as an nftables rule set: layer 3, in the
 * kernel, before a connection costs this process anything.
 *
 *   input ─▶ new TCP connections to our ports ─▶ limits
 *                                                  │ the rule's ranges fit
 *                                                  ▼
 *                                     rule_1:  overrides   return, or their own rate
 *                                              update @set { saddr & mask  limit rate over … } drop
 *
 * A set holds one token bucket per network and forgets the idle; a full one
 * lets newcomers through. The kernel sees connections, not requests, and every
 * request needs one: a limit on requests, put on new connections, is never
 * stricter than the rule itself (see `rate.ts`). What the kernel cannot see
 * (routes, accounts, keys, headers) stays with the process and is named as
 * skipped.
 *
 * Source: nft(8), "Sets", "LIMIT STATEMENT"; the wiki's page on meters.
 */
import type { Limit } from "../limit.ts";
import type { Rule } from "../rules/rule.ts";
import { maskOf, rangesOf, type Ranges } from "./ranges.ts";
import { kernelRate } from "./rate.ts";

export interface NftOptions {
  /** TCP ports that the limits hold for. */
  ports: readonly number[];
  /** The table's name. */
  table: string;
  /** Networks counted at once per rule and family. */
  setSize: number;
  /** The kernel's rates are the rules' times this, at least 1. */
  factor: number;
}

export const nftDefaults: Readonly<NftOptions> = Object.freeze({
  ports: [80, 443],
  table: "tenfold_limits",
  setSize: 65_536,
  factor: 1,
});

export interface NftRuleset {
  /** For `nft -f`; replaces an earlier one as a whole. */
  text: string;
  /** Rules that are not in it, and why. */
  skipped: readonly { rule: string; why: string }[];
}

/** Prints it. Throws a RangeError for options that make no sense. O(rules). */
export function nftRuleset(rules: readonly Rule[], given: Partial<NftOptions> = {}): NftRuleset {
  const options = checked({ ...nftDefaults, ...given });
  const skipped: { rule: string; why: string }[] = [];
  const sections: Section[] = [];
  for (const rule of rules) {
    const why = whyNot(rule, rules);
    if (why === undefined) sections.push(sectionOf(rule, { rules, options, at: sections.length }));
    else skipped.push({ rule: rule.name, why });
  }
  return { text: render(sections, skipped, options), skipped };
}

function checked(options: NftOptions): NftOptions {
  const { ports, table, setSize, factor } = options;
  const isPort = (port: number): boolean => Number.isInteger(port) && port > 0 && port < 65_536;
  if (ports.length === 0 || !ports.every(isPort))
    throw new RangeError(`bad ports: ${ports.join()}`);
  if (!/^[a-z][a-z0-9_]{0,60}$/.test(table)) throw new RangeError(`"${table}" names no table`);
  if (!Number.isInteger(setSize) || setSize < 1) throw new RangeError(`bad set size: ${setSize}`);
  if (!(factor >= 1)) throw new RangeError(`a factor below 1 would be stricter than the rules`);
  return options;
}

/** Why the kernel cannot hold a rule; `undefined` when it can. */
function whyNot(rule: Rule, rules: readonly Rule[]): string | undefined {
  const unseen = [...rule.match.map(({ descriptor }) => descriptor), ...rule.per].filter(
    (descriptor) => descriptor !== "address",
  );
  if (unseen.length > 0) return `the kernel cannot see: ${[...new Set(unseen)].join(", ")}`;
  if (kernelRate(rule.limit, 1) === undefined) return "the kernel sees connections, not requests";
  if (rangesOfRule(rule) === undefined) return "it matches addresses by a pattern, not by ranges";
  const hidden = above(rule, rules).find((other) => {
    const readable = other.match.every(({ descriptor }) => descriptor === "address");
    return !readable || rangesOfRule(other) === undefined;
  });
  if (hidden !== undefined)
    return `"${hidden.name}" may stand in for it, which the kernel cannot see`;
  const always = above(rule, rules).find((other) => rangesOfRule(other)?.length === 0);
  return always === undefined ? undefined : `"${always.name}" always stands in for it`;
}

/** Rules of the same group that take precedence where they fit. */
function above(rule: Rule, rules: readonly Rule[]): readonly Rule[] {
  if (rule.group === undefined) return [];
  return rules.filter(({ group, priority }) => group === rule.group && priority > rule.priority);
}

/** The ranges of each condition: an address must be within one of every member. */
function rangesOfRule(rule: Rule): readonly Ranges[] | undefined {
  const all: Ranges[] = [];
  for (const { patterns } of rule.match) {
    if (patterns.includes("*")) continue;
    const ranges = rangesOf(patterns);
    if (ranges === undefined) return undefined;
    all.push(ranges);
  }
  return all;
}

interface Section {
  sets: readonly string[];
  chain: readonly string[];
  jumps: readonly string[];
}

interface Place {
  rules: readonly Rule[];
  options: NftOptions;
  /** Numbers the names: a rule's own may not be one of nftables'. */
  at: number;
}

const families = [
  { family: "v4", type: "ipv4_addr", source: "ip saddr" },
  { family: "v6", type: "ipv6_addr", source: "ip6 saddr" },
] as const;

function sectionOf(rule: Rule, { rules, options, at }: Place): Section {
  const name = `rule_${at + 1}`;
  const rate = kernelRate(rule.limit, options.factor);
  if (rate === undefined) throw new Error(`${rule.name} has no rate`);
  const perAddress = rule.per.length > 0;
  const verdict = verdictOf(rule.limit, rule.name);
  const sets = perAddress
    ? families.map(
        ({ family, type }) =>
          `set ${name}_${family} { type ${type}; size ${options.setSize}; flags dynamic,timeout; timeout ${rate.timeoutSeconds}s; }`,
      )
    : [];
  const counting = perAddress
    ? families.map(({ family, source }) => {
        const prefix = family === "v4" ? rule.ipv4Prefix : rule.ipv6Prefix;
        const whole = prefix === (family === "v4" ? 32 : 128);
        const key = whole ? source : `${source} & ${maskOf(family, prefix)}`;
        return `update @${name}_${family} { ${key} limit rate over ${rate.text} } ${verdict}`;
      })
    : [`limit rate over ${rate.text} ${verdict}`];
  const standIns = above(rule, rules).flatMap((other) =>
    matchesOf(rangesOfRule(other) ?? []).map((match) => `${match} return`),
  );
  return {
    sets,
    chain: [
      `chain ${name} {`,
      ...indent([...standIns, ...overridesOf(rule, options), ...counting]),
      "}",
    ],
    jumps: matchesOf(rangesOfRule(rule) ?? []).map((match) => `${match} jump ${name}`.trimStart()),
  };
}

/** One counter of a rule that has its own limit, or none. */
function overridesOf(rule: Rule, options: NftOptions): string[] {
  return rule.overrides.flatMap(({ values, limit }) => {
    const ranges = rangesOf(values);
    // An override that is no address fits no caller.
    if (ranges === undefined) return [];
    return matchesOf([ranges]).flatMap((match) => {
      const rate = limit === undefined ? undefined : kernelRate(limit, options.factor);
      if (limit === undefined || rate === undefined) return [`${match} return`];
      return [
        `${match} limit rate over ${rate.text} ${verdictOf(limit, rule.name)}`,
        `${match} return`,
      ];
    });
  });
}

/** A shadow rule counts and lets pass. */
function verdictOf(limit: Limit, name: string): string {
  // The kernel takes comments of up to 128 bytes.
  const note = `${limit.shadow ? "shadow " : ""}${name}`.slice(0, 120);
  return `counter ${limit.shadow ? "" : "drop "}comment "${note}"`;
}

/** Conditions as expressions, one for each family that can fit; `""` fits everything. */
function matchesOf(conditions: readonly Ranges[]): string[] {
  if (conditions.length === 0) return [""];
  return families.flatMap(({ family, source }) =>
    conditions.some((ranges) => ranges[family].length === 0)
      ? []
      : [conditions.map((ranges) => `${source} { ${disjoint(ranges[family])} }`).join(" ")],
  );
}

/** nftables refuses a set whose members overlap. */
function disjoint(ranges: readonly string[]): string {
  const distinct = [...new Set(ranges)];
  return distinct.filter((range) => !distinct.some((other) => covers(other, range))).join(", ");
}

function covers(wide: string, narrow: string): boolean {
  if (wide === narrow || !wide.includes("/")) return false;
  const [address = "", bits = ""] = wide.split("/");
  const [inner = "", innerBits = address.includes(":") ? "128" : "32"] = narrow.split("/");
  if (Number(innerBits) < Number(bits)) return false;
  const { v4 = [], v6 = [] } = rangesOf([`${inner}/${bits}`]) ?? {};
  return [...v4, ...v6].includes(wide);
}

const indent = (lines: readonly string[]): string[] => lines.map((line) => `  ${line}`);

function render(
  sections: readonly Section[],
  skipped: NftRuleset["skipped"],
  { table, ports }: NftOptions,
): string {
  const body = [
    ...sections.flatMap(({ sets }) => sets),
    ...sections.flatMap(({ chain }) => chain),
    "chain limits {",
    ...indent(sections.flatMap(({ jumps }) => jumps)),
    "}",
    "chain input {",
    "  type filter hook input priority filter - 10; policy accept;",
    `  iifname "lo" return`,
    `  ct state new tcp dport { ${[...new Set(ports)].join(", ")} } jump limits`,
    "}",
  ];
  return [
    "#!/usr/sbin/nft -f",
    "# Rate limits by address, for the kernel. Made from the rules file; make it again when that changes.",
    ...skipped.map(({ rule, why }) => `# not here: ${rule} (${why})`),
    `table inet ${table}`,
    `delete table inet ${table}`,
    `table inet ${table} {`,
    ...indent(body),
    "}",
    "",
  ].join("\n");
}
