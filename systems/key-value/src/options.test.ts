import assert from "node:assert/strict";
import { test } from "node:test";
import { hasCode } from "@tenfold/core";
import { fromEnv } from "./options.ts";

test("a cluster is named by a URL of Redis's form", () => {
  const url = "redis://:secret@10.0.0.1:7001";
  assert.deepEqual(fromEnv({ TENFOLD_KV_URL: url }), { url, port: 0 });
  assert.deepEqual(fromEnv({ TENFOLD_KV_PORT: "7005" }), { url: undefined, port: 7005 });
});

test("anything else is refused by name, and a secret in it is not repeated", () => {
  for (const url of ["10.0.0.1:7001", "http://:secret@10.0.0.1", "redis://"]) {
    assert.throws(
      () => fromEnv({ TENFOLD_KV_URL: url }),
      (error) =>
        hasCode(error, "setting_invalid") &&
        /TENFOLD_KV_URL must be a URL/.test(error.message) &&
        !error.message.includes("secret"),
    );
  }
});
