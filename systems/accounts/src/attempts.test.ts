import { createManualClock, hasCode, noMetrics, silentLog, systemRandom } from "@tenfold/core";
import { memoryState, type State } from "@tenfold/state";
import assert from "node:assert/strict";
import test from "node:test";
import { createAttempts } from "./attempts.ts";
import { accountDefaults } from "./options.ts";

const { limits } = accountDefaults;
const stranger = () => Promise.resolve(false);

/** With the state's engine away when `away`: what its contract says then. */
async function setUp({ away = false } = {}) {
  const clock = createManualClock();
  const memory = memoryState({ clock, random: systemRandom, log: silentLog, metrics: noMetrics });
  await memory.start();
  const state: State = away ? { ...memory, increment: async () => undefined } : memory;
  const attempts = createAttempts({ clock, state }, limits);
  const signIn = (emailKey: string, address: string, isKnownNetwork = stranger) =>
    attempts.signIn({ emailKey, address, isKnownNetwork });
  return { clock, attempts, signIn, [Symbol.asyncDispose]: () => memory.stop() };
}

const refused = (error: unknown): boolean => hasCode(error, "too_many_attempts");

for (const away of [false, true]) {
  const place = away ? "counted in process while the engine is away" : "counted in the state";

  test(`one account from one network has ten attempts, ${place}`, async () => {
    await using all = await setUp({ away });
    for (let n = 0; n < 10; n += 1) await all.signIn("ada@x.y", "192.0.2.1");
    await assert.rejects(all.signIn("ada@x.y", "192.0.2.1"), refused);
    await all.signIn("bob@x.y", "192.0.2.1");
    await all.signIn("ada@x.y", "192.0.2.2");
    await all.clock.advance(15 * 60_000);
    await all.signIn("ada@x.y", "192.0.2.1");
  });

  test(`one network has fifty attempts at all accounts, ${place}`, async () => {
    await using all = await setUp({ away });
    for (let n = 0; n < 50; n += 1) await all.signIn(`user${n}@x.y`, "2001:db8:1:2::1");
    await assert.rejects(all.signIn("next@x.y", "2001:db8:1:2:ffff::9"), refused);
    await all.signIn("next@x.y", "2001:db8:1:3::1");
  });
}

test("attempts at the same moment do not slip through together", async () => {
  await using all = await setUp();
  const tries = Array.from({ length: 40 }, () => all.signIn("ada@x.y", "192.0.2.1"));
  const outcomes = await Promise.allSettled(tries);
  assert.equal(outcomes.filter(({ status }) => status === "fulfilled").length, 10);
});

test("many networks together are stopped, but not from where the owner has signed in", async () => {
  await using all = await setUp();
  for (let n = 0; n < 100; n += 1) await all.signIn("ada@x.y", `192.0.2.${n}`);
  await assert.rejects(all.signIn("ada@x.y", "198.51.100.1"), refused);
  await all.signIn("ada@x.y", "203.0.113.5", () => Promise.resolve(true));
});

test("one network's flood does not use up the account's own limit", async () => {
  await using all = await setUp();
  for (let n = 0; n < 500; n += 1) {
    await all.signIn("ada@x.y", "192.0.2.1").catch((error: unknown) => assert.ok(refused(error)));
  }
  await all.signIn("ada@x.y", "198.51.100.1");
});

test("a success gives its attempt back", async () => {
  await using all = await setUp();
  for (let n = 0; n < 200; n += 1) {
    const attempt = await all.signIn("ada@x.y", "192.0.2.1");
    await attempt.succeeded();
  }
});

test("the refusal says when the window ends", async () => {
  await using all = await setUp();
  const startMs = all.clock.now();
  for (let n = 0; n < 20; n += 1) await all.attempts.signUp("192.0.2.1");
  const windowMs = limits.signUp.windowMs;
  await assert.rejects(
    all.attempts.signUp("192.0.2.1"),
    (error) =>
      hasCode(error, "too_many_attempts") &&
      error.retryAfterSeconds === Math.ceil((windowMs - (startMs % windowMs)) / 1000),
  );
});
