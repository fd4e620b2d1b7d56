import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { mutated, mutations } from "./mutations.ts";

test("every rule that can be taken out stands where it is said to, once", () => {
  for (const mutation of mutations) {
    const text = readFileSync(new URL(`../${mutation.file}`, import.meta.url), "utf8");
    assert.notEqual(mutated(text, mutation), text);
  }
});
