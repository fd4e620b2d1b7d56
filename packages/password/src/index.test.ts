import { hasCode, systemRandom } from "@tenfold/core";
import assert from "node:assert/strict";
import test from "node:test";
import { createPasswordHasher, type HasherOptions } from "./index.ts";

const cheap = { memoryKib: 64, passes: 1, concurrency: 4, waitingMax: 64 };

function passwordsWith(options: Partial<HasherOptions> = {}) {
  return createPasswordHasher({ random: systemRandom }, { ...cheap, ...options });
}

test("a password is kept as argon2id with its own salt and verifies", async () => {
  const passwords = passwordsWith();
  const [one, two] = await Promise.all([passwords.hash("a b c"), passwords.hash("a b c")]);
  assert.match(one, /^\$argon2id\$v=19\$m=64,t=1,p=1\$/);
  assert.notEqual(one, two);
  assert.equal(await passwords.verify(one, "a b c"), true);
  assert.equal(await passwords.verify(one, "a b C"), false);
});

test("the same characters from another keyboard are the same password", async () => {
  const passwords = passwordsWith();
  const hash = await passwords.hash("caf\u00e9 \ufb01ve");
  assert.equal(await passwords.verify(hash, "cafe\u0301 five"), true);
});

test("without an account the decoy is verified, and never matches", async () => {
  const passwords = passwordsWith();
  assert.equal(await passwords.verify(undefined, ""), false);
});

test("a hash made at another cost is stale", async () => {
  const hash = await passwordsWith().hash("x");
  assert.equal(passwordsWith().isStale(hash), false);
  assert.equal(passwordsWith({ passes: 2 }).isStale(hash), true);
  assert.equal(passwordsWith({ memoryKib: 128 }).isStale(hash), true);
});

test("a flood waits in a short queue, and what does not fit is told to come back", async () => {
  const passwords = passwordsWith({ concurrency: 1, waitingMax: 3 });
  const outcomes = await Promise.allSettled(
    Array.from({ length: 10 }, () => passwords.hash("flood")),
  );
  const refused = outcomes.filter((outcome) => outcome.status === "rejected");
  assert.equal(refused.length, 6);
  for (const { reason } of refused) assert.ok(hasCode(reason, "password_busy"));
  assert.equal(await passwords.verify(await passwords.hash("later"), "later"), true);
});

test("a failing hash gives its place to the next", async () => {
  const passwords = passwordsWith({ concurrency: 1 });
  const bad = passwords.verify("not a hash", "x");
  const good = passwords.hash("y");
  await assert.rejects(bad);
  assert.match(await good, /^\$argon2id/);
});
