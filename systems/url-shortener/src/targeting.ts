/**
 * Where a link leads for whom. Rules come first, in their order; the first
 * whose conditions all hold chooses. Those it leaves are split over the
 * variants by weight; without variants they go to the link's own URL.
 *
 * A link is compiled once, when it enters the cache, and asked for each click;
 * with neither rules nor variants the answer costs two comparisons.
 */
import ipaddr from "ipaddr.js";
import type { Condition, Rule, Variant } from "./contract.ts";
import type { Visitor } from "./visitor.ts";

/** What a rule may look at. */
export interface Facts {
  visitor: Pick<Visitor, "agent" | "country" | "languages" | "address">;
  /** The query string without its `?`. */
  search: string;
  nowMs: number;
}

export interface TargetSource {
  url: string;
  rules: readonly Rule[];
  variants: readonly Variant[];
}

type Test = (facts: Facts) => boolean;

/** A link's targets, ready to be chosen from. */
export interface Targets {
  readonly url: string;
  readonly rules: readonly { readonly tests: readonly Test[]; readonly url: string }[];
  readonly variants: readonly { readonly url: string; readonly upTo: number }[];
}

/** A condition that cannot be compiled: where it is, as a JSON pointer, and what is wrong. */
export interface WrongRule {
  field: string;
  detail: string;
}

type Range = ReturnType<typeof ipaddr.parseCIDR>;

/** `10.0.0.0/8`, `2001:db8::/32`, or one address; undefined when it is neither. */
function parseRange(text: string): Range | undefined {
  const [address = "", bits, ...more] = text.split("/");
  const strict = ipaddr.IPv4.isValidFourPartDecimal(address) || ipaddr.IPv6.isValid(address);
  if (!strict || address.includes("%") || more.length > 0) return undefined;
  const parsed = ipaddr.parse(address);
  const bitsMax = parsed.kind() === "ipv4" ? 32 : 128;
  if (bits === undefined) return [parsed, bitsMax];
  return /^\d{1,3}$/.test(bits) && Number(bits) <= bitsMax ? [parsed, Number(bits)] : undefined;
}

function addressTest(ranges: readonly Range[]): Test {
  return ({ visitor: { address } }) =>
    address !== undefined &&
    ranges.some(([range, bits]) => range.kind() === address.kind() && address.match(range, bits));
}

/** Basic filtering, RFC 4647 section 3.3.1: equal, or a prefix that ends at a hyphen. */
export function languageMatches(range: string, tag: string): boolean {
  const wanted = range.toLowerCase();
  const given = tag.toLowerCase();
  return given === wanted || given.startsWith(`${wanted}-`);
}

/** Tests in order of cost: what needs a look-up comes last. */
function compileCondition(when: Condition): Test[] {
  const tests: Test[] = [];
  const { after, before, query, language, device, browser, country } = when;
  if (after !== undefined) {
    const afterMs = Date.parse(after);
    tests.push(({ nowMs }) => nowMs >= afterMs);
  }
  if (before !== undefined) {
    const beforeMs = Date.parse(before);
    tests.push(({ nowMs }) => nowMs < beforeMs);
  }
  if (query !== undefined) {
    tests.push(({ search }) => new URLSearchParams(search).has(query.name, query.value));
  }
  if (language !== undefined) {
    tests.push(({ visitor }) =>
      language.some((range) => visitor.languages.some((tag) => languageMatches(range, tag))),
    );
  }
  if (device !== undefined) {
    const wanted = new Set<string>(device);
    tests.push(
      ({ visitor: { agent } }) =>
        wanted.has(agent.device) || (agent.platform !== undefined && wanted.has(agent.platform)),
    );
  }
  if (browser !== undefined) {
    const wanted = new Set(browser.map((name) => name.toLowerCase()));
    tests.push(({ visitor }) => wanted.has((visitor.agent.browser ?? "").toLowerCase()));
  }
  if (country !== undefined) {
    const wanted = new Set(country);
    tests.push(({ visitor }) => visitor.country !== undefined && wanted.has(visitor.country));
  }
  return tests;
}

/**
 * Prepares a link's rules and variants. Answers `wrong` for an address range
 * that is none; the schema has checked everything else. Times must be RFC 3339.
 */
export function compileTargets(
  source: TargetSource,
): { targets: Targets } | { wrong: readonly WrongRule[] } {
  const wrong: WrongRule[] = [];
  const rules = source.rules.map(({ when, url }, ruleAt) => {
    const tests = compileCondition(when);
    const ranges = (when.address ?? []).map((text, rangeAt) => {
      const range = parseRange(text);
      if (range === undefined) {
        const field = `/rules/${ruleAt}/when/address/${rangeAt}`;
        const detail = `"${text}" is not an address range; write 192.0.2.0/24 or 2001:db8::/32.`;
        wrong.push({ field, detail });
      }
      return range;
    });
    const valid = ranges.filter((range) => range !== undefined);
    if (ranges.length > 0) tests.push(addressTest(valid));
    return { tests, url };
  });
  if (wrong.length > 0) return { wrong };

  const total = source.variants.reduce((sum, { weight }) => sum + weight, 0);
  let reached = 0;
  const variants = source.variants.map(({ url, weight }) => {
    reached += weight;
    return { url, upTo: reached / total };
  });
  return { targets: { url: source.url, rules, variants } };
}

/**
 * The URL for these facts. `facts` is called only when there are rules, and
 * `randomFloat` (a number in [0, 1)) only when there are variants.
 */
export function chooseTarget(
  targets: Targets,
  facts: () => Facts,
  randomFloat: () => number,
): string {
  if (targets.rules.length > 0) {
    const known = facts();
    for (const rule of targets.rules) {
      if (rule.tests.every((test) => test(known))) return rule.url;
    }
  }
  if (targets.variants.length > 0) {
    const drawn = randomFloat();
    const variant = targets.variants.find(({ upTo }) => drawn < upTo);
    // Rounding can leave the last bound a hair below 1.
    return (variant ?? targets.variants.at(-1))?.url ?? targets.url;
  }
  return targets.url;
}
