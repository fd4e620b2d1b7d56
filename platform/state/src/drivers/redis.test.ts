import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { after, test } from "node:test";
import { hasCode, systemClock } from "@tenfold/core";
import { testDeps, testState } from "../state.conformance.ts";
import type { State } from "../state.ts";
import { startRedis, type TestRedis } from "../testing.ts";
import { parseRedisUrl } from "./redis-clients.ts";
import { redisState } from "./redis.ts";

for (const cluster of [false, true]) {
  const redis = startRedis({ cluster });
  after(async () => (await redis).stop());
  let opened = 0;
  testState(cluster ? "redis cluster" : "redis", async () => {
    const { url } = await redis;
    const options = { url, prefix: `test ${opened++}:` };
    const state = redisState(testDeps, options);
    const other = redisState(testDeps, options);
    await Promise.all([state.start(), other.start()]);
    const stop = async () => void (await Promise.all([state.stop(), other.stop()]));
    return { state, other, [Symbol.asyncDispose]: stop };
  });
}

/** Two processes' states on one Redis. */
async function open(redis: TestRedis) {
  const state = redisState(testDeps, { url: redis.url });
  const other = redisState(testDeps, { url: redis.url });
  await Promise.all([state.start(), other.start()]);
  return {
    redis,
    state,
    other,
    async [Symbol.asyncDispose]() {
      await Promise.all([state.stop(), other.stop()]);
      await redis.stop();
    },
  };
}

const minute = { ttlMs: 60_000 };
const kept = { ttlMs: 60_000, negativeTtlMs: 60_000 };

const until = async (condition: () => boolean | Promise<boolean>): Promise<void> => {
  while (!(await condition())) await systemClock.sleep(10);
};

/** Every call there is, one after another; answers how they were answered. */
async function callEverything(state: State): Promise<unknown[]> {
  return [
    await state.get("key"),
    await state.set("key", "x", minute),
    await state.setIfAbsent("lock", "x", minute),
    await state.delete("key", "other"),
    await state.increment("count", 1, minute),
    await state.publish("news", "x"),
    await state.getOrLoad("loaded", { ...kept, load: async () => "loaded" }),
    await (await state.subscribe("news", () => undefined))(),
  ];
}

/** Calls everything all the time; `end` rejects when a call did. */
function keepUsing(states: readonly State[]) {
  const ending = new AbortController();
  const use = Promise.all(
    states.map(async (state) => {
      while (!ending.signal.aborted) {
        await callEverything(state);
        await systemClock.sleep(1);
      }
    }),
  );
  const end = async () => {
    ending.abort();
    await use;
  };
  return { end, [Symbol.asyncDispose]: end };
}

const unanswered = [...Array<undefined>(6), "loaded", undefined];

test("without Redis, a state starts, loads, and answers undefined to the rest", async () => {
  const redis = await startRedis();
  await redis.kill();
  await using opened = await open(redis);
  assert.equal(opened.state.healthy(), false);
  assert.deepEqual(await callEverything(opened.state), unanswered);
});

test("before start() and after stop(), nothing throws either", async () => {
  await using redis = await startRedis();
  const state = redisState(testDeps, { url: redis.url });
  assert.deepEqual(await callEverything(state), unanswered);
  await state.start();
  assert.equal(state.healthy(), true);
  await state.stop();
  assert.equal(state.healthy(), false);
  assert.deepEqual(await callEverything(state), unanswered);
});

for (const [how, away, back] of [
  ["killed and restarted", (r: TestRedis) => r.kill(), (r: TestRedis) => r.restart()],
  ["stopped and continued", async (r: TestRedis) => r.pause(), async (r: TestRedis) => r.resume()],
] as const) {
  test(`Redis ${how} under use: no call throws, and everything comes back`, async () => {
    await using opened = await open(await startRedis());
    const { redis, state, other } = opened;
    let reconnects = 0;
    state.onReconnect(() => void reconnects++);
    const heard: string[] = [];
    await state.subscribe("news", (message) => heard.push(message));
    await using use = keepUsing([state, other]);

    await away(redis);
    await until(() => !state.healthy() && !other.healthy());
    assert.deepEqual(await callEverything(state), unanswered);
    assert.equal(reconnects, 0);
    await back(redis);
    await until(() => state.healthy() && other.healthy());
    assert.equal(reconnects, 1);
    await use.end();

    await state.set("after", "x", minute);
    assert.equal(await other.get("after"), "x");
    await other.publish("news", "after");
    await until(() => heard.includes("after"));
  });

  test(`Redis ${how}: what was deleted or set meanwhile is not read as before`, async () => {
    await using opened = await open(await startRedis());
    const { redis, state, other } = opened;
    await state.set("deleted", "old", minute);
    await state.set("replaced", "old", minute);
    await away(redis);
    await until(async () => {
      await state.get("deleted");
      return !state.healthy();
    });
    await state.delete("deleted");
    await state.set("replaced", "new", minute);
    await back(redis);
    await until(() => state.healthy() && other.healthy());
    assert.equal(await other.get("deleted"), undefined);
    assert.equal(await other.get("replaced"), undefined);
  });
}

test("an idle state notices a Redis that fell silent", async () => {
  await using opened = await open(await startRedis());
  opened.redis.pause();
  await until(() => !opened.state.healthy());
  opened.redis.resume();
  await until(() => opened.state.healthy());
});

test("loads stay single within the process while Redis is away", async () => {
  await using opened = await open(await startRedis());
  await opened.redis.kill();
  await until(() => !opened.state.healthy());
  const gate = Promise.withResolvers<void>();
  let loads = 0;
  const load = async () => {
    loads += 1;
    await gate.promise;
    return loads;
  };
  const calls = Array.from({ length: 20 }, () => opened.state.getOrLoad("key", { ...kept, load }));
  gate.resolve();
  assert.deepEqual(new Set(await Promise.all(calls)), new Set([1]));
});

test("a loader that died holds the others up for one lease, no longer", async () => {
  await using opened = await open(await startRedis());
  const dying = redisState(testDeps, { url: opened.redis.url });
  await dying.start();
  const begun = Promise.withResolvers<void>();
  const never = dying.getOrLoad("key", {
    ...kept,
    load: () => {
      begun.resolve();
      return new Promise<string>(() => undefined);
    },
  });
  await begun.promise;
  await dying.stop(); // Its lease is no longer renewed, as if the process had been killed.
  void never;
  const value = await opened.state.getOrLoad("key", { ...kept, load: async () => "mine" });
  assert.equal(value, "mine");
});

test("two installations share a server without seeing each other", async () => {
  await using redis = await startRedis();
  await using one = redisState(testDeps, { url: redis.url, prefix: "one:" });
  await using two = redisState(testDeps, { url: redis.url, prefix: "two:" });
  await Promise.all([one.start(), two.start()]);
  await one.set("key", "x", minute);
  assert.equal(await two.get("key"), undefined);
});

test("addresses of one server and of clusters are read, and bad ones refused", () => {
  assert.deepEqual(parseRedisUrl("rediss://us%40er:p%3Aw@h:1/2"), {
    nodes: [{ host: "h", port: 1 }],
    username: "us@er",
    password: "p:w",
    database: 2,
    tls: true,
  });
  assert.deepEqual(parseRedisUrl("redis://a:1, b:2,redis://[::1]").nodes, [
    { host: "a", port: 1 },
    { host: "b", port: 2 },
    { host: "::1", port: 6379 },
  ]);
  for (const bad of ["", "localhost:6379", "http://h", "redis://h/x", "redis://a/1,redis://b/1"]) {
    assert.throws(
      () => parseRedisUrl(bad),
      (error) => hasCode(error, "state_url_invalid") && !error.message.includes(bad || "\0"),
    );
  }
});

test("scripts run at the engine, with the installation's prefix on their keys, and reject when it is away", async () => {
  await using here = await open(await startRedis());
  const { scripts } = here.state;
  assert.ok(scripts);
  const lua = "return redis.call('SET', KEYS[1], ARGV[1]) and {KEYS[1], ARGV[1]}";
  const hash = createHash("sha1").update(lua).digest("hex");
  await assert.rejects(scripts.evalsha(hash, 1, "{all}a", "1"), /^ReplyError: NOSCRIPT/);
  assert.deepEqual(await scripts.eval(lua, 1, "{all}a", "1"), ["tf:{all}a", "1"]);
  assert.deepEqual(await scripts.evalsha(hash, 1, "{all}a", "2"), ["tf:{all}a", "2"]);
  assert.equal(here.state.healthy(), true, "a refusal is an answer");
  await here.redis.stop();
  await assert.rejects(scripts.evalsha(hash, 1, "{all}a", "3"), { name: "EngineAway" });
});
