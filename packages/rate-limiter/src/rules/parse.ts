/**
 * The text of a rules file as rules. Every mistake is told with its line, all
 * at once; nested rules inherit from those they stand in.
 */
import { hasCode } from "@tenfold/core";
import { createLimit, type Limit, type LimitSpec, type WhenUnavailable } from "../limit.ts";
import { algorithms, type Algorithm, type Policy } from "../policy.ts";
import { parseRange } from "./address.ts";
import { compileRules } from "./compile.ts";
import { parseDuration, parseRate, RATE_FORMS, type Rate } from "./rate.ts";
import { RuleReader, type Fields, type Place } from "./reader.ts";
import type { Condition, Descriptor, Override, Rule, RuleSet } from "./rule.ts";

/** What nested rules take over. */
interface Inherited {
  readonly name: string;
  readonly match: readonly Condition[];
  readonly per: readonly Descriptor[];
  readonly algorithm: Algorithm | undefined;
  readonly timeZone: string | undefined;
  readonly shadow: boolean;
  readonly whenUnavailable: WhenUnavailable;
  readonly ipv4Prefix: number;
  readonly ipv6Prefix: number;
  readonly group: string | undefined;
  readonly priority: number;
}

const defaults: Inherited = Object.freeze({
  name: "",
  match: [],
  per: [],
  algorithm: undefined,
  timeZone: undefined,
  shadow: false,
  whenUnavailable: "local",
  ipv4Prefix: 32,
  ipv6Prefix: 64,
  group: undefined,
  priority: 0,
});

const ownFields = ["limit", "burst", "queue", "lease", "overrides", "rules"];
const ruleFields = [...Object.keys(defaults), ...ownFields];
const DESCRIPTOR = /^(?:account|key|address|route|header:[a-z0-9!#$%&'*+.^_`|~-]+)$/;
const UNITS_MAX = 2 ** 31 - 1;

/** Parses and compiles YAML or JSON; throws `rules_invalid` that names every mistake's line. */
export function parseRules(text: string): RuleSet {
  const reader = new RuleReader(text);
  const rules: Rule[] = [];
  const top = reader.fields(reader.root, ["rules"]).take("rules");
  if (top === undefined) reader.fail(1, 'the file must have a list of "rules"');
  else new RulesParser(reader, rules).readAll(top, defaults);
  reader.finish();
  return compileRules(rules);
}

class RulesParser {
  readonly #reader: RuleReader;
  readonly #rules: Rule[];

  constructor(reader: RuleReader, rules: Rule[]) {
    this.#reader = reader;
    this.#rules = rules;
  }

  readAll(place: Place, inherited: Inherited): void {
    for (const item of this.#reader.list(place)) this.#read(item, inherited);
  }

  #read(place: Place, parent: Inherited): void {
    const reader = this.#reader;
    const fields = reader.fields(place, ruleFields);
    const own = this.#inherit(fields, parent);
    const rate = fields.take("limit");
    const nested = fields.take("rules");
    if (rate !== undefined) this.#add({ fields, rate, line: place.line }, own);
    else if (nested === undefined) reader.fail(place.line, `rule "${own.name}" has no limit`);
    if (nested !== undefined) this.readAll(nested, own);
  }

  #add(
    { fields, rate, line }: { fields: Fields; rate: Place; line: number },
    own: Inherited,
  ): void {
    const { name, match, per, ipv4Prefix, ipv6Prefix, group, priority } = own;
    if (this.#rules.some((other) => other.name === name)) {
      this.#reader.fail(line, `there are two rules named "${name}"`);
    }
    const overrides = this.#overrides(fields, own);
    const limit = this.#limit(rate, fields, own);
    if (limit === undefined) {
      const isNone = parseRate(this.#reader.text(rate) ?? "")?.kind === "none";
      if (isNone) this.#reader.fail(rate.line, 'only overrides may say "none"');
      return;
    }
    const range = { ipv4Prefix, ipv6Prefix };
    this.#rules.push({ name, line, match, per, ...range, limit, group, priority, overrides });
  }

  #inherit(fields: Fields, parent: Inherited): Inherited {
    const reader = this.#reader;
    const read = <Value>(
      name: string,
      parse: (place: Place) => Value | undefined,
      before: Value,
    ): Value => {
      const place = fields.take(name);
      return (place === undefined ? undefined : parse(place)) ?? before;
    };
    const ownName = read("name", (place) => reader.text(place), "");
    if (ownName === "") reader.fail(fields.line, "a rule must have a name");
    const words = ["allow", "refuse", "local"] as const;
    return {
      name: parent.name === "" ? ownName : `${parent.name}/${ownName}`,
      match: [...parent.match, ...read("match", (place) => this.#conditions(place), [])],
      per: [...new Set([...parent.per, ...read("per", (place) => this.#descriptors(place), [])])],
      algorithm: read<Algorithm | undefined>(
        "algorithm",
        (place) => reader.choice(place, algorithms),
        parent.algorithm,
      ),
      timeZone: read("timeZone", (place) => reader.text(place), parent.timeZone),
      shadow: read("shadow", (place) => reader.truth(place), parent.shadow),
      whenUnavailable: read<WhenUnavailable>(
        "whenUnavailable",
        (place) => reader.choice(place, words),
        parent.whenUnavailable,
      ),
      ipv4Prefix: read("ipv4Prefix", (place) => reader.whole(place, [0, 32]), parent.ipv4Prefix),
      ipv6Prefix: read("ipv6Prefix", (place) => reader.whole(place, [0, 128]), parent.ipv6Prefix),
      group: read("group", (place) => reader.text(place), parent.group),
      priority: read("priority", (place) => reader.whole(place, [-1_000, 1_000]), parent.priority),
    };
  }

  #conditions(place: Place): Condition[] {
    return this.#reader.entries(place).flatMap(({ name, place: value }) => {
      const descriptor = this.#descriptor(name, value.line);
      const patterns = this.#reader.texts(value);
      if (descriptor === undefined) return [];
      if (descriptor === "address") this.#checkRanges(patterns, value.line);
      return [{ descriptor, patterns }];
    });
  }

  #descriptors(place: Place): Descriptor[] {
    return this.#reader
      .texts(place)
      .map((name) => this.#descriptor(name, place.line))
      .filter((descriptor) => descriptor !== undefined);
  }

  #descriptor(name: string, line: number): Descriptor | undefined {
    if (isDescriptor(name)) return name;
    const known = "account, key, address, route or header:name (in lower case)";
    return this.#reader.fail(line, `"${name}" is none of ${known}`);
  }

  #checkRanges(ranges: readonly string[], line: number): void {
    for (const range of ranges) {
      try {
        parseRange(range);
      } catch (error) {
        if (!hasCode(error, "address_invalid")) throw error;
        this.#reader.fail(line, error.detail);
      }
    }
  }

  #overrides(fields: Fields, own: Inherited): Override[] {
    const list = fields.take("overrides");
    if (list === undefined) return [];
    const overrides: Override[] = [];
    for (const item of this.#reader.list(list)) {
      const override = this.#reader.fields(item, ["for", "limit", "burst", "queue", "lease"]);
      const target = override.take("for");
      const rate = override.take("limit");
      const values = target === undefined ? [] : this.#reader.texts(target);
      if (values.length !== own.per.length || rate === undefined) {
        const wanted =
          own.per.length === 0 ? "nothing: the rule counts for all" : own.per.join(", ");
        this.#reader.fail(item.line, `an override has "limit", and "for" with ${wanted}`);
        continue;
      }
      overrides.push({ values, limit: this.#limit(rate, override, own) });
    }
    return overrides;
  }

  /** `undefined` for "none" and after a mistake. */
  #limit(place: Place, fields: Fields, own: Inherited): Limit | undefined {
    const text = this.#reader.text(place);
    if (text === undefined) return undefined;
    const rate = parseRate(text);
    if (rate === undefined) {
      return this.#reader.fail(place.line, `"${text}" is not a limit ${RATE_FORMS}`);
    }
    const policy = this.#policy(rate, fields, own);
    if (policy === undefined) return undefined;
    const { name, shadow, whenUnavailable } = own;
    const spec: LimitSpec = { ...policy, name, shadow, whenUnavailable };
    try {
      return createLimit(spec);
    } catch (error) {
      if (!hasCode(error, "limit_invalid")) throw error;
      return this.#reader.fail(place.line, error.detail);
    }
  }

  #policy(rate: Rate, fields: Fields, own: Inherited): Policy | undefined {
    const units = (name: "burst" | "queue"): number | undefined => {
      const place = fields.take(name);
      return place === undefined ? undefined : this.#reader.whole(place, [1, UNITS_MAX]);
    };
    if (rate.kind === "none") return undefined;
    const { limit } = rate;
    if (rate.kind === "concurrency") {
      return { algorithm: "concurrency", limit, leaseMs: this.#leaseMs(fields) };
    }
    if (rate.kind === "calendar") {
      const zone = own.timeZone === undefined ? {} : { timeZone: own.timeZone };
      return { algorithm: "calendar-window", limit, calendar: rate.calendar, ...zone };
    }
    const { windowMs } = rate;
    const algorithm = own.algorithm ?? "token-bucket";
    const burst = units("burst");
    const queue = units("queue");
    if (algorithm === "concurrency" || algorithm === "calendar-window") {
      const form = algorithm === "concurrency" ? "20 at once" : "1000 per calendar day";
      return this.#reader.fail(
        fields.line,
        `algorithm ${algorithm} needs a limit such as "${form}"`,
      );
    }
    if (algorithm === "token-bucket" && burst !== undefined)
      return { algorithm, limit, windowMs, burst };
    if (algorithm === "leaking-bucket" && queue !== undefined)
      return { algorithm, limit, windowMs, queue };
    return { algorithm, limit, windowMs };
  }

  #leaseMs(fields: Fields): number {
    const place = fields.take("lease");
    if (place === undefined) return 60_000;
    const text = this.#reader.text(place) ?? "";
    const leaseMs = parseDuration(text);
    if (leaseMs !== undefined) return leaseMs;
    this.#reader.fail(place.line, `"${text}" is not a time such as "30 seconds"`);
    return 60_000;
  }
}

function isDescriptor(name: string): name is Descriptor {
  return DESCRIPTOR.test(name);
}
