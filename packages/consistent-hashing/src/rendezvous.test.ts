import assert from "node:assert/strict";
import { test } from "node:test";
import { createRendezvous } from "./rendezvous.ts";
import { stats } from "./stats.ts";

const keys = Array.from({ length: 200_000 }, (_, n) => `key:${n}`);

test("weights are exact but for chance", () => {
  const weights = [0.5, 1, 2, 4, 8];
  const members = weights.map((weight, n) => ({ id: `m${n}`, weight }));
  for (const { share, expected } of stats(createRendezvous(members), keys).members) {
    const sigma = Math.sqrt((expected * (1 - expected)) / keys.length);
    assert.ok(Math.abs(share - expected) < 5 * sigma);
  }
});

test("equal weights of any size give the same owners as no weights", () => {
  const plain = createRendezvous(["a", "b", "c"]);
  const heavy = createRendezvous(["a", "b", "c"].map((id) => ({ id, weight: 7.5 })));
  for (const key of keys.slice(0, 500)) {
    assert.equal(plain.locate(key), heavy.locate(key));
    assert.deepEqual(plain.replicas(key, 3), heavy.replicas(key, 3));
  }
});
