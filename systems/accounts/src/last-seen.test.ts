import { silentLog } from "@tenfold/core";
import assert from "node:assert/strict";
import test from "node:test";
import { createLastSeen } from "./last-seen.ts";
import { purge } from "./jobs.ts";
import { accountDefaults } from "./options.ts";
import type { Db } from "./store/tables.ts";
import { serve, startAccounts } from "./testing.ts";

test("notes are kept when they cannot be written, and a time never goes back", async () => {
  await using all = await startAccounts();
  await using server = await serve(all.accounts, all.platform);
  await server.member("ada@example.org");
  const db: Db = all.sql.tables("accounts");
  const lastSeen = createLastSeen({ db, log: silentLog });
  const [session] = await db.selectFrom("sessions").selectAll().execute();
  assert.ok(session);
  const laterMs = all.clock.now() + 60_000;

  lastSeen.note("session", session.id, laterMs);
  lastSeen.note("session", "404", laterMs);
  await all.sql.query("alter table accounts.sessions rename to hidden");
  await lastSeen.flush();
  await all.sql.query("alter table accounts.hidden rename to sessions");
  await lastSeen.flush();
  const readSeen = async () =>
    (await db.selectFrom("sessions").select("last_seen_at").executeTakeFirstOrThrow()).last_seen_at;
  assert.deepEqual(await readSeen(), new Date(laterMs));

  lastSeen.note("session", session.id, laterMs - 1);
  await lastSeen.flush();
  assert.deepEqual(await readSeen(), new Date(laterMs));
});

test("a session that someone else is writing is passed over, not waited for", async () => {
  await using all = await startAccounts();
  await using server = await serve(all.accounts, all.platform);
  await server.member("ada@example.org");
  const db: Db = all.sql.tables("accounts");
  const lastSeen = createLastSeen({ db, log: silentLog });
  const { id } = await db.selectFrom("sessions").select("id").executeTakeFirstOrThrow();
  await db.transaction().execute(async (busy) => {
    await busy.updateTable("sessions").set({ network: null }).where("id", "=", id).execute();
    lastSeen.note("session", id, all.clock.now() + 1000);
    await lastSeen.flush();
  });
});

test("the daily purge deletes what has ended and nothing else", async () => {
  await using all = await startAccounts();
  await using server = await serve(all.accounts, all.platform);
  const db: Db = all.sql.tables("accounts");
  const token = await server.member("ada@example.org");
  await server.call("POST /v1/invitations", { token, body: {} });
  await all.clock.advance(40 * 86_400_000);
  const fresh = await server.member("ada@example.org");
  await purge({ clock: all.clock, db, options: accountDefaults });
  assert.equal((await server.call("GET /v1/me", { token: fresh })).status, 200);
  assert.equal((await db.selectFrom("sessions").selectAll().execute()).length, 1);
  assert.equal((await db.selectFrom("invitations").selectAll().execute()).length, 0);
  assert.equal((await db.selectFrom("accounts").selectAll().execute()).length, 1);
});
