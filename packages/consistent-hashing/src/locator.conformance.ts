/** What every algorithm promises, as tests. */
import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { diffKeys } from "./diff.ts";
import type { Locator, LocatorOptions, RangedLocator } from "./locator.ts";
import type { Member, MemberLike } from "./member.ts";

export interface LocatorSupport {
  name: string;
  create: (members: readonly MemberLike[], options?: LocatorOptions) => Locator | RangedLocator;
  /** Weights other than all equal. */
  weights: boolean;
  /** Any member may leave, and the order they are given in means nothing. */
  anyOrder: boolean;
  /** Nothing moves between those that stay when others come or go. */
  monotone: boolean;
}

const ids = fc.uniqueArray(fc.string({ minLength: 1, maxLength: 12 }), {
  minLength: 1,
  maxLength: 24,
});
const keys = fc.array(fc.string(), { minLength: 1, maxLength: 200 });
/** Not those of `Math.random`: the same in every run. */
const manyKeys = Array.from({ length: 2_000 }, (_, n) => `key:${n * 7_919}`);

/** Registers the suite for one algorithm. */
export function locatorConformance(support: LocatorSupport): void {
  const { name, create } = support;
  orders(support);
  changes(support);

  test(`${name}: nobody to locate is undefined`, () => {
    const none = create([]);
    assert.equal(none.locate("key"), undefined);
    assert.deepEqual(none.replicas("key", 3), []);
    if ("ranges" in none) assert.deepEqual(none.ranges(), []);
  });

  test(`${name}: two members of one name, an empty name and a wrong weight are refused`, () => {
    assert.throws(() => create(["a", "a"]), RangeError);
    assert.throws(() => create([""]), RangeError);
    for (const weight of [-1, NaN, Infinity]) {
      assert.throws(() => create([{ id: "a", weight }]), RangeError);
    }
  });

  test(`${name}: keys with one hash tag have one owner, where tags are asked for`, () => {
    const members = Array.from({ length: 20 }, (_, n) => `m${n}`);
    const tagged = create(members, { hashTags: true });
    const owner = tagged.locate("user:7");
    for (const key of ["{user:7}:inbox", "a{user:7}b", "{user:7}"]) {
      assert.equal(tagged.locate(key), owner);
      assert.deepEqual(tagged.replicas(key, 5), tagged.replicas("user:7", 5));
    }
    const plain = create(members);
    const owners = manyKeys.slice(0, 50).map((key) => plain.locate(`{same}${key}`));
    assert.ok(new Set(owners).size > 1);
  });

  test(`${name}: any hash may be used`, () => {
    const located = create(["a", "b", "c"], { hash: () => 0 });
    assert.equal(new Set(manyKeys.map((key) => located.locate(key))).size, 1);
    const last = create(["a", "b", "c"], { hash: () => 2 ** 32 - 1 });
    assert.notEqual(last.locate("key"), undefined);
  });

  if ("ranges" in create(["a"])) rangesAgree(support);
  if (support.weights) weigh(support);
}

/** `locate`, `walk` and `replicas` tell the same story. */
function orders({ name, create, anyOrder }: LocatorSupport): void {
  test(`${name}: the walk visits every member once, its owner first, and replicas() follow it`, () => {
    fc.assert(
      fc.property(ids, fc.string(), fc.nat({ max: 30 }), (members, key, count) => {
        const locator = create(members);
        const walked: string[] = [];
        locator.walk(key, (index) => {
          walked.push(locator.members[index]?.id ?? "");
          return false;
        });
        assert.deepEqual(walked.toSorted(), members.toSorted());
        assert.equal(walked[0], locator.locate(key));
        assert.deepEqual(locator.replicas(key, count), walked.slice(0, count));
      }),
    );
  });

  test(`${name}: replicas are distinct, and no zone has two more than another that has room`, () => {
    const zoned = fc.array(fc.constantFrom("x", "y", "z", ""), { minLength: 1, maxLength: 15 });
    fc.assert(
      fc.property(zoned, fc.integer({ min: 1, max: 9 }), fc.string(), (zones, count, key) => {
        const members = zones.map((zone, n) => ({ id: `m${n}`, zone }));
        const chosen = create(members).replicas(key, count);
        assert.equal(new Set(chosen).size, Math.min(count, members.length));
        assertSpread(members, chosen);
      }),
    );
  });

  if (!anyOrder) return;
  test(`${name}: the order in which members are given decides nothing`, () => {
    fc.assert(
      fc.property(ids, keys, (members, sample) => {
        const one = create(members);
        const other = create(members.toReversed());
        for (const key of sample) assert.deepEqual(one.replicas(key, 3), other.replicas(key, 3));
      }),
    );
  });
}

/** Fails when a zone holds two more of `chosen` than another that still has a member left. */
export function assertSpread(members: readonly Member[], chosen: readonly string[]): void {
  const zones = new Map<string, { size: number; held: number }>();
  for (const { id, zone = "", weight = 1 } of members) {
    const { size, held } = zones.get(zone) ?? { size: 0, held: 0 };
    const taken = chosen.includes(id) ? 1 : 0;
    zones.set(zone, { size: size + (weight > 0 ? 1 : 0), held: held + taken });
  }
  const most = Math.max(...[...zones.values()].map(({ held }) => held));
  for (const { size, held } of zones.values()) {
    assert.ok(held === size || held >= most - 1, JSON.stringify([...zones]));
  }
}

function changes({ name, create, monotone, anyOrder }: LocatorSupport): void {
  if (!monotone) return;
  test(`${name}: who comes only takes, who goes only gives`, () => {
    fc.assert(
      fc.property(ids, keys, fc.nat(), (members, sample, pick) => {
        const at = anyOrder ? pick % members.length : members.length - 1;
        const leaving = members[at];
        const all = create(members);
        const rest = create(members.toSpliced(at, 1));
        for (const key of sample) {
          const owner = all.locate(key);
          if (owner !== leaving) assert.equal(rest.locate(key), owner);
        }
        const { betweenSurvivors } = diffKeys(rest, all, sample);
        assert.equal(betweenSurvivors, 0);
      }),
    );
  });
}

function rangesAgree({ name, create }: LocatorSupport): void {
  test(`${name}: its ranges cover the hash space without a gap and agree with locate()`, () => {
    fc.assert(
      fc.property(ids, fc.array(fc.integer({ min: 0, max: 2 ** 32 - 1 })), (members, hashes) => {
        // Members by their names, keys by the number they are.
        const hash = (key: string): number => (key.startsWith("=") ? Number(key.slice(1)) : 0);
        const locator = create(members, { hash });
        assert.ok("ranges" in locator);
        const ranges = locator.ranges();
        assert.equal(ranges[0]?.from, 0);
        assert.equal(ranges.at(-1)?.to, 2 ** 32);
        for (const [index, { from, to }] of ranges.entries()) {
          assert.ok(from < to);
          if (index > 0) assert.equal(from, ranges[index - 1]?.to);
        }
        const borders = ranges.flatMap(({ from, to }) => [from, to - 1]);
        for (const each of [...hashes, ...borders]) {
          const range = ranges.find(({ from, to }) => from <= each && each < to);
          assert.equal(range?.member, locator.locate(`=${each}`));
        }
      }),
      { numRuns: 30 },
    );
  });
}

function weigh({ name, create, monotone }: LocatorSupport): void {
  test(`${name}: a member of weight 0 gets nothing, one of weight 3 about thrice as much`, () => {
    const members = [{ id: "a" }, { id: "b", weight: 3 }, { id: "c" }, { id: "none", weight: 0 }];
    const locator = create(members);
    const counts = new Map<string | undefined, number>();
    for (const key of manyKeys) {
      const owner = locator.locate(key);
      counts.set(owner, (counts.get(owner) ?? 0) + 1);
    }
    assert.equal(counts.get("none"), undefined);
    const share = (counts.get("b") ?? 0) / manyKeys.length;
    assert.ok(share > 0.5 && share < 0.7, String(share));
    assert.ok(!locator.replicas("key", 4).includes("none"));
  });

  if (!monotone) return;
  test(`${name}: a changed weight moves nothing between the others, and only one way`, () => {
    const weight = fc.double({ min: 0.1, max: 20, noNaN: true });
    fc.assert(
      fc.property(ids, keys, weight, weight, (names, sample, old, now) => {
        const changed = names[0] ?? "";
        const others = names.slice(1).map((id, n) => ({ id, weight: 1 + (n % 3) }));
        const before = create([{ id: changed, weight: old }, ...others]);
        const after = create([{ id: changed, weight: now }, ...others]);
        for (const key of sample) {
          const [source, target] = [before.locate(key), after.locate(key)];
          if (source !== target) assert.equal(now > old ? target : source, changed);
        }
      }),
    );
  });
}
