/** Against what the C libraries answered: the vectors that npm `hashring` carries. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { test } from "node:test";
import * as fc from "fast-check";
import HashRing from "hashring";
import { createKetamaRing } from "./ketama.ts";
import type { Locator } from "./locator.ts";

const manifest = createRequire(import.meta.url).resolve("hashring/package.json");
const fixture = (name: string): string =>
  readFileSync(join(dirname(manifest), "tests/fixtures", name), "utf8");

function assertLines(ring: Locator, text: string): void {
  const lines = text.trim().split("\n");
  assert.equal(lines.length, 100_000);
  const wrong = lines.filter((line) => {
    const [key = "", server] = line.split(" ");
    return ring.locate(key) !== server;
  });
  assert.deepEqual(wrong, []);
}

const weighted = [1, 2, 3, 4, 5].map((weight) => ({ id: `0.0.0.${weight}`, weight }));

test("100,000 keys lie where libketama puts them", () => {
  assertLines(createKetamaRing(weighted), fixture("ketama.txt"));
});

test("100,000 keys lie where Python's hash_ring puts them, with three points per hash", () => {
  assertLines(createKetamaRing(weighted, { pointsPerHash: 3 }), fixture("hash_ring.txt"));
});

test("100,000 keys lie where pylibmc puts them: libmemcached leaves the default port out", () => {
  const servers = ["0.0.0.1:11211", "0.0.0.2:11211", "0.0.0.3", "0.0.0.4:11213", "0.0.0.5:11212"];
  const ring = createKetamaRing(servers, { dialect: "libmemcached" });
  assertLines(ring, fixture("pylibmc.txt"));
});

test("libmemcached's own vectors with weights", () => {
  const weights = [600, 300, 200, 350, 1_000, 800, 950, 100];
  const members = weights.map((weight, at) => ({ id: `10.0.1.${at + 1}:11211`, weight }));
  const ring = createKetamaRing(members, { dialect: "libmemcached" });
  const vectors: [string, number, number, string][] = JSON.parse(fixture("libmemcached.json"));
  assert.ok(vectors.length > 90);
  for (const [key, , , server] of vectors) assert.equal(ring.locate(key), `${server}:11211`, key);
  // It hashes past the last point, so it wraps around to the first.
  assert.equal(ring.locate("VDEAAAAA"), ring.ranges()[0]?.member);
});

test("the dialect of npm hashring agrees with npm hashring, whatever the weights", () => {
  const members = fc.uniqueArray(
    fc.record({
      id: fc.stringMatching(/^10\.0\.[0-9]\.[1-9]$/),
      weight: fc.integer({ min: 1, max: 50 }),
    }),
    { selector: ({ id }) => id, minLength: 1, maxLength: 60 },
  );
  fc.assert(
    fc.property(members, fc.array(fc.string(), { maxLength: 50 }), (servers, keys) => {
      const peer = new HashRing(Object.fromEntries(servers.map(({ id, weight }) => [id, weight])));
      const ring = createKetamaRing(servers, { dialect: "hashring" });
      for (const key of keys) assert.equal(ring.locate(key), peer.get(key));
    }),
    { numRuns: 25 },
  );
});

test("only libketama's single precision gives 49 equal members all their points", () => {
  const members = Array.from({ length: 49 }, (_, n) => `10.0.0.${n}`);
  const points = (dialect: "libketama" | "hashring"): number =>
    createKetamaRing(members, { dialect }).ranges().length;
  assert.ok(points("libketama") > points("hashring"));
});
