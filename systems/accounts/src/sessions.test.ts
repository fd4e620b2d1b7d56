import { systemClock } from "@tenfold/core";
import assert from "node:assert/strict";
import test from "node:test";
import { accountDefaults } from "./options.ts";
import type { Db } from "./store/tables.ts";
import { cheapPasswords, goodPassword, serve, startAccounts } from "./testing.ts";

const password = goodPassword;
const dayMs = 86_400_000;

test("signing in answers a token and the cookie, and either of them signs in", async () => {
  await using all = await startAccounts({ publicUrl: "https://tenfold.example" });
  await using server = await serve(all.accounts, all.platform);
  const body = { email: "ada@example.org", password };
  await server.call("POST /v1/accounts", { body });
  const made = await server.call("POST /v1/sessions", {
    body,
    headers: { "user-agent": "Browser/1" },
    from: "203.0.113.99",
  });
  const { token, session } = made.body;
  assert.equal(session.current, true);
  assert.equal(session.network, "203.0.113.0/24");
  assert.equal(session.userAgent, "Browser/1");
  const cookie = made.headers.get("set-cookie") ?? "";
  assert.equal(
    cookie,
    `tenfold_session=${token}; Max-Age=7776000; Path=/; HttpOnly; SameSite=Lax; Secure`,
  );
  const headers = { cookie: `tenfold_session=${token}` };
  assert.equal((await server.call("GET /v1/me", { headers })).body.email, "ada@example.org");
  assert.equal((await server.call("GET /v1/me", { token })).body.role, "admin");

  const signedOut = await server.call("DELETE /v1/sessions/current", {
    headers: { ...headers, origin: server.url },
  });
  assert.equal(signedOut.status, 204);
  assert.match(signedOut.headers.get("set-cookie") ?? "", /^tenfold_session=; Max-Age=0; Path=\/;/);
  assert.equal((await server.call("GET /v1/me", { token })).status, 401);
});

test("over http the cookie is not Secure", async () => {
  await using all = await startAccounts();
  await using server = await serve(all.accounts, all.platform);
  await server.member("ada@example.org");
  const { headers } = await server.call("POST /v1/sessions", {
    body: { email: "ada@example.org", password },
  });
  assert.doesNotMatch(headers.get("set-cookie") ?? "", /Secure/);
});

test("a wrong password, an unknown address and an impossible one get the same answer", async () => {
  await using all = await startAccounts();
  await using server = await serve(all.accounts, all.platform);
  await server.member("ada@example.org");
  const answers = [];
  for (const email of ["ada@example.org", "nobody@example.org", "not an address", ""]) {
    const answer = await server.call("POST /v1/sessions", { body: { email, password: "wrong" } });
    assert.equal(answer.status, 401);
    answers.push({ ...answer.body, requestId: "" });
  }
  for (const answer of answers) assert.deepEqual(answer, answers[0]);
});

test("an unknown address costs a password hash as a known one does", async () => {
  // One place and no queue: whoever hashes makes the second refuse.
  const passwords = { ...cheapPasswords, memoryKib: 65_536, concurrency: 1, waitingMax: 0 };
  await using all = await startAccounts({ options: { passwords } });
  await using server = await serve(all.accounts, all.platform);
  const answers = await Promise.all(
    Array.from({ length: 4 }, (_, n) =>
      server.call("POST /v1/sessions", { body: { email: `nobody${n}@example.org`, password } }),
    ),
  );
  const busy = answers.filter(({ body }) => body.code === "password_busy");
  assert.ok(busy.length > 0);
  assert.equal(busy[0]?.headers.get("retry-after"), "2");
});

test("an unknown address is not told from a known one by time", async (t) => {
  const { passwords } = accountDefaults;
  await using all = await startAccounts({ options: { passwords } });
  await using server = await serve(all.accounts, all.platform);
  await server.member("ada@example.org");
  const times: Record<string, number[]> = { "ada@example.org": [], "nobody@example.org": [] };
  for (let n = 0; n < 20; n += 1) {
    for (const [email, taken] of Object.entries(times)) {
      const startMs = systemClock.monotonic();
      const body = { email, password: "wrong" };
      const answer = await server.call("POST /v1/sessions", { body, from: `192.0.2.${n}` });
      taken.push(systemClock.monotonic() - startMs);
      assert.equal(answer.status, 401);
    }
  }
  const [known = 0, unknown = 0] = Object.values(times).map(
    (taken) => taken.sort((a, b) => a - b)[taken.length >> 1],
  );
  t.diagnostic(`median ${known.toFixed(1)} ms known, ${unknown.toFixed(1)} ms unknown`);
  // Without the decoy it would be a tenth.
  assert.ok(unknown > known / 3);
});

test("after ten wrong passwords the eleventh is refused, the right one too; elsewhere it works", async () => {
  await using all = await startAccounts();
  await using server = await serve(all.accounts, all.platform);
  await server.member("ada@example.org", "203.0.113.1");
  const attempt = (given: string, from: string) =>
    server.call("POST /v1/sessions", { body: { email: "ADA@example.org", password: given }, from });
  for (let n = 0; n < 10; n += 1) assert.equal((await attempt("wrong", "192.0.2.9")).status, 401);
  const refused = await attempt(password, "192.0.2.9");
  assert.equal(refused.status, 429);
  assert.ok(Number(refused.headers.get("retry-after")) > 0);
  assert.equal((await attempt(password, "203.0.113.1")).status, 201);
  await all.clock.advance(15 * 60_000);
  assert.equal((await attempt(password, "192.0.2.9")).status, 201);
});

test("a hundred machines that guess do not lock the owner out of a known network", async () => {
  await using all = await startAccounts();
  await using server = await serve(all.accounts, all.platform);
  await server.member("ada@example.org", "203.0.113.1");
  const attempt = (given: string, from: string) =>
    server.call("POST /v1/sessions", { body: { email: "ada@example.org", password: given }, from });
  await Promise.all(Array.from({ length: 100 }, (_, n) => attempt("wrong", `192.0.2.${n}`)));
  assert.equal((await attempt(password, "198.51.100.1")).status, 429);
  assert.equal((await attempt(password, "203.0.113.200")).status, 201);
});

test("a session unused for 30 days ends, a used one ends after 90", async () => {
  await using all = await startAccounts();
  await using server = await serve(all.accounts, all.platform);
  const unused = await server.member("ada@example.org");
  const used = await server.member("ada@example.org");
  const isIn = async (token: string) => (await server.call("GET /v1/me", { token })).status === 200;
  for (let day = 0; day < 89; day += 1) {
    await all.clock.advance(dayMs);
    assert.equal(await isIn(used), true, `day ${day}`);
    // Stands for the flush of the following minute, whose end nobody tells us.
    await all.sql.query("update accounts.sessions set last_seen_at = $1 where id = $2", [
      new Date(all.clock.now()),
      (await all.accounts.authenticator.authenticate(used))?.credentialId,
    ]);
    if (day === 28) {
      const listed = await server.call("GET /v1/sessions", { token: used });
      assert.equal(listed.body.items.length, 2);
    }
  }
  assert.equal(await isIn(unused), false);
  assert.equal((await server.call("GET /v1/sessions", { token: used })).body.items.length, 1);
  await all.clock.advance(dayMs + 1);
  assert.equal(await isIn(used), false);
});

test("a read writes nothing; the use is written later, together", async () => {
  await using all = await startAccounts();
  await using server = await serve(all.accounts, all.platform);
  const token = await server.member("ada@example.org");
  const key = await server.call("POST /v1/api-keys", {
    token,
    body: { name: "k", scopes: ["links:read"] },
  });
  const readTimes = async () => {
    const { rows } = await all.sql.query<{ seen: Date; used: Date | null }>(
      `select last_seen_at as seen, last_used_at as used
       from accounts.sessions, accounts.api_keys`,
    );
    return rows[0];
  };
  const signedInMs = all.clock.now();
  // Wall time only: the minute that wakes the writer does not pass.
  all.clock.step(10 * 60_000);
  await server.call("GET /v1/me", { token });
  await all.accounts.authenticator.authenticate(key.body.key);
  assert.deepEqual(await readTimes(), { seen: new Date(signedInMs), used: null });
  await all.accounts.stop();
  const usedAt = new Date(all.clock.now());
  assert.deepEqual(await readTimes(), { seen: usedAt, used: usedAt });
});

test("uses within a few minutes are not written again", async () => {
  await using all = await startAccounts();
  await using server = await serve(all.accounts, all.platform);
  const token = await server.member("ada@example.org");
  all.clock.step(accountDefaults.lastSeenResolutionMs - 1);
  await server.call("GET /v1/me", { token });
  await all.accounts.stop();
  const { rows } = await all.sql.query(
    "select 1 from accounts.sessions where last_seen_at > created_at",
  );
  assert.equal(rows.length, 0);
});

test("another account's session is not found, and stays", async () => {
  await using all = await startAccounts();
  await using server = await serve(all.accounts, all.platform);
  const ada = await server.member("ada@example.org");
  const eve = await server.member("eve@example.org");
  const { items } = (await server.call("GET /v1/sessions", { token: ada })).body;
  for (const id of [items[0].id, "999999999"]) {
    const answer = await server.call(`DELETE /v1/sessions/${id}`, { token: eve });
    assert.equal(answer.status, 404);
    assert.equal(answer.body.code, "session_not_found");
  }
  assert.equal((await server.call("GET /v1/me", { token: ada })).status, 200);
});

test("sessions are listed newest first in pages, and all others can be ended", async () => {
  await using all = await startAccounts();
  await using server = await serve(all.accounts, all.platform);
  const others = [];
  for (let n = 0; n < 4; n += 1) others.push(await server.member("ada@example.org"));
  const token = await server.member("ada@example.org");
  const first = (await server.call("GET /v1/sessions?limit=3", { token })).body;
  assert.equal(first.items.length, 3);
  assert.equal(first.items[0].current, true);
  const cursor = encodeURIComponent(first.nextCursor);
  const second = (await server.call(`GET /v1/sessions?limit=3&cursor=${cursor}`, { token })).body;
  assert.equal(second.items.length, 2);
  assert.equal(second.nextCursor, null);
  const bad = await server.call("GET /v1/sessions?cursor=nonsense", { token });
  assert.equal(bad.body.code, "cursor_invalid");

  assert.deepEqual((await server.call("DELETE /v1/sessions", { token })).body, { revoked: 4 });
  for (const other of others) {
    assert.equal((await server.call("GET /v1/me", { token: other })).status, 401);
  }
  assert.equal((await server.call("GET /v1/me", { token })).status, 200);
});

test("with too many sessions the one unused for longest ends", async () => {
  await using all = await startAccounts({ options: { sessionsMax: 3 } });
  await using server = await serve(all.accounts, all.platform);
  const tokens = [];
  for (let n = 0; n < 4; n += 1) {
    tokens.push(await server.member("ada@example.org"));
    await all.clock.advance(1000);
  }
  const statuses = [];
  for (const token of tokens) statuses.push((await server.call("GET /v1/me", { token })).status);
  assert.deepEqual(statuses, [401, 200, 200, 200]);
});

test("a new password needs the current one and ends all other sessions", async () => {
  await using all = await startAccounts();
  await using server = await serve(all.accounts, all.platform);
  const other = await server.member("ada@example.org");
  const token = await server.member("ada@example.org");
  const next = "another long password";
  const change = (body: object) => server.call("PATCH /v1/me", { token, body });

  assert.equal((await change({ password: next })).body.code, "validation_failed");
  assert.equal(
    (await change({ password: next, currentPassword: "wrong" })).body.code,
    "credentials_wrong",
  );
  assert.equal((await server.call("GET /v1/me", { token: other })).status, 200);
  const changed = await change({ password: next, currentPassword: password, name: "Ada" });
  assert.equal(changed.body.name, "Ada");

  assert.equal((await server.call("GET /v1/me", { token: other })).status, 401);
  assert.equal((await server.call("GET /v1/me", { token })).status, 200);
  const signIn = async (given: string) =>
    (
      await server.call("POST /v1/sessions", {
        body: { email: "ada@example.org", password: given },
      })
    ).status;
  assert.equal(await signIn(password), 401);
  assert.equal(await signIn(next), 201);
});

test("a sign-in under way while the password changes leaves no session of the old one", async () => {
  await using all = await startAccounts();
  await using server = await serve(all.accounts, all.platform);
  await server.member("ada@example.org");
  const db: Db = all.sql.tables("accounts");
  const isWaiting = async () =>
    (await all.sql.query("select 1 from pg_locks where not granted")).rowCount > 0;

  // Stands for the change: its transaction is open when the sign-in has compared the old password.
  const signIn = await db.transaction().execute(async (change) => {
    await change.updateTable("accounts").set({ password_version: 2 }).execute();
    await change.deleteFrom("sessions").execute();
    const body = { email: "ada@example.org", password };
    const signingIn = server.call("POST /v1/sessions", { body });
    while (!(await isWaiting())) await systemClock.sleep(5);
    return { signingIn };
  });
  assert.equal((await signIn.signingIn).body.code, "credentials_wrong");
  assert.deepEqual(await db.selectFrom("sessions").selectAll().execute(), []);
});

test("guessing the current password is limited", async () => {
  await using all = await startAccounts();
  await using server = await serve(all.accounts, all.platform);
  const token = await server.member("ada@example.org");
  const guess = () =>
    server.call("PATCH /v1/me", {
      token,
      body: { password: "another long password", currentPassword: "guess" },
    });
  for (let n = 0; n < 10; n += 1) assert.equal((await guess()).status, 401);
  assert.equal((await guess()).status, 429);
});

test("a password hashed at an older cost is hashed anew at sign-in and still works", async () => {
  await using all = await startAccounts();
  await using server = await serve(all.accounts, all.platform);
  await server.member("ada@example.org");
  const dearer = await all.another(undefined, { passwords: { ...cheapPasswords, passes: 2 } });
  await using second = await serve(dearer, all.platform);
  const token = await second.member("ada@example.org");
  assert.equal((await second.call("GET /v1/me", { token })).status, 200);
  const { rows } = await all.sql.query<{ password_hash: string; password_version: number }>(
    "select password_hash, password_version from accounts.accounts",
  );
  assert.match(rows[0]?.password_hash ?? "", /t=2/);
  assert.equal(rows[0]?.password_version, 1);
});

test("no token, code or password stands in the database", async () => {
  await using all = await startAccounts();
  await using server = await serve(all.accounts, all.platform);
  const token = await server.member("ada@example.org");
  const key = await server.call("POST /v1/api-keys", {
    token,
    body: { name: "k", scopes: ["links:read"] },
  });
  const invited = await server.call("POST /v1/invitations", { token, body: {} });
  const { rows } = await all.sql.query<{ text: string }>(
    `select a::text || s::text || k::text || i::text as text
     from accounts.accounts a, accounts.sessions s, accounts.api_keys k, accounts.invitations i`,
  );
  assert.equal(rows.length, 1);
  for (const secret of [token, key.body.key, invited.body.code, password]) {
    assert.ok(!rows[0]?.text.includes(secret));
    assert.ok(!rows[0]?.text.includes(Buffer.from(secret).toString("hex")));
  }
});
