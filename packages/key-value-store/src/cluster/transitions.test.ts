import assert from "node:assert/strict";
import { describe, test } from "node:test";
import {
  decodeConfiguration,
  encodeConfiguration,
  endsOf,
  type Configuration,
  type ConfiguredMember,
} from "./configuration.ts";
import { createLivePlacement } from "./live-placement.ts";
import { nextStep, type StewardView } from "./steward.ts";
import { foundCluster, withChanged, withMember, withPlan, withProgress } from "./transitions.ts";

const member = (name: string, zone = ""): ConfiguredMember => ({
  name,
  id: 1,
  address: `${name}:1`,
  clientAddress: "",
  zone,
  weight: 1,
  state: "member",
});

const found = (names: readonly string[], partitions = 16_384): Configuration =>
  foundCluster({
    clusterId: "test",
    members: names.map((name) => member(name)),
    copies: 3,
    partitions,
  });

function joined(configuration: Configuration, name: string, zone = ""): Configuration {
  const admitted = withMember(configuration, { ...member(name, zone), state: "joining" });
  assert.ok(admitted);
  return withPlan(admitted);
}

const held = (configuration: Configuration, name: string): number => {
  let count = 0;
  for (let partition = 0; partition < configuration.target.partitions; partition++) {
    if (configuration.target.owners(partition).includes(name)) count += 1;
  }
  return count;
};

/** Everyone is up, knows everything and has done everything. */
const allDone: StewardView = {
  isUp: () => true,
  isLost: () => false,
  versionOf: () => Infinity,
  isFilled: () => true,
  hasLetGo: () => true,
};

function settled(configuration: Configuration, view = allDone): Configuration {
  let current = configuration;
  for (let step = 0; step < 50; step++) {
    const next = nextStep(current, view);
    if (next === undefined) return current;
    assert.equal(next.version, current.version + 1);
    current = next;
  }
  return assert.fail("it never settles");
}

describe("changes of a cluster's configuration", () => {
  test("a fourth node moves no more than its fair share, and all four are even after it", () => {
    const before = found(["a", "b", "c"]);
    const filling = joined(before, "d");
    const share = (3 * 16_384) / 4;
    assert.ok(filling.moves.size <= 1.05 * share, `${filling.moves.size} moves`);
    const after = settled(filling);
    assert.equal(after.moves.size, 0);
    for (const name of ["a", "b", "c", "d"]) {
      assert.ok(Math.abs(held(after, name) - share) <= 1, `${name}: ${held(after, name)}`);
    }
    assert.deepEqual(
      after.members.map(({ state }) => state),
      ["member", "member", "member", "member"],
    );
  });

  test("a cluster grows from one, and each partition has as many owners as there can be", () => {
    const two = settled(joined(found(["a"], 64), "b"));
    assert.deepEqual(two.target.owners(5).toSorted(), ["a", "b"]);
    const three = settled(joined(two, "c"));
    assert.deepEqual(three.target.owners(5).toSorted(), ["a", "b", "c"]);
    assert.deepEqual(three.voters, ["a", "b", "c"]);
  });

  test("who is drained holds nothing in the end and is no member; who is removed is not waited for", () => {
    const four = settled(joined(found(["a", "b", "c"], 64), "d"));
    const drained = settled(withChanged(four, "b", { state: "leaving" }));
    assert.deepEqual(
      drained.members.map(({ name }) => name),
      ["a", "c", "d"],
    );
    assert.equal(held(drained, "b"), 0);
    const gone = { ...allDone, isUp: (name: string) => name !== "c", hasLetGo: () => false };
    const removed = settled(withChanged(four, "c", { state: "removed" }), gone);
    assert.equal(held(removed, "c"), 0);
    assert.ok(!removed.voters.includes("c"));
    assert.ok(!removed.members.some(({ name }) => name === "c"));
  });

  test("steps of one move: neighbours share all writers, and each read quorum meets each write quorum", () => {
    const filling = joined(found(["a", "b", "c"], 64), "d");
    const [partition] = filling.moves.keys();
    assert.ok(partition !== undefined);
    const leaving = withProgress(filling, { filled: [partition], left: [] });
    const [one, two] = [createLivePlacement(), createLivePlacement()];
    one.use(filling);
    two.use(leaving);
    const writers = (placement: typeof one): string[] =>
      [...placement.owners(partition), ...placement.joining(partition)].toSorted();
    assert.deepEqual(one.joining(partition), ["d"]);
    assert.deepEqual(writers(one), ["a", "b", "c", "d"]);
    assert.deepEqual(writers(two), writers(one));
    assert.ok(two.owners(partition).includes("d"));
    assert.equal(one.since(partition), filling.version);
    assert.equal(two.since(partition), leaving.version);
    assert.equal(one.quorums(partition).length, 2);
  });

  test("a step is not taken before all that are up have the one before on their disks", () => {
    const filling = joined(found(["a", "b", "c"], 4), "d");
    const leaving = nextStep(filling, allDone);
    assert.ok(leaving);
    const behind = { ...allDone, versionOf: (name: string) => (name === "a" ? 1 : Infinity) };
    const waiting = nextStep(leaving, behind);
    for (const partition of waiting?.moves.keys() ?? leaving.moves.keys()) {
      assert.ok(endsOf(leaving, partition).before.includes("a"));
    }
    const unfilled = { ...allDone, isFilled: () => false };
    assert.equal(nextStep(filling, unfilled)?.moves.size ?? filling.moves.size, filling.moves.size);
  });

  test("copies are in three zones where there are three, also after a zone grew", () => {
    const zoned = foundCluster({
      clusterId: "test",
      members: [member("a", "x"), member("b", "y"), member("c", "z")],
      copies: 3,
      partitions: 256,
    });
    const grown = settled(joined(settled(joined(zoned, "d", "x")), "e", "y"));
    const zones = new Map(grown.members.map(({ name, zone }) => [name, zone]));
    for (let partition = 0; partition < 256; partition++) {
      const spread = new Set(grown.target.owners(partition).map((name) => zones.get(name)));
      assert.equal(spread.size, 3);
    }
  });

  test("who comes back without its disk is filled anew before it counts", () => {
    const before = found(["a", "b", "c"], 64);
    const again = withMember(before, { ...member("b"), id: 2, state: "joining" });
    assert.ok(again);
    const placement = createLivePlacement();
    placement.use(again);
    assert.deepEqual(placement.owners(7).toSorted(), ["a", "c"]);
    assert.deepEqual(placement.joining(7), ["b"]);
    assert.equal(again.members.find(({ name }) => name === "b")?.id, 2);
    placement.use(settled(again));
    assert.deepEqual(placement.owners(7).toSorted(), ["a", "b", "c"]);
  });

  test("survives its encoding, also on the move, and is refused when it is damaged", () => {
    const filling = joined(found(["a", "b", "c"]), "d");
    const bytes = encodeConfiguration(filling);
    const read = decodeConfiguration(bytes);
    assert.deepEqual(encodeConfiguration(read), bytes);
    assert.deepEqual(endsOf(read, 77), endsOf(filling, 77));
    assert.ok(bytes.length < 64_000, `${bytes.length} bytes`);
    assert.throws(() => decodeConfiguration(bytes.subarray(9)));
    assert.throws(() => decodeConfiguration(Buffer.from("no")));
  });
});
