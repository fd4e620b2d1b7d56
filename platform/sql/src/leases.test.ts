import assert from "node:assert/strict";
import { after, test } from "node:test";

import { createManualClock, hasCode } from "@tenfold/core";

import { openSql, type SqlDeps } from "./open-sql.ts";
import type { LeaseRequest, Sql } from "./sql.ts";
import { createTestSql } from "./testing.ts";

const sql = await createTestSql();
after(() => sql.stop());

let count = 0;
function request(changes: Partial<LeaseRequest> = {}): LeaseRequest {
  return { name: `lease-${(count += 1)}`, slots: 1, ttlMs: 60_000, ...changes };
}

/** Another process, as far as the database can tell, with one connection. */
function another(deps: SqlDeps = {}): Sql {
  return openSql(deps, { connectionString: sql.connectionString, connectionsMax: 1 });
}

/** Waits until the renewals under way are answered: the one connection serves in order. */
const settle = (of: Sql): Promise<void> => of.ping();

const expire = (name: string) =>
  sql.query(
    "update tenfold.leases set expires_at = clock_timestamp() - interval '1 ms' where name = $1",
    [name],
  );

test("holders get slots of their own, and those too many wait until one is free", async () => {
  await using other = another();
  const asked = request({ slots: 2 });
  const first = await sql.acquireLease(asked);
  const second = await other.acquireLease(asked);
  assert.deepEqual([first.slot, second.slot], [0, 1]);

  const third = sql.acquireLease(asked);
  await second.release();
  const taken = await third;
  assert.equal(taken.slot, 1);
  assert.equal(taken.token, second.token + 1n);
  await Promise.all([first.release(), taken.release()]);
});

test("many who ask at once get different slots", async () => {
  const asked = request({ slots: 12, ttlMs: 30_000 });
  const leases = await Promise.all(Array.from({ length: 12 }, () => sql.acquireLease(asked)));
  assert.equal(new Set(leases.map(({ slot }) => slot)).size, 12);
  await Promise.all(leases.map((lease) => lease.release()));
});

test("a slot's token grows with each holder, whether the last one released or expired", async () => {
  const asked = request();
  const tokens: bigint[] = [];
  for (let round = 0; round < 4; round += 1) {
    const lease = await sql.acquireLease(asked);
    tokens.push(lease.token);
    if (round % 2 === 0) await lease.release();
    else await expire(asked.name);
  }
  assert.deepEqual(tokens, [1n, 2n, 3n, 4n]);
});

test("renewal keeps a lease past its first end", async () => {
  const clock = createManualClock();
  await using holder = another({ clock });
  const asked = request({ ttlMs: 60_000 });
  const lease = await holder.acquireLease(asked);
  for (let step = 0; step < 12; step += 1) {
    await clock.advance(10_000);
    await settle(holder);
  }
  assert.ok(lease.held());
  assert.ok(!lease.signal.aborted);
});

test("a holder that cannot renew gives up before its time could have passed", async () => {
  const clock = createManualClock();
  await using holder = another({ clock });
  const asked = request({ ttlMs: 60_000 });
  const lease = await holder.acquireLease(asked);
  await sql
    .tables<object>("tenfold")
    .transaction()
    .execute(async (transaction) => {
      // Renewals wait for this row and are not answered.
      await sql.queryIn(transaction, "select 1 from tenfold.leases where name = $1 for update", [
        asked.name,
      ]);
      await clock.advance(53_000);
      assert.ok(!lease.signal.aborted);
      await clock.advance(1_500);
      assert.ok(lease.signal.aborted, "given up at 54.5 s of 60");
      assert.ok(!lease.held());
    });
});

test("a holder whose slot was taken learns it at its next renewal, and does not free it", async () => {
  const clock = createManualClock();
  await using holder = another({ clock });
  const asked = request({ ttlMs: 60_000 });
  const lost = await holder.acquireLease(asked);
  await expire(asked.name);
  const taker = await sql.acquireLease(asked);
  assert.equal(taker.token, lost.token + 1n);
  await clock.advance(20_000);
  while (!lost.signal.aborted) await settle(holder);
  await lost.release();
  assert.ok(taker.held());
  const { rows } = await sql.query(
    "select 1 from tenfold.leases where name = $1 and expires_at > clock_timestamp()",
    [asked.name],
  );
  assert.equal(rows.length, 1);
  await taker.release();
});

test("a process that slept notices at once, by the wall clock, before its timers run", async () => {
  const clock = createManualClock();
  await using holder = another({ clock });
  const lease = await holder.acquireLease(request({ ttlMs: 60_000 }));
  clock.step(120_000);
  assert.ok(!lease.held());
  assert.ok(lease.signal.aborted);
});

test("waiting ends when the caller's signal aborts, and when the database is closed", async () => {
  const asked = request();
  const lease = await sql.acquireLease(asked);
  await assert.rejects(sql.acquireLease(asked, AbortSignal.abort(new Error("enough"))), /enough/);
  const other = another();
  await other.ping();
  const waiting = other.acquireLease(asked);
  const refused = assert.rejects(waiting, (error) => hasCode(error, "sql_unavailable"));
  await other.stop();
  await refused;
  await lease.release();
});

test("closing gives leases back", async () => {
  const asked = request();
  const other = another();
  const lease = await other.acquireLease(asked);
  await other.stop();
  assert.ok(lease.signal.aborted);
  const next = await sql.acquireLease(asked);
  assert.equal(next.token, 2n);
  await next.release();
});

test("a lease that makes no sense is refused", async () => {
  for (const wrong of [{ name: "" }, { slots: 0 }, { slots: 1.5 }, { ttlMs: 10 }]) {
    await assert.rejects(sql.acquireLease(request(wrong)), RangeError);
  }
});
