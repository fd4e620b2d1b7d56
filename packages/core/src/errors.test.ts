import assert from "node:assert/strict";
import { test } from "node:test";
import { defineErrors, hasCode, TenfoldError } from "./errors.ts";

const errors = defineErrors({
  slug_taken: { status: 409, title: "The slug is taken" },
  store_down: { status: 503, title: "The store does not answer", retryable: true },
});

test("an entry of the table makes errors with its code, status and title", () => {
  const error = errors.slug_taken();
  assert.ok(error instanceof TenfoldError && error instanceof Error);
  assert.equal(error.name, "TenfoldError");
  assert.deepEqual(
    [error.code, error.status, error.title, error.retryable],
    ["slug_taken", 409, "The slug is taken", false],
  );
  assert.equal(errors.store_down().retryable, true);
});

test("without a detail the title speaks, and a hint follows the detail", () => {
  assert.equal(errors.slug_taken().message, "The slug is taken");
  const error = errors.slug_taken({ detail: "`tea` is in use.", hint: "Choose another." });
  assert.equal(error.message, "`tea` is in use. Choose another.");
  assert.deepEqual([error.detail, error.hint], ["`tea` is in use.", "Choose another."]);
});

test("facts about one occurrence are kept", () => {
  const cause = new Error("ECONNREFUSED");
  const fields = [{ field: "/slug", detail: "is in use" }];
  const error = errors.store_down({ cause, fields, retryAfterSeconds: 3 });
  assert.equal(error.cause, cause);
  assert.deepEqual(error.fields, fields);
  assert.equal(error.retryAfterSeconds, 3);
  assert.doesNotMatch(error.message, /ECONNREFUSED/);
});

test("an error without a cause has no cause property, as with plain errors", () => {
  assert.equal("cause" in errors.slug_taken(), false);
});

test("the table can be read, for the documentation, and nothing can be added", () => {
  assert.deepEqual(Object.keys(errors.table), ["slug_taken", "store_down"]);
  assert.ok(Object.isFrozen(errors));
});

test("hasCode() is true for our error of that code only", () => {
  assert.ok(hasCode(errors.slug_taken(), "slug_taken"));
  assert.equal(hasCode(errors.slug_taken(), "store_down"), false);
  assert.equal(hasCode({ code: "slug_taken" }, "slug_taken"), false);
  assert.equal(hasCode(undefined, "slug_taken"), false);
});
