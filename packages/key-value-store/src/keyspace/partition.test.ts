/** Writes on several sides of a partition, by type, and what they come to when it heals. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import * as fc from "fast-check";
import type { Keyspace } from "../keyspace.ts";
import { createMemoryCluster, type MemoryCluster } from "../testing/memory-cluster.ts";
import { defaultBucket } from "./buckets.ts";

/** One answer is enough, so that every side goes on. */
const alone = { ...defaultBucket, readQuorum: 1, writeQuorum: 1 };

const bytes = (text: string): Buffer => Buffer.from(text);
const key = bytes("tea");
const textOf = (found: Uint8Array | undefined): string | undefined =>
  found && Buffer.from(found).toString();
const shownBy = async ({ sets }: Keyspace): Promise<string[]> =>
  (await sets.all(key)).map((member) => Buffer.from(member).toString()).sort();

interface Sides {
  readonly cluster: MemoryCluster;
  readonly one: Keyspace;
  readonly other: Keyspace;
}

/** Two of three nodes that do not hear of each other, after `before` on the first of them. */
async function apart(before: (keyspace: Keyspace) => Promise<unknown>): Promise<Sides> {
  const cluster = await createMemoryCluster({ nodes: 3, partitions: 2, buckets: [alone] });
  const [one, other] = cluster.keyspaces;
  assert.ok(one && other);
  await before(one);
  await cluster.settle();
  cluster.part([0], [1, 2]);
  cluster.clock.nowMs += 1_000;
  return { cluster, one, other };
}

/** What all nodes say once they hear of each other again. */
async function together<Answer>(
  { cluster }: Sides,
  ask: (keyspace: Keyspace) => Promise<Answer>,
): Promise<Answer> {
  cluster.heal();
  await cluster.settle();
  const answers = await Promise.all(cluster.keyspaces.map(ask));
  await cluster[Symbol.asyncDispose]();
  for (const answer of answers) assert.deepEqual(answer, answers[0]);
  const [answer] = answers;
  assert.ok(answers.length > 0);
  return answer as Answer;
}

describe("two sides of a partition", () => {
  test("INCR and HINCRBY count on both", async () => {
    const sides = await apart(async (keyspace) => {
      await keyspace.strings.set(bytes("n"), bytes("40"));
      await keyspace.hashes.increment(key, bytes("cups"), 5n);
    });
    for (const side of [sides.one, sides.other]) {
      await side.strings.increment(bytes("n"), 1n);
      await side.hashes.increment(key, bytes("cups"), 10n);
    }
    const found = await together(sides, async (keyspace) => [
      textOf(await keyspace.strings.get(bytes("n"))),
      textOf((await keyspace.hashes.get(key, [bytes("cups")]))[0]),
    ]);
    assert.deepEqual(found, ["42", "25"]);
  });

  test("the later SET stays, and the later HSET and ZADD of one element", async () => {
    const sides = await apart(async () => undefined);
    for (const [at, side] of [sides.one, sides.other].entries()) {
      sides.cluster.clock.nowMs += 1_000;
      await side.strings.set(bytes("s"), bytes(`value ${at}`));
      await side.hashes.set(key, [[bytes("milk"), bytes(`value ${at}`)]]);
      await side.sortedSets.add(bytes("z"), [{ member: bytes("m"), score: 10 - at }]);
    }
    const found = await together(sides, async (keyspace) => [
      textOf(await keyspace.strings.get(bytes("s"))),
      textOf((await keyspace.hashes.get(key, [bytes("milk")]))[0]),
      await keyspace.sortedSets.range(bytes("z"), { span: { by: "rank", start: 0, stop: -1 } }),
    ]);
    assert.deepEqual(found, ["value 1", "value 1", [{ member: bytes("m"), score: 9 }]]);
  });

  test("an addition stays that a removal, of the member or the key, had not seen", async () => {
    const sides = await apart(async (keyspace) => {
      await keyspace.sets.add(key, [bytes("milk"), bytes("sugar"), bytes("lemon")]);
    });
    await sides.one.sets.remove(key, [bytes("milk")]);
    await sides.other.sets.add(key, [bytes("milk")]);
    await sides.one.keys.remove([key]);
    await sides.other.sets.add(key, [bytes("mint")]);
    assert.deepEqual(await sides.one.keys.typeOf(key), undefined);
    const found = await together(sides, shownBy);
    assert.deepEqual(found, ["milk", "mint"]);
  });

  test("a removal of all removes what both had seen, and the key is absent everywhere", async () => {
    const sides = await apart(async (keyspace) => {
      await keyspace.hashes.set(key, [[bytes("milk"), bytes("no")]]);
    });
    await sides.one.keys.remove([key]);
    const found = await together(sides, async (keyspace) => [
      await keyspace.keys.typeOf(key),
      await keyspace.hashes.all(key),
      await keyspace.keys.size(),
    ]);
    assert.deepEqual(found, [undefined, [], 0]);
  });
});

test("DEL of a collection removes what a node wrote that is away by now", async () => {
  await using cluster = await createMemoryCluster({ nodes: 3, partitions: 2 });
  const [one, other] = cluster.keyspaces;
  assert.ok(one && other);
  await one.sets.add(key, [bytes("milk"), bytes("sugar")]);
  // Nobody has compared with it since: the others hold its additions and do not know that they are all.
  cluster.part([0], [1, 2]);
  assert.equal(await other.keys.remove([key]), 1);
  assert.deepEqual(await other.sets.all(key), []);
  assert.equal(await other.keys.count([key]), 0);
  cluster.heal();
  await cluster.settle();
  for (const keyspace of cluster.keyspaces) assert.deepEqual(await keyspace.sets.all(key), []);
});

const members = ["a", "b", "c"];
const step = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.record({
      do: fc.constant("add" as const),
      at: fc.nat(2),
      member: fc.constantFrom(...members),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      do: fc.constant("remove" as const),
      at: fc.nat(2),
      member: fc.constantFrom(...members),
    }),
  },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("clear" as const), at: fc.nat(2) }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("meet" as const), at: fc.nat(2) }) },
);

type Step = typeof step extends fc.Arbitrary<infer Value> ? Value : never;

test("additions, removals and floors on three sides that meet in any order keep what no removal had seen", async () => {
  const run = async (steps: readonly Step[]): Promise<void> => {
    await using cluster = await createMemoryCluster({ nodes: 3, partitions: 2, buckets: [alone] });
    const model = createModel();
    cluster.part();
    for (const each of steps) {
      cluster.clock.nowMs += 10;
      const keyspace = cluster.keyspaces[each.at];
      assert.ok(keyspace);
      if (each.do === "add") await keyspace.sets.add(key, [bytes(each.member)]);
      if (each.do === "remove") await keyspace.sets.remove(key, [bytes(each.member)]);
      if (each.do === "clear") await keyspace.keys.remove([key]);
      if (each.do === "meet") {
        cluster.part([each.at, (each.at + 1) % 3]);
        await cluster.settle();
        cluster.part();
      }
      model.play(each);
      const shown = await shownBy(keyspace);
      assert.deepEqual(shown, model.shownAt(each.at), JSON.stringify(steps));
    }
    cluster.heal();
    await cluster.settle();
    for (const keyspace of cluster.keyspaces) {
      const shown = await shownBy(keyspace);
      assert.deepEqual(shown, model.left(), JSON.stringify(steps));
    }
  };
  const steps = fc.array(step, { maxLength: 14 });
  await fc.assert(fc.asyncProperty(steps, run), { seed: 20_261_127, numRuns: 25 });
});

/** Every addition by number, who knows of it, and which were seen by something later. */
function createModel() {
  const additions: { member: string; isGone: boolean }[] = [];
  const known = [0, 1, 2].map(() => new Set<number>());
  const goneAt = [0, 1, 2].map(() => new Set<number>());
  const end = (at: number, member: string | undefined): void => {
    for (const number of known[at] ?? []) {
      const addition = additions[number];
      if (addition === undefined || (member !== undefined && addition.member !== member)) continue;
      addition.isGone = true;
      goneAt[at]?.add(number);
    }
  };
  return {
    play(each: Step): void {
      if (each.do === "meet") {
        const pair = [each.at, (each.at + 1) % 3];
        for (const sets of [known, goneAt]) {
          const union = new Set(pair.flatMap((at) => [...(sets[at] ?? [])]));
          for (const at of pair) sets[at] = new Set(union);
        }
        return;
      }
      end(each.at, each.do === "clear" ? undefined : each.member);
      if (each.do !== "add") return;
      known[each.at]?.add(additions.length);
      additions.push({ member: each.member, isGone: false });
    },
    shownAt: (at: number): string[] =>
      sortedOnce(
        [...(known[at] ?? [])]
          .filter((number) => goneAt[at]?.has(number) !== true)
          .map((number) => additions[number]?.member ?? ""),
      ),
    left: (): string[] =>
      sortedOnce(additions.filter(({ isGone }) => !isGone).map(({ member }) => member)),
  };
}

const sortedOnce = (names: readonly string[]): string[] => [...new Set(names)].sort();
