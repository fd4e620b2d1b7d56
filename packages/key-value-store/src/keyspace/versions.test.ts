/** Buckets, siblings, contexts, quorums of one call, and registers, over three nodes. */
import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { hasCode } from "@tenfold/core";
import type { Keyspace } from "../keyspace.ts";
import { createMemoryCluster, type MemoryCluster } from "../testing/memory-cluster.ts";
import { defaultBucket } from "./buckets.ts";

const bytes = (text: string): Buffer => Buffer.from(text);
const texts = (values: readonly Uint8Array[]): string[] =>
  values.map((value) => Buffer.from(value).toString());
const fails = (code: string) => (error: unknown) => hasCode(error, code);

const buckets = [
  { ...defaultBucket, prefix: "cart:", resolve: "siblings" as const, siblingsMax: 3 },
  { ...defaultBucket, prefix: "lock:", resolve: "linearizable" as const },
];

async function cluster(): Promise<
  MemoryCluster & { each: readonly [Keyspace, Keyspace, Keyspace] }
> {
  const nodes = await createMemoryCluster({ nodes: 3, partitions: 2, buckets, secret: "s" });
  const [one, two, three] = nodes.keyspaces;
  assert.ok(one && two && three);
  return { ...nodes, each: [one, two, three] };
}

describe("a bucket with siblings", () => {
  const cart = bytes("cart:7");

  test("shows all values that did not see each other, and one that saw them all replaces them", async () => {
    await using nodes = await cluster();
    const [one, two] = nodes.each;
    await one.versions.write(cart, bytes("tea"));
    await two.versions.write(cart, bytes("coffee"));
    const seen = await one.versions.read(cart);
    assert.deepEqual(texts(seen.values).sort(), ["coffee", "tea"]);
    await two.versions.write(cart, bytes("both"), { context: seen.context });
    assert.deepEqual(texts((await one.versions.read(cart)).values), ["both"]);
    await one.versions.write(cart, undefined, { context: (await two.versions.read(cart)).context });
    assert.deepEqual((await two.versions.read(cart)).values, []);
    assert.equal(await two.strings.get(cart), undefined);
  });

  test("refuses one value too many until somebody reads and writes with the context", async () => {
    await using nodes = await cluster();
    const [one] = nodes.each;
    for (const name of ["a", "b", "c"]) await one.versions.write(cart, bytes(name));
    await assert.rejects(one.versions.write(cart, bytes("d")), fails("too_many_siblings"));
    const { context } = await one.versions.read(cart);
    await one.versions.write(cart, bytes("d"), { context });
    assert.deepEqual(texts((await one.versions.read(cart)).values), ["d"]);
  });
});

describe("a context", () => {
  test("is good for its key alone, and cannot be made up", async () => {
    await using nodes = await cluster();
    const [one] = nodes.each;
    const { context } = await one.versions.write(bytes("cart:1"), bytes("tea"));
    const other = bytes("cart:2");
    await assert.rejects(
      one.versions.write(other, bytes("x"), { context }),
      fails("context_invalid"),
    );
    await assert.rejects(one.versions.read(other, { context }), fails("context_invalid"));
    const text = Buffer.from(context).toString();
    for (const forged of ["", "x", text.slice(1), `A${text}`]) {
      const tried = one.versions.read(bytes("cart:1"), { context: bytes(forged) });
      await assert.rejects(tried, fails("context_invalid"));
    }
    await using strangers = await createMemoryCluster({ nodes: 1, secret: "another" });
    const [stranger] = strangers.keyspaces;
    assert.ok(stranger);
    await assert.rejects(
      stranger.versions.read(bytes("cart:1"), { context }),
      fails("context_invalid"),
    );
  });

  test("makes a read of one answer wait for what its client wrote", async () => {
    await using nodes = await cluster();
    const [one, , three] = nodes.each;
    const key = bytes("k");
    nodes.part([0, 1], [2]);
    const { context } = await one.versions.write(key, bytes("new"));
    nodes.part([0], [1], [2]);
    assert.deepEqual((await three.versions.read(key, { readQuorum: 1 })).values, []);
    const stale = three.versions.read(key, { readQuorum: 1, context });
    await assert.rejects(stale, fails("quorum_unavailable"));
    nodes.heal();
    const { values } = await three.versions.read(key, { readQuorum: 1, context });
    assert.deepEqual(texts(values), ["new"]);
  });
});

describe("quorums of one call", () => {
  test("may be lower than the bucket's, and not higher than what answers", async () => {
    await using nodes = await cluster();
    const [one] = nodes.each;
    nodes.part([0], [1, 2]);
    const key = bytes("k");
    await assert.rejects(one.versions.write(key, bytes("x")), fails("quorum_unavailable"));
    await one.versions.write(key, bytes("y"), { writeQuorum: 1, durability: "memory" });
    await assert.rejects(one.versions.read(key), fails("quorum_unavailable"));
    assert.deepEqual(texts((await one.versions.read(key, { readQuorum: 1 })).values), ["y"]);
  });

  test("KV.EXPLAIN shows where a key lives, who is away, and the hints for them", async () => {
    await using nodes = await cluster();
    const [one] = nodes.each;
    const key = bytes("k");
    nodes.part([0, 1], [2]);
    await one.strings.set(key, bytes("x"));
    await nodes.settle();
    const { replicas, hints } = await one.versions.explain(key);
    const states = replicas.map((each) => `${each.node} ${each.state} ${each.versions.length}`);
    assert.deepEqual(states.sort(), ["n1 answered 1", "n2 answered 1", "n3 unreachable 0"]);
    assert.deepEqual(hints, [{ node: "n3", count: 1 }]);
  });
});

describe("a linearizable bucket", () => {
  const lock = bytes("lock:door");

  test("lets one of many SET NX through different nodes win, and counts each INCR once", async () => {
    await using nodes = await cluster();
    const tried = await Promise.all(
      nodes.each.map(async (keyspace, at) =>
        keyspace.strings.set(lock, bytes(`n${at}`), { when: "if-absent" }),
      ),
    );
    assert.equal(tried.filter(({ written }) => written).length, 1);
    const count = bytes("lock:count");
    const sums = await Promise.all(
      [...nodes.each, ...nodes.each].map((keyspace) => keyspace.strings.increment(count, 1n)),
    );
    assert.deepEqual(new Set(sums), new Set([1n, 2n, 3n, 4n, 5n, 6n]));
  });

  test("compares and sets with a context, and expires", async () => {
    await using nodes = await cluster();
    const [one, two] = nodes.each;
    await one.strings.set(lock, bytes("a"));
    const { context } = await two.versions.read(lock);
    await one.versions.write(lock, bytes("b"), { context });
    await assert.rejects(
      two.versions.write(lock, bytes("c"), { context }),
      fails("version_conflict"),
    );
    assert.deepEqual(texts((await two.versions.read(lock)).values), ["b"]);
    assert.equal(await one.keys.expire(lock, nodes.clock.nowMs + 10), true);
    nodes.clock.nowMs += 10;
    assert.equal(await two.strings.get(lock), undefined);
    assert.equal((await two.strings.set(lock, bytes("d"), { when: "if-absent" })).written, true);
    assert.equal(await one.keys.remove([lock]), 1);
    assert.equal(await two.keys.count([lock]), 0);
  });

  test("has no collections, and says so", async () => {
    await using nodes = await cluster();
    const [one] = nodes.each;
    await assert.rejects(one.sets.add(lock, [bytes("m")]), fails("mode_unsupported"));
    await assert.rejects(one.hashes.all(lock), fails("mode_unsupported"));
  });
});

test("keys, values and elements that are too long are refused, and say how long they may be", async () => {
  await using nodes = await createMemoryCluster({ nodes: 1, keyBytesMax: 4, valueBytesMax: 5 });
  const [keyspace] = nodes.keyspaces;
  assert.ok(keyspace);
  await assert.rejects(
    async () => keyspace.strings.get(bytes("12345")),
    (error) => {
      assert.ok(hasCode(error, "key_too_long") && error instanceof Error);
      assert.match(error.message, /5 bytes; at most 4/);
      return true;
    },
  );
  const long = async (): Promise<unknown> => keyspace.strings.set(bytes("k"), bytes("123456"));
  await assert.rejects(long, fails("value_too_long"));
  const entry = [bytes("f"), bytes("123456")] as const;
  await assert.rejects(keyspace.hashes.set(bytes("h"), [entry]), fails("value_too_long"));
  const member = Buffer.alloc(20_000);
  await assert.rejects(keyspace.sets.add(bytes("s"), [member]), fails("value_too_long"));
});
