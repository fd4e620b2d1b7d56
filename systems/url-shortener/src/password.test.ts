import assert from "node:assert/strict";
import { test } from "node:test";
import { systemRandom } from "@tenfold/core";
import { createPasswordHasher } from "@tenfold/password";
import { createPasswords, TOKEN_TTL_SECONDS } from "./password.ts";

const hasher = createPasswordHasher({ random: systemRandom }, { memoryKib: 64, passes: 1 });
const nowMs = 1_750_000_000_000;

test("a token opens its link, for its time, under its password, with its key", async () => {
  const passwords = createPasswords(hasher, new Uint8Array(32).fill(1));
  const passwordHash = await passwords.hash("open sesame");
  assert.ok(await passwords.verify(passwordHash, "open sesame"));
  assert.ok(!(await passwords.verify(passwordHash, "Open sesame")));

  const link = { id: "1", passwordHash };
  const token = passwords.tokenFor(link, nowMs);
  assert.ok(passwords.opens(token, link, nowMs));
  assert.ok(!passwords.opens(token, link, nowMs + TOKEN_TTL_SECONDS * 1000));
  assert.ok(!passwords.opens(token, { ...link, id: "2" }, nowMs));
  assert.ok(
    !passwords.opens(token, { ...link, passwordHash: await passwords.hash("open sesame") }, nowMs),
  );
  assert.ok(!createPasswords(hasher, new Uint8Array(32).fill(2)).opens(token, link, nowMs));
  const later = token.replace(/^\d+/, (expiry) => String(Number(expiry) + 1000));
  for (const forged of [later, "", undefined, "1.x", `${token}x`, "💥"]) {
    assert.ok(!passwords.opens(forged, link, nowMs), forged);
  }
});
