import assert from "node:assert/strict";
import { after, test } from "node:test";
import { createManualClock, systemClock, TenfoldError, type Clock } from "@tenfold/core";
import { createTestSql } from "@tenfold/sql/testing";
import { Type } from "typebox";
import { bind } from "./http.ts";
import { httpMigrations } from "./idempotency-store.ts";
import { routes } from "./routes.ts";
import { problemIn, startTestServer } from "./test-server.ts";

const sql = await createTestSql();
after(() => sql[Symbol.asyncDispose]());
await sql.migrate([httpMigrations]);

const table = routes({
  "POST /v1/orders": {
    summary: "Order",
    auth: "session",
    body: Type.Object({ what: Type.String() }),
    responses: { 201: Type.Object({ number: Type.Integer(), what: Type.String() }) },
    idempotent: true,
  },
});

type Make = (number: number) => Promise<void> | void;

/** A server whose handler counts its runs. */
async function orders(make: Make = () => undefined, clock: Clock = systemClock) {
  let runs = 0;
  const bound = bind("orders", table, {
    "POST /v1/orders": async ({ body }) => {
      const number = (runs += 1);
      await make(number);
      const row = { number, what: body.what, secret: "x" };
      return { status: 201, body: row, headers: { location: `/v1/orders/${number}` } };
    },
  });
  const options = { idempotencyWaitMs: 200, idempotencyLockMs: 60_000 };
  const started = await startTestServer({ bound, deps: { sql, clock }, options });
  const order = (what: string, key: string, token = "member") =>
    started.post("/v1/orders", JSON.stringify({ what }), {
      authorization: `Bearer ${token}`,
      "idempotency-key": key,
    });
  return { ...started, order, runs: () => runs };
}

test("the same key and body give the first answer again, byte for byte", async () => {
  await using shop = await orders();
  const first = await shop.order("tea", "again");
  const second = await shop.order("tea", "again");
  assert.deepEqual([first.status, second.status, shop.runs()], [201, 201, 1]);
  assert.equal(await second.text(), await first.text());
  assert.equal(second.headers.get("location"), "/v1/orders/1");
  assert.equal(second.headers.get("content-type"), first.headers.get("content-type"));
  assert.equal(first.headers.get("idempotency-replayed"), null);
  assert.equal(second.headers.get("idempotency-replayed"), "true");
});

test("the same key with another body is 422; another account has keys of its own", async () => {
  await using shop = await orders();
  await shop.order("tea", "shared");
  const problem = await problemIn(await shop.order("milk", "shared"));
  assert.deepEqual([problem.status, problem.code], [422, "idempotency_key_reused"]);
  assert.equal((await shop.order("milk", "shared", "admin")).status, 201);
});

test("of two at once one runs, and the other waits for its answer", async () => {
  const gate = Promise.withResolvers<void>();
  const running = Promise.withResolvers<void>();
  await using shop = await orders(() => (running.resolve(), gate.promise));
  const first = shop.order("tea", "at-once");
  await running.promise;
  const second = shop.order("tea", "at-once");
  gate.resolve();
  const bodies = [await (await first).text(), await (await second).text()];
  assert.equal(bodies[0], bodies[1]);
  assert.equal(shop.runs(), 1);
});

test("one that waits too long is told to come back", async () => {
  const gate = Promise.withResolvers<void>();
  const running = Promise.withResolvers<void>();
  await using shop = await orders(() => (running.resolve(), gate.promise));
  const first = shop.order("tea", "slow");
  await running.promise;
  const second = await shop.order("tea", "slow");
  assert.equal(second.headers.get("retry-after"), "1");
  assert.deepEqual((await problemIn(second)).code, "idempotency_in_progress");
  gate.resolve();
  await first;
});

test("a failure or a refusal frees the key", async () => {
  const refused = new TenfoldError("sold_out", { status: 409, title: "Sold out" });
  const thrown = [new Error("broken"), refused];
  await using shop = await orders(() => {
    const error = thrown.shift();
    if (error !== undefined) throw error;
  });
  const statuses: number[] = [];
  for (let tries = 0; tries < 3; tries += 1)
    statuses.push((await shop.order("tea", "retry")).status);
  assert.deepEqual(statuses, [500, 409, 201]);
});

test("an attempt whose process died blocks its key for the lock's time only", async () => {
  const clock = createManualClock();
  await using shop = await orders(() => undefined, { ...clock, sleep: (ms) => clock.advance(ms) });
  await shop.order("tea", "crashed");
  // What a process leaves behind that dies between its own commit and keeping the answer.
  await sql.query("update http.answers set status = null, body = null where key = 'crashed'");
  assert.equal((await shop.order("tea", "crashed")).status, 409);
  await clock.advance(60_000);
  const again = await shop.order("tea", "crashed");
  assert.deepEqual([again.status, shop.runs()], [201, 2]);
});

test("an answer is forgotten after a day", async () => {
  const clock = createManualClock();
  await using shop = await orders(() => undefined, clock);
  await shop.order("tea", "old");
  await clock.advance(24 * 3_600_000);
  assert.equal((await shop.order("milk", "old")).status, 201);
});

test("a key that is too long or empty is refused and nothing runs", async () => {
  await using shop = await orders();
  for (const key of ["x".repeat(256), "", "a\tb"]) {
    assert.equal((await problemIn(await shop.order("tea", key))).code, "idempotency_key_invalid");
  }
  assert.equal(shop.runs(), 0);
});
