import assert from "node:assert/strict";
import { test } from "node:test";
import { createManualClock, createSeededRandom } from "@tenfold/core";
import { createHottest } from "./hottest.ts";

test("frequent keys among a flood of others are found, with counts that are never too low", () => {
  const hottest = createHottest({ clock: createManualClock() }, { places: 32 });
  const random = createSeededRandom(3);
  const truth = new Map<string, number>();
  for (let visit = 0; visit < 50_000; visit++) {
    const hot = random.float() < 0.4;
    const key = hot ? `hot-${random.below(3)}` : `rare-${random.below(20_000)}`;
    truth.set(key, (truth.get(key) ?? 0) + 1);
    hottest.visit(key, 1, key === "hot-1");
  }
  const top = hottest.list(3);
  assert.deepEqual(top.map(({ key }) => key).toSorted(), ["hot-0", "hot-1", "hot-2"]);
  for (const { key, count, over } of top) {
    const real = truth.get(key) ?? 0;
    assert.ok(count >= real && count - over <= real, `${key}: ${count} of ${real}, over ${over}`);
  }
  assert.ok((top.find(({ key }) => key === "hot-1")?.refused ?? 0) > 6_000);
  assert.equal(top.find(({ key }) => key === "hot-0")?.refused, 0);
});

test("what was long ago counts for less", async () => {
  const clock = createManualClock();
  const hottest = createHottest({ clock }, { halfLifeMs: 1_000 });
  hottest.visit("old", 100, false);
  await clock.advance(2_500);
  hottest.visit("new", 30, false);
  assert.deepEqual(
    hottest.list(9).map(({ key, count }) => [key, count]),
    [
      ["new", 30],
      ["old", 25],
    ],
  );
});

test("a key that was reset begins at nothing", () => {
  const hottest = createHottest({ clock: createManualClock() });
  hottest.visit("a", 5, true);
  hottest.forget("a");
  hottest.forget("never seen");
  assert.deepEqual(hottest.list(9), []);
});
