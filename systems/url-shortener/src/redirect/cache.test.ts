import assert from "node:assert/strict";
import { test } from "node:test";
import { createManualClock } from "@tenfold/core";
import { createAttempts, networkOf } from "./attempts.ts";
import { createLinkCache, type CacheEntry } from "./cache.ts";

interface Entry extends CacheEntry {
  name: string;
}

function setUp(linksMax = 3) {
  const clock = createManualClock();
  const cache = createLinkCache<Entry>({ clock }, { linksMax });
  const entry = (name: string, ttlMs = 60_000): Entry => ({
    name,
    used: false,
    freshUntilMs: clock.now() + ttlMs,
  });
  const put = (name: string) => cache.getOrLoad(name, async () => entry(name));
  return { clock, cache, entry, put };
}

test("what is asked for at once by many is loaded once", async () => {
  const { cache, entry } = setUp();
  let loads = 0;
  const load = async () => ((loads += 1), entry("a"));
  const all = await Promise.all([1, 2, 3].map(() => cache.getOrLoad("a", load)));
  assert.equal(loads, 1);
  assert.equal(new Set(all).size, 1);
});

test("the cache never holds more than it may, and keeps what is used", async () => {
  const { cache, put } = setUp(3);
  for (const name of ["a", "b", "c"]) await put(name);
  cache.get("a");
  for (const name of ["d", "e", "f", "g"]) {
    await put(name);
    cache.get("a");
    assert.ok(cache.size <= 3);
  }
  assert.equal(cache.get("a")?.name, "a");
  assert.equal(cache.get("b"), undefined);
});

test("an entry is used up to its time and not longer", async () => {
  const { cache, clock, entry } = setUp();
  await cache.getOrLoad("a", async () => entry("a", 500));
  await clock.advance(499);
  assert.equal(cache.get("a")?.name, "a");
  await clock.advance(1);
  assert.equal(cache.get("a"), undefined);
});

test("that there is no such link is remembered for two seconds", async () => {
  const { cache, clock, entry } = setUp();
  assert.equal(await cache.getOrLoad("a", async () => undefined), undefined);
  assert.equal(await cache.getOrLoad("a", async () => entry("a")), undefined);
  await clock.advance(2000);
  assert.equal((await cache.getOrLoad("a", async () => entry("a")))?.name, "a");
});

test("a load that was under way when its link changed is not kept", async () => {
  for (const change of ["forget", "forgetAll"] as const) {
    const { cache, entry } = setUp();
    const old = Promise.withResolvers<Entry>();
    const waiting = cache.getOrLoad("a", () => old.promise);
    if (change === "forget") cache.forget(["a"]);
    else cache.forgetAll();
    const fresh = await cache.getOrLoad("a", async () => entry("new"));
    old.resolve(entry("old"));
    assert.equal(
      (await waiting)?.name,
      "old",
      "who asked before the change may see what was before",
    );
    assert.equal(fresh?.name, "new");
    assert.equal(cache.get("a")?.name, "new");
  }
});

test("a failed load is tried again by the next caller", async () => {
  const { cache, entry } = setUp();
  await assert.rejects(
    cache.getOrLoad("a", () => Promise.reject(new Error("away"))),
    /away/,
  );
  assert.equal((await cache.getOrLoad("a", async () => entry("a")))?.name, "a");
});

test("attempts are counted per network and minute", async () => {
  const clock = createManualClock();
  const attempts = createAttempts({ clock }, { perMinuteMax: 2 });
  const exceeded = (address: string): boolean => attempts.exceeded(networkOf(address));
  for (const address of ["2001:db8:1:2::1", "2001:db8:1:2:ffff::2"]) {
    assert.equal(exceeded(address), false);
    attempts.count(networkOf(address));
  }
  assert.equal(exceeded("2001:db8:1:2:3:4:5:6"), true);
  assert.equal(exceeded("2001:db8:1:3::1"), false);
  await clock.advance(60_000);
  assert.equal(exceeded("2001:db8:1:2::1"), false);
  assert.equal(networkOf("::ffff:192.0.2.1"), "192.0.2.1");
  assert.equal(networkOf("::1"), "::/64");
});
