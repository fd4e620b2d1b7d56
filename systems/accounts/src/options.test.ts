import { hasCode } from "@tenfold/core";
import assert from "node:assert/strict";
import test from "node:test";
import { accountDefaults, fromEnv } from "./options.ts";

test("an empty environment gives the defaults", () => {
  assert.deepEqual(fromEnv({}), accountDefaults);
});

test("settings are read with their units", () => {
  const options = fromEnv({
    TENFOLD_SIGN_UP: "closed",
    TENFOLD_SESSION_IDLE_DAYS: "2",
    TENFOLD_SIGN_IN_ATTEMPTS: "4",
    TENFOLD_PASSWORD_PASSES: "3",
  });
  assert.equal(options.signUp, "closed");
  assert.equal(options.sessionIdleMs, 172_800_000);
  assert.deepEqual(options.limits.accountAndNetwork, { max: 4, windowMs: 900_000 });
  assert.equal(options.limits.network.max, 20);
  assert.equal(options.limits.account.max, 40);
  assert.equal(options.passwords.passes, 3);
});

test("wrong and contradictory settings are named", () => {
  for (const [source, name] of [
    [{ TENFOLD_SIGN_UP: "maybe" }, "TENFOLD_SIGN_UP"],
    [{ TENFOLD_PASSWORD_MEMORY_KIB: "1" }, "TENFOLD_PASSWORD_MEMORY_KIB"],
    [{ TENFOLD_SESSION_IDLE_DAYS: "91", TENFOLD_SESSION_DAYS: "90" }, "TENFOLD_SESSION_IDLE_DAYS"],
  ] as const) {
    assert.throws(
      () => fromEnv(source),
      (error) => hasCode(error, "setting_invalid") && error.fields[0]?.field === name,
    );
  }
});
