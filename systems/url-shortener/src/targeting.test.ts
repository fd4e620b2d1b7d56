import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { createSeededRandom } from "@tenfold/core";
import type { Condition, Rule } from "./contract.ts";
import {
  chooseTarget,
  compileTargets,
  languageMatches,
  type Facts,
  type Targets,
} from "./targeting.ts";
import { Visitor, type Caller } from "./visitor.ts";

const iphone =
  "Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.0 Mobile/15E148 Safari/604.1";
const noonMs = Date.parse("2026-06-01T12:00:00Z");
const home = "https://home.example/";

function compiled(
  rules: readonly Rule[],
  variants: { url: string; weight: number }[] = [],
): Targets {
  const result = compileTargets({ url: home, rules, variants });
  assert.ok("targets" in result);
  return result.targets;
}

function facts(caller: Partial<Caller> = {}, search = ""): Facts {
  const visitor = new Visitor({
    address: "8.8.8.8",
    userAgent: iphone,
    acceptLanguage: "de-AT,de;q=0.9,en;q=0.8",
    ...caller,
  });
  return { visitor, search, nowMs: noonMs };
}

function holds(when: Condition, known: Facts = facts()): boolean {
  const chosen = chooseTarget(
    compiled([{ when, url: "https://rule.example/" }]),
    () => known,
    () => 0,
  );
  return chosen !== home;
}

test("each condition holds for whom it is meant and not for others", () => {
  const cases: [Condition, boolean][] = [
    [{ device: ["mobile"] }, true],
    [{ device: ["ios"] }, true],
    [{ device: ["desktop", "tablet", "android"] }, false],
    [{ browser: ["SAFARI"] }, true],
    [{ browser: ["chrome"] }, false],
    [{ language: ["de"] }, true],
    [{ language: ["DE-at"] }, true],
    [{ language: ["de-DE", "en"] }, false],
    [{ country: ["DE", "US"] }, true],
    [{ country: ["DE"] }, false],
    [{ address: ["8.8.0.0/16"] }, true],
    [{ address: ["8.8.8.8"] }, true],
    [{ address: ["2001:db8::/32", "10.0.0.0/8"] }, false],
    [{ after: "2026-06-01T12:00:00Z" }, true],
    [{ before: "2026-06-01T12:00:00Z" }, false],
    [{ after: "2026-06-01T00:00:00Z", before: "2026-06-02T00:00:00+02:00" }, true],
    [{ device: ["mobile"], country: ["DE"] }, false],
    [{ device: ["mobile"], country: ["US"] }, true],
  ];
  for (const [when, expected] of cases) assert.equal(holds(when), expected, JSON.stringify(when));
});

test("a query parameter must be there, with its value when one is given", () => {
  const known = facts({}, "ref=a%20b&ref=c&empty");
  assert.ok(holds({ query: { name: "ref" } }, known));
  assert.ok(holds({ query: { name: "ref", value: "c" } }, known));
  assert.ok(holds({ query: { name: "ref", value: "a b" } }, known));
  assert.ok(holds({ query: { name: "empty", value: "" } }, known));
  assert.ok(!holds({ query: { name: "ref", value: "d" } }, known));
  assert.ok(!holds({ query: { name: "Ref" } }, known));
});

test("an IPv4 range covers the same address written in IPv6", () => {
  assert.ok(holds({ address: ["8.8.8.0/24"] }, facts({ address: "::ffff:8.8.8.8" })));
  assert.ok(!holds({ address: ["0.0.0.0/0"] }, facts({ address: "not an address" })));
});

test("a broken address range is named, and nothing is compiled", () => {
  const bad = [
    "10.0.0.0/33",
    "10.1/8",
    "::/129",
    "example.com",
    "10.0.0.1/8/8",
    "10.0.0.0/",
    "10.0.0.0/-1",
    "fe80::1%eth0/64",
  ];
  for (const text of bad) {
    const when = { address: ["10.0.0.0/8", text] };
    const result = compileTargets({ url: home, rules: [{ when, url: home }], variants: [] });
    assert.ok("wrong" in result, text);
    assert.equal(result.wrong[0]?.field, "/rules/0/when/address/1");
    assert.ok(result.wrong[0]?.detail.includes(text));
  }
});

test("basic filtering matches whole subtags only", () => {
  assert.ok(languageMatches("de", "de-CH-1996"));
  assert.ok(languageMatches("de-CH", "DE-ch-1996"));
  assert.ok(!languageMatches("de", "den"));
  assert.ok(!languageMatches("de-CH", "de"));
});

test("the first rule that holds chooses, whatever follows", () => {
  fc.assert(
    fc.property(fc.array(fc.boolean(), { maxLength: 20 }), (outcomes) => {
      const rules = outcomes.map((outcome, index) => ({
        when: { country: [outcome ? "US" : "DE"] },
        url: `https://rule.example/${index}`,
      }));
      const first = outcomes.indexOf(true);
      const chosen = chooseTarget(
        compiled(rules),
        () => facts(),
        () => 0,
      );
      assert.equal(chosen, first < 0 ? home : `https://rule.example/${first}`);
    }),
  );
});

test("without rules and variants nobody asks for facts or chance", () => {
  const never = (): never => assert.fail("asked");
  assert.equal(chooseTarget(compiled([]), never, never), home);
});

test("variants are chosen in proportion to their weights", () => {
  const weights = fc.array(fc.integer({ min: 1, max: 1000 }), { minLength: 1, maxLength: 20 });
  fc.assert(
    fc.property(weights, fc.integer(), (given, seed) => {
      const random = createSeededRandom(seed);
      const targets = compiled(
        [],
        given.map((weight, index) => ({ url: String(index), weight })),
      );
      const draws = 4_000;
      const counts = given.map(() => 0);
      for (let drawn = 0; drawn < draws; drawn += 1) {
        const at = Number(
          chooseTarget(
            targets,
            () => facts(),
            () => random.float(),
          ),
        );
        counts[at] = (counts[at] ?? 0) + 1;
      }
      const total = given.reduce((sum, weight) => sum + weight, 0);
      given.forEach((weight, index) => {
        const share = weight / total;
        // Six standard deviations.
        const slack = 6 * Math.sqrt(draws * share * (1 - share)) + 1;
        assert.ok(Math.abs((counts[index] ?? 0) - draws * share) <= slack);
      });
    }),
    { numRuns: 30 },
  );
});

test("every draw below one finds a variant", () => {
  const variants = Array.from({ length: 20 }, (_, index) => ({ url: `v${index}`, weight: 333 }));
  const chosen = chooseTarget(
    compiled([], variants),
    () => facts(),
    () => 1 - Number.EPSILON / 2,
  );
  assert.equal(chosen, "v19");
});
