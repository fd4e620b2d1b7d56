import assert from "node:assert/strict";
import { test } from "node:test";
import { createManualClock, createSeededRandom } from "@tenfold/core";
import { memoryLimiter } from "../drivers/memory.ts";
import { createLimit } from "../limit.ts";
import type { Limiter } from "../limiter.ts";
import { leasedLimiter } from "./leased-limiter.ts";

/** Several processes on one store that answers by promise; counts how often it is asked. */
function processes(count: number, options = {}) {
  const clock = createManualClock();
  const inner = memoryLimiter({ clock, random: createSeededRandom(1) });
  const store = { asked: 0 };
  const later = async <Value>(call: () => Value): Promise<Value> => {
    store.asked++;
    return call();
  };
  const limiter: Limiter = {
    ...inner,
    consume: (limit, key, cost) => later(() => inner.consume(limit, key, cost)),
    consumeUpTo: (limit, key, most) => later(() => inner.consumeUpTo(limit, key, most)),
    consumeAll: (charges) => later(() => inner.consumeAll(charges)),
    reserve: (charges) => later(() => inner.reserve(charges)),
    peek: (limit, key) => later(() => inner.peek(limit, key)),
    penalize: (limit, key, units) => later(() => inner.penalize(limit, key, units)),
    reset: (limit, key) => later(() => inner.reset(limit, key)),
  };
  const limiters = Array.from({ length: count }, () => leasedLimiter({ limiter, clock }, options));
  return { clock, store, limiters };
}

const windowMs = 10_000;
const limit = createLimit({ name: "l", algorithm: "sliding-log", limit: 1_000, windowMs });

test("who asks much is decided locally, and gets exactly the limit", async () => {
  const { store, limiters } = processes(1);
  let granted = 0;
  for (let call = 0; call < 5_000; call++) {
    const decision = await limiters[0]?.consume(limit, "key");
    if (decision?.allowed) granted++;
  }
  assert.equal(granted, 1_000);
  assert.ok(store.asked < 60, `the store was asked ${store.asked} times`);
});

test("in no window do all processes grant more than the stated bound", async () => {
  const random = createSeededRandom(7);
  for (const blockShare of [0.01, 0.05, 0.2]) {
    const { clock, limiters } = processes(4, { blockShare, leaseMs: 1_000 });
    const grants: number[] = [];
    for (let call = 0; call < 12_000; call++) {
      if (random.below(8) === 0) await clock.advance(random.below(20));
      const decision = await limiters[random.below(4)]?.consume(limit, "key");
      if (decision?.allowed) grants.push(clock.monotonic());
    }
    const bound = 1_000 * (1 + 4 * blockShare);
    for (const [index, ms] of grants.entries()) {
      const beyond = grants[index + bound];
      assert.ok(beyond === undefined || beyond - ms >= windowMs, `at ${ms} ms`);
    }
    assert.ok(grants.length > 1_000);
  }
});

test("who asks seldom loses nothing to blocks", async () => {
  const { clock, limiters } = processes(2);
  const small = createLimit({ name: "s", algorithm: "sliding-log", limit: 10, windowMs: 60_000 });
  for (let call = 0; call < 10; call++) {
    assert.equal((await limiters[call % 2]?.consume(small, "key"))?.allowed, true);
    await clock.advance(2_000);
  }
  assert.equal((await limiters[0]?.consume(small, "key"))?.allowed, false);
});

test("a refusal is remembered, and ends when the store said", async () => {
  const { clock, store, limiters } = processes(1);
  const [limiter] = limiters;
  await limiter?.consume(limit, "key", 1_000);
  const refused = await limiter?.consume(limit, "key");
  store.asked = 0;
  assert.equal((await limiter?.consume(limit, "key"))?.retryAfterMs, refused?.retryAfterMs);
  assert.equal(store.asked, 0);
  await clock.advance(refused?.retryAfterMs ?? 0);
  assert.equal((await limiter?.consume(limit, "key"))?.allowed, true);
});

test("several limits are taken locally once all have blocks, all or nothing", async () => {
  const { store, limiters } = processes(1);
  const narrow = createLimit({ name: "n", algorithm: "sliding-log", limit: 500, windowMs });
  const charges = [limit, narrow].map((each) => ({ limit: each, key: "key" }));
  let granted = 0;
  for (let call = 0; call < 2_000; call++) {
    if ((await limiters[0]?.consumeAll(charges))?.allowed) granted++;
  }
  assert.ok(granted <= 500 && granted >= 475, `${granted} granted`);
  assert.ok(store.asked < 2_000);
});

test("keys beyond the bound are decided by the store", async () => {
  const { limiters } = processes(1, { keysMax: 10 });
  for (let key = 0; key < 100; key++) {
    assert.equal((await limiters[0]?.consume(limit, `key ${key}`))?.allowed, true);
  }
});
