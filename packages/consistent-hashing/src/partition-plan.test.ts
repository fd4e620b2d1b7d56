import assert from "node:assert/strict";
import { test } from "node:test";
import * as fc from "fast-check";
import { diff } from "./diff.ts";
import { assertSpread } from "./locator.conformance.ts";
import type { Member } from "./member.ts";
import { plan, type PartitionPlan } from "./partition-plan.ts";
import { createPartitionTable, type PartitionTable } from "./partition-table.ts";
import { spaceStats } from "./stats.ts";

const names = (count: number): string[] =>
  Array.from({ length: count }, (_, n) => `10.0.0.${n}:80`);

/** Copies held, by member. */
function holdings(table: PartitionTable): Map<string, number> {
  const counts = new Map(table.members.map(({ id }) => [id, 0]));
  for (let partition = 0; partition < table.partitions; partition++) {
    for (const id of table.owners(partition)) counts.set(id, (counts.get(id) ?? 0) + 1);
  }
  return counts;
}

/** The fewest copies that can be moved between two tables with these holdings. */
function fewestMoves(before: PartitionTable, after: PartitionTable): number {
  const old = holdings(before);
  let fewest = 0;
  for (const [id, count] of holdings(after)) fewest += Math.max(0, count - (old.get(id) ?? 0));
  return fewest;
}

/** The moves, made: the rows of `before` with them must be the rows of `after`. */
function assertMovesLead(before: PartitionTable, { after, moves }: PartitionPlan): void {
  const made = new Map<number, Set<string>>();
  for (const { partition, target } of moves) {
    const targets = made.get(partition) ?? new Set();
    made.set(partition, targets.add(target));
  }
  for (let partition = 0; partition < after.partitions; partition++) {
    const old = before.owners(partition);
    const now = after.owners(partition);
    assert.deepEqual(
      new Set(now.filter((id) => !old.includes(id))),
      made.get(partition) ?? new Set(),
    );
  }
  for (const { partition, source } of moves) {
    if (source !== undefined) assert.ok(before.owners(partition).includes(source));
  }
}

test("100 members: the busiest has 1.001 × the average, and so it stays while members come and go", () => {
  let table = createPartitionTable(names(100));
  assert.ok(spaceStats(table).peakToAverage <= 1.002);
  for (const count of [101, 102, 99, 64, 65, 128, 100]) {
    const { after } = plan(table, names(count));
    assert.equal(spaceStats(after).peakToAverage, Math.ceil(16_384 / count) / (16_384 / count));
    table = after;
  }
});

test("100 → 101 → 100 members: the minimum moves, nothing between those that stay", () => {
  const before = createPartitionTable(names(100));
  const grown = plan(before, names(101));
  const { moved, minimum, betweenSurvivors } = diff(before, grown.after);
  assert.equal(betweenSurvivors, 0);
  assert.ok(moved <= 1.02 * minimum);
  // 16,384 ÷ 101 is 162.2; the new member is among those that get the odd one.
  assert.equal(grown.moves.length, 163);
  assert.ok(grown.moves.every(({ target }) => target === "10.0.0.100:80"));

  const shrunk = plan(grown.after, names(100));
  assert.equal(shrunk.moves.length, 163);
  assert.ok(shrunk.moves.every(({ source }) => source === "10.0.0.100:80"));
  assert.equal(diff(grown.after, shrunk.after).betweenSurvivors, 0);
});

const member = fc.record({
  id: fc.integer({ min: 0, max: 30 }).map((n) => `m${n}`),
  weight: fc.constantFrom(0.25, 0.5, 1, 1, 1, 2, 3.7),
});
const cluster = fc.uniqueArray(member, { selector: ({ id }) => id, minLength: 1, maxLength: 20 });

test("one copy: the moves are the fewest there can be, whoever comes, goes or changes weight", () => {
  fc.assert(
    fc.property(fc.array(cluster, { minLength: 2, maxLength: 5 }), (clusters) => {
      let table = createPartitionTable(clusters[0] ?? [], { partitions: 1_024 });
      for (const members of clusters.slice(1)) {
        const next = plan(table, members);
        assertMovesLead(table, next);
        assert.equal(next.moves.length, fewestMoves(table, next.after));
        table = next.after;
      }
    }),
    { numRuns: 60 },
  );
});

test("one copy: whatever came before, a table's holdings follow from its members alone", () => {
  fc.assert(
    fc.property(cluster, cluster, (first, second) => {
      const options = { partitions: 1_024 };
      const { after } = plan(createPartitionTable(first, options), second);
      assert.deepEqual(holdings(after), holdings(createPartitionTable(second, options)));
    }),
    { numRuns: 60 },
  );
});

test("one member comes, goes or changes weight: nothing moves between the others", () => {
  const what = fc.constantFrom("comes", "goes", "heavier", "lighter");
  const copies = fc.constantFrom(1, 1, 2, 3);
  fc.assert(
    fc.property(cluster, what, copies, fc.nat(), (members, what, held, pick) => {
      fc.pre(members.length > held);
      const one = members[pick % members.length];
      const rest = members.filter((other) => other !== one);
      const scaled = (factor: number): Member[] =>
        members.map((each) => (each === one ? { ...each, weight: each.weight * factor } : each));
      const change: Record<typeof what, [Member[], Member[]]> = {
        comes: [rest, members],
        goes: [members, rest],
        heavier: [members, scaled(1.9)],
        lighter: [members, scaled(0.4)],
      };
      const [from, to] = change[what];
      const before = createPartitionTable(from, { partitions: 1_024, copies: held });
      const { moves, after } = plan(before, to);
      // One that holds nearly every partition leaves little choice who else may sit where.
      const most = Math.max(...holdings(before).values(), ...holdings(after).values());
      fc.pre(held === 1 || most < 768);
      const needless = moves.filter(
        ({ source, target }) => source !== one?.id && target !== one?.id,
      );
      assert.deepEqual(needless, []);
    }),
    { numRuns: 150 },
  );
});

test("the plan is the same for everyone, in whatever order the members are given", () => {
  fc.assert(
    fc.property(cluster, cluster, fc.integer({ min: 1, max: 3 }), (first, second, copies) => {
      const before = createPartitionTable(first, { partitions: 256, copies });
      const one = plan(before, second);
      const other = plan(
        createPartitionTable(first.toReversed(), { partitions: 256, copies }),
        second.toReversed(),
      );
      assert.deepEqual(one.after.toJSON(), other.after.toJSON());
      assert.deepEqual(one.moves, other.moves);
    }),
    { numRuns: 40 },
  );
});

test("the version rises when something changes, and only then", () => {
  const before = createPartitionTable(["a", "b"]);
  assert.equal(before.version, 1);
  const same = plan(before, ["b", "a"]);
  assert.equal(same.after, before);
  assert.deepEqual(same.moves, []);
  assert.equal(plan(before, ["a", "b", "c"]).version, 2);
  assert.equal(plan(before, ["a", { id: "b", zone: "x" }]).version, 2);
});

test("copies are distinct and spread over zones, also when zones come, go and change", () => {
  const zoned = fc.uniqueArray(
    fc.record({
      id: fc.integer({ min: 0, max: 30 }).map((n) => `m${n}`),
      zone: fc.constantFrom("x", "y", "z"),
      weight: fc.constantFrom(0, 1, 1, 2),
    }),
    { selector: ({ id }) => id, minLength: 1, maxLength: 16 },
  );
  const copies = fc.integer({ min: 1, max: 5 });
  fc.assert(
    fc.property(fc.array(fc.tuple(zoned, copies), { minLength: 2, maxLength: 5 }), (clusters) => {
      const [first, ...later] = clusters;
      let table = createPartitionTable(first?.[0] ?? [], {
        partitions: 128,
        copies: first?.[1] ?? 1,
      });
      for (const [members, count] of later) {
        const next = plan(table, members, { copies: count });
        assertMovesLead(table, next);
        const taking = members.filter(({ weight }) => weight > 0);
        for (let partition = 0; partition < 128; partition++) {
          const owners = next.after.owners(partition);
          assert.equal(new Set(owners).size, Math.min(count, taking.length));
          if (owners.length > 0) assertSpread(taking, owners);
        }
        table = next.after;
      }
    }),
    { numRuns: 60 },
  );
});

test("three copies over three zones: shares and primaries are even, and a lost zone leaves every partition", () => {
  const members = names(99).map((id, n) => ({ id, zone: `zone-${n % 3}` }));
  const table = createPartitionTable(members, { copies: 3 });
  const counts = [...holdings(table).values()];
  assert.ok(Math.max(...counts) - Math.min(...counts) <= 1);
  assert.ok(spaceStats(table).peakToAverage <= 1.01);
  for (let partition = 0; partition < table.partitions; partition++) {
    const zones = table.owners(partition).map((id) => members.find((each) => each.id === id)?.zone);
    assert.equal(new Set(zones).size, 3);
  }
});

test("a primary that goes is followed by one that holds the copy, and evening out moves no data", () => {
  const members = names(20);
  const before = createPartitionTable(members, { copies: 3 });
  const { after, moves } = plan(before, members.slice(1));
  assert.equal(moves.length, fewestMoves(before, after));
  for (let partition = 0; partition < after.partitions; partition++) {
    const [primary] = after.owners(partition);
    assert.ok(before.owners(partition).includes(primary ?? ""));
  }
  const primaries = spaceStats(after).members.map(({ count }) => count / 2 ** 18);
  assert.ok(Math.max(...primaries) - Math.min(...primaries) <= 1);
});

test("unequal zones: every zone holds every partition once where copies equal zones", () => {
  const members = ["a", "b", "c", "d", "e"].map((id, n) => ({
    id,
    zone: n === 0 ? "small" : "large",
  }));
  const table = createPartitionTable(members, { copies: 2 });
  assert.equal(holdings(table).get("a"), table.partitions);
  for (const id of ["b", "c", "d", "e"])
    assert.equal(holdings(table).get(id), table.partitions / 4);
});

test("losing one of twenty spreads its work over all the others", () => {
  const members = names(20);
  const before = createPartitionTable(members, { copies: 3 });
  const gone = before.partitionsOf(members[0] ?? "", "primary");
  const next = new Set(gone.map((partition) => before.owners(partition)[1]));
  assert.equal(next.size, 19);
});

test("more copies are filled up; fewer move nothing", () => {
  const before = createPartitionTable(names(10), { copies: 2 });
  const more = plan(before, names(10), { copies: 3 });
  assert.equal(more.moves.length, before.partitions);
  assert.equal(plan(more.after, names(10), { copies: 2 }).moves.length, 0);
  const alone = plan(before, ["10.0.0.3:80"]);
  assert.deepEqual(alone.after.owners(7), ["10.0.0.3:80"]);
  assert.equal(plan(alone.after, []).after.locate("key"), undefined);
});
