import assert from "node:assert/strict";
import { test } from "node:test";
import { createManualClock, createSeededRandom } from "@tenfold/core";
import { newJobId } from "./job-id.ts";

test("an ID is a UUID of version 7 that grows with time", () => {
  const clock = createManualClock();
  const random = createSeededRandom(3);
  const ids = Array.from({ length: 100 }, () => {
    clock.step(1);
    return newJobId(clock, random);
  });
  const shape = /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;
  assert.ok(ids.every((id) => shape.test(id)));
  assert.deepEqual(ids, [...ids].sort());
  assert.equal(Number.parseInt((ids[0] ?? "").replace("-", "").slice(0, 12), 16), clock.now() - 99);
});
