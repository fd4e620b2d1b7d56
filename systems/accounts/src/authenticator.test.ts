import { noMetrics, silentLog, systemClock, systemRandom } from "@tenfold/core";
import { redisState, type State } from "@tenfold/state";
import { startRedis } from "@tenfold/state/testing";
import assert from "node:assert/strict";
import test from "node:test";
import { accountDefaults } from "./options.ts";
import { goodPassword, serve, startAccounts, type TestAccounts } from "./testing.ts";
import { mintToken } from "./tokens.ts";

/** An account with a key, which is easier to make than a session. */
async function makeKey({ accounts }: Pick<TestAccounts, "accounts">): Promise<string> {
  const email = "ada@example.org";
  await accounts.operator.createUser({ email, password: goodPassword });
  const made = await accounts.operator.createKey({ email, name: "k", scopes: ["links:read"] });
  return made.key;
}

/** Ends credentials behind everybody's back, as a lost message would. */
async function deleteKeys({ sql }: TestAccounts): Promise<void> {
  await sql.query("delete from accounts.api_keys");
}

test("a remembered token needs no database", async () => {
  await using all = await startAccounts();
  const key = await makeKey(all);
  const first = await all.accounts.authenticator.authenticate(key);
  await deleteKeys(all);
  assert.equal(await all.accounts.authenticator.authenticate(key), first);
});

test("without shared state a token is believed for five seconds at most", async () => {
  await using all = await startAccounts();
  const key = await makeKey(all);
  assert.ok(await all.accounts.authenticator.authenticate(key));
  await deleteKeys(all);
  all.clock.step(3_600_000);
  assert.ok(
    await all.accounts.authenticator.authenticate(key),
    "a stepping wall clock changes nothing",
  );
  await all.clock.advance(4_999);
  assert.ok(await all.accounts.authenticator.authenticate(key));
  await all.clock.advance(1);
  assert.equal(await all.accounts.authenticator.authenticate(key), undefined);
});

test("what is not a token of ours asks no database and takes no room", async () => {
  await using all = await startAccounts();
  const { authenticator } = all.accounts;
  await all.sql.query("drop table accounts.sessions, accounts.api_keys");
  for (const token of ["", "x", "tf_", `tfs_${"a".repeat(49)}`, "\0", "é".repeat(300)]) {
    assert.equal(await authenticator.authenticate(token), undefined);
  }
  // A well-made one does ask.
  await assert.rejects(authenticator.authenticate(mintToken("key", systemRandom)));
  assert.equal(await authenticator.authenticate(mintToken("invitation", systemRandom)), undefined);
});

test("who asks at the same time shares one look-up", async () => {
  await using all = await startAccounts();
  const key = await makeKey(all);
  const found = await Promise.all(
    Array.from({ length: 50 }, () => all.accounts.authenticator.authenticate(key)),
  );
  // One frozen object, so there was one row.
  assert.equal(new Set(found).size, 1);
});

test("a look-up that began before a revocation is not remembered after it", async () => {
  await using all = await startAccounts();
  await using server = await serve(all.accounts, all.platform);
  const token = await server.member("ada@example.org");
  const { authenticator } = all.accounts;
  for (let round = 0; round < 20; round += 1) {
    const made = await server.call("POST /v1/api-keys", {
      token,
      body: { name: "k", scopes: ["links:read"] },
    });
    const { key, apiKey } = made.body;
    const lookUps = Array.from({ length: 5 }, () => authenticator.authenticate(key));
    await server.call(`DELETE /v1/api-keys/${apiKey.id}`, { token });
    await Promise.all(lookUps);
    assert.equal(await authenticator.authenticate(key), undefined);
  }
});

test("the memory is bounded, the oldest entry goes first", async () => {
  await using all = await startAccounts({ options: { cacheMax: 2 } });
  const email = "ada@example.org";
  await all.accounts.operator.createUser({ email, password: goodPassword });
  const keys = [];
  for (let n = 0; n < 3; n += 1) {
    const made = await all.accounts.operator.createKey({
      email,
      name: "k",
      scopes: ["links:read"],
    });
    keys.push(made.key);
    await all.accounts.authenticator.authenticate(made.key);
  }
  await deleteKeys(all);
  const found = await Promise.all(keys.map((key) => all.accounts.authenticator.authenticate(key)));
  assert.deepEqual(
    found.map((principal) => principal !== undefined),
    [false, true, true],
  );
});

test("an authenticated request that is remembered takes microseconds", async (t) => {
  await using all = await startAccounts();
  const key = await makeKey(all);
  const { authenticator } = all.accounts;
  const rounds = 20_000;
  for (let n = 0; n < rounds; n += 1) await authenticator.authenticate(key);
  // What would still ask the database now finds nothing.
  await deleteKeys(all);
  const startMs = systemClock.monotonic();
  for (let n = 0; n < rounds; n += 1) await authenticator.authenticate(key);
  const microseconds = ((systemClock.monotonic() - startMs) * 1000) / rounds;
  t.diagnostic(`${microseconds.toFixed(2)} µs per call`);
  assert.ok(await authenticator.authenticate(key));
});

function sharedState(url: string): State {
  const deps = { clock: systemClock, random: systemRandom, log: silentLog, metrics: noMetrics };
  return redisState(deps, { url });
}

/** Asks again until it is so; the test runner ends what never becomes so. */
async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await holds())) await systemClock.sleep(10);
}

test("a revocation here is obeyed by another process that shares a Redis", async () => {
  await using redis = await startRedis();
  await using all = await startAccounts({ state: sharedState(redis.url) });
  const other = await all.another(sharedState(redis.url));
  await using here = await serve(all.accounts, all.platform);
  await using there = await serve(other, all.platform);
  const ended = await here.member("ada@example.org");
  const token = await here.member("ada@example.org");
  for (const each of [ended, token]) {
    assert.equal((await there.call("GET /v1/me", { token: each })).status, 200);
  }
  assert.deepEqual((await here.call("DELETE /v1/sessions", { token })).body, { revoked: 1 });
  // The clock stands still, so it cannot be the entry's age that ends it.
  await until(async () => (await there.call("GET /v1/me", { token: ended })).status === 401);
  assert.equal((await there.call("GET /v1/me", { token })).status, 200);
});

test("while messages arrive a token is believed for longer, but not beyond its time", async () => {
  await using redis = await startRedis();
  await using all = await startAccounts({ state: sharedState(redis.url) });
  const { authenticator } = all.accounts;
  const key = await makeKey(all);
  await until(() => all.platform.state.healthy());
  assert.ok(await authenticator.authenticate(key));
  await deleteKeys(all);
  await all.clock.advance(accountDefaults.cacheMs - 1);
  assert.ok(await authenticator.authenticate(key));
  await all.clock.advance(1);
  assert.equal(await authenticator.authenticate(key), undefined);
});

test("when Redis goes away a revocation elsewhere is obeyed within five seconds", async () => {
  await using redis = await startRedis();
  await using all = await startAccounts({ state: sharedState(redis.url) });
  const other = await all.another(sharedState(redis.url));
  const key = await makeKey(all);
  assert.ok(await other.authenticator.authenticate(key));
  await redis.kill();
  await until(async () => {
    // Something must be asked of Redis for its absence to be noticed.
    await all.platform.state.get("x");
    return !all.platform.state.healthy();
  });
  await all.accounts.operator.removeUser("ada@example.org");
  assert.equal(await all.accounts.authenticator.authenticate(key), undefined);
  await all.clock.advance(accountDefaults.cacheUncertainMs);
  // The other one has noticed by itself: its subscription broke.
  await until(async () => (await other.authenticator.authenticate(key)) === undefined);
});

test("when Redis is back everything remembered is asked anew", async () => {
  await using redis = await startRedis();
  await using all = await startAccounts({ state: sharedState(redis.url) });
  const { authenticator } = all.accounts;
  const key = await makeKey(all);
  assert.ok(await authenticator.authenticate(key));
  await redis.kill();
  await until(() => !all.platform.state.healthy());
  // Its message is lost, and the clock stands still.
  await deleteKeys(all);
  await redis.restart();
  await until(async () => (await authenticator.authenticate(key)) === undefined);
});
