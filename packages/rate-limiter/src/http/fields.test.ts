import assert from "node:assert/strict";
import { test } from "node:test";
import { createManualClock } from "@tenfold/core";
import { parseList } from "structured-headers";
import { memoryLimiter } from "../drivers/memory.ts";
import { createLimit } from "../limit.ts";
import { parseRateLimit } from "../fetch/index.ts";
import { limitField, policyField, retryAfterSeconds, violatedPolicies } from "./index.ts";

const burst = createLimit({
  name: "api/burst",
  algorithm: "token-bucket",
  limit: 10,
  windowMs: 10_000,
  burst: 30,
});
const day = createLimit({ name: "day", algorithm: "calendar-window", limit: 5, calendar: "day" });
const shadow = createLimit({
  name: "trial",
  algorithm: "sliding-log",
  limit: 1,
  windowMs: 500,
  shadow: true,
});
const charges = [burst, shadow, day].map((limit) => ({ limit, key: "ada" }));

function scene() {
  const clock = createManualClock(Date.UTC(2026, 0, 1, 23, 0, 0));
  return { clock, limiter: memoryLimiter({ clock }) };
}

test("both fields are lists of structured fields that a parser reads back", () => {
  const { limiter } = scene();
  const decision = limiter.consumeAll(charges);
  const policy = policyField(charges) ?? "";
  assert.equal(policy, '"api/burst";q=10;w=10;tenfold-burst=30, "day";q=5;w=86400');
  assert.deepEqual(
    parseList(policy).map(([name]) => name),
    ["api/burst", "day"],
  );
  assert.deepEqual(parseRateLimit(limitField(charges, decision) ?? ""), [
    { policy: "api/burst", remaining: 29, resetSeconds: 1 },
    { policy: "day", remaining: 4, resetSeconds: 3600 },
  ]);
});

test("t of a bucket is when the next unit comes back, not when it is full", () => {
  const { limiter } = scene();
  for (let call = 0; call < 29; call += 1) limiter.consume(burst, "ada");
  const one = [{ limit: burst, key: "ada" }];
  assert.equal(limitField(one, limiter.consumeAll(one)), '"api/burst";r=0;t=1');
});

test("a refusal names every policy that refused, and waits for the slowest", () => {
  const { limiter } = scene();
  for (let call = 0; call < 5; call += 1) limiter.consume(day, "ada");
  const decision = limiter.consumeAll(charges);
  assert.equal(decision.allowed, false);
  assert.deepEqual(violatedPolicies(decision), ["day"]);
  assert.equal(retryAfterSeconds(decision), 3600);
  assert.match(limitField(charges, decision) ?? "", /"day";r=0;t=3600$/);
});

test("a cost that can never fit has no time to come back", () => {
  const { limiter } = scene();
  const decision = limiter.consume(day, "ada", 6);
  assert.equal(decision.allowed, false);
  assert.equal(retryAfterSeconds(decision), undefined);
});

test("pk is a byte sequence, where the caller makes one", () => {
  const { limiter } = scene();
  const one = [{ limit: day, key: "ada" }];
  const partitionKeyOf = () => Uint8Array.of(1, 2, 3);
  assert.equal(policyField(one, partitionKeyOf), '"day";q=5;w=86400;pk=:AQID:');
  assert.equal(
    limitField(one, limiter.consumeAll(one), partitionKeyOf),
    '"day";r=4;t=3600;pk=:AQID:',
  );
});

test("without enforced limits there is nothing to say", () => {
  const { limiter } = scene();
  const one = [{ limit: shadow, key: "ada" }];
  assert.equal(policyField(one), undefined);
  assert.equal(limitField(one, limiter.consumeAll(one)), undefined);
});
